"""HTML mail: what may be shown of it, and its text. Pure. No remote image survives: it would tell who read."""

import re
from html.parser import HTMLParser

import nh3

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
_DROPPED = {"script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object"}
_BLOCKS = {
    *("address", "blockquote", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre"),
    *("table", "tr", "ul"),
}
_REMOTE_IMAGE = re.compile(r"<img\b[^>]{0,5000}?\bsrc\s*=\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)


def remote_images(html: str) -> int:
    """How many images of ``html`` would be loaded from elsewhere, if any were."""
    return sum(1 for _ in _REMOTE_IMAGE.finditer(html))


def clean_html(html: str) -> str:
    """``html`` without scripts, styles, images nor anything that loads or runs."""
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def html_to_text(cleaned: str) -> str:
    """The text of HTML that `clean_html` returned: paragraphs, list dashes, the addresses of links."""
    reader = _Reader()
    reader.feed(cleaned)
    reader.close()
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))
        if tag == "pre":
            self._verbatim += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.parts.append("\n\n")
        elif tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "pre":
            self._verbatim = max(0, self._verbatim - 1)
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            shown = "".join(self.parts[start:]).strip()
            target = href.removeprefix("mailto:").removeprefix("tel:")
            if target and target.rstrip("/") not in shown.rstrip("/"):
                self.parts.append(f" <{target}>" if shown else target)

    def handle_data(self, data: str) -> None:
        self.parts.append(data if self._verbatim else re.sub(r"\s+", " ", data))
