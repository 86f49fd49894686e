"""HTML mail: what may be kept of it, what may be shown, and its text. Pure.

Images are kept as addresses, those inside the message as ``cid:`` and the digest of their file: nothing is shown of
them but by `shown_html`, since a remote image tells who read.
"""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import unquote

import nh3

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "center", "code", "dd", "del", "div", "dl", "dt", "em", "font", "h1", "h2"),
    *(
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
    ),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
_CELL = {"colspan", "rowspan", "align", "valign", "bgcolor", "width", "height"}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": _CELL,
    "th": _CELL | {"scope"},
    "table": {"align", "bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "tr": {"align", "bgcolor", "valign"},
    "font": {"color", "face", "size"},
    "img": {"alt", "height", "src", "title", "width"},
    **{tag: {"align"} for tag in ("div", "h1", "h2", "h3", "p")},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_DROPPED = {"script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object"}
_BLOCKS = {
    *("address", "blockquote", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre"),
    *("table", "tr", "ul"),
}
_REMOTE_IMAGE = re.compile(r"<img\b[^<>]*?\bsrc=\"(?:https?:)?//", re.IGNORECASE)  # each tag is read once
_CITED = re.compile(r"\bcid:([^\"'\s>]{1,250})", re.IGNORECASE)


_TAG = re.compile(r"<(/?)([a-z][a-z0-9:-]*)", re.IGNORECASE)
# what closes itself, or what the next one closes
_FLAT = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"),
    *("body", "dd", "dt", "head", "html", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
# what a parser opens again in each paragraph for as long as it is not closed
_FORMATTING = {*("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")}
_MOST_STEPS, _MOST_REOPENED = 150_000_000, 500_000


class Tangled(ValueError):
    """A page that was made to exhaust whoever reads it: elements in one another without end."""


def _require_plain(html: str) -> None:
    """Raise `Tangled`, before anything is built of it, for a page that would take minutes or gigabytes: the parser goes
    through the open elements at each tag, and opens the formatting again in each paragraph."""
    depth = formatting = steps = reopened = 0
    for tag in _TAG.finditer(html):
        closes, name = tag[1], tag[2].lower()
        if name not in _FLAT:
            depth = max(0, depth - 1) if closes else depth + 1
        if name in _FORMATTING:
            formatting = max(0, formatting - 1) if closes else formatting + 1
        steps, reopened = steps + depth, reopened + formatting
        if steps > _MOST_STEPS or reopened > _MOST_REOPENED:
            raise Tangled


def remote_images(cleaned: str) -> int:
    """How many images of what `clean_html` returned would be loaded from elsewhere, if any were."""
    return sum(1 for _ in _REMOTE_IMAGE.finditer(cleaned))


def clean_html(html: str, images: Mapping[str, str] | None = None) -> str:
    """``html`` without scripts, styles nor anything that runs. ``images``: Content-ID → sha256 of the file.

    Raises `Tangled`.
    """
    _require_plain(html)

    def kept(tag: str, name: str, value: str) -> str | None:
        if (tag, name) == ("img", "src"):
            if not value.lower().startswith("cid:"):
                return value if _is_remote(value) else None
            digest = (images or {}).get(unquote(value[4:]))
            return f"cid:{digest}" if digest else None
        return None if name == "href" and value.lower().startswith("cid:") else value

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def shown_html(cleaned: str, *, images: Mapping[str, str], placeholder: str) -> str:
    """What `clean_html` returned, as a page shows it. ``images``: sha256 → our address of an image of the message.
    ``placeholder``: our address of what stands for each remote image; they are loaded when it is empty."""

    def shown(tag: str, name: str, value: str) -> str | None:
        if (tag, name) != ("img", "src"):
            return value
        return (placeholder or value) if _is_remote(value) else images.get(value.removeprefix("cid:"))

    return nh3.clean(
        cleaned,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=shown,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def cited_images(html: str) -> set[str]:
    """The Content-IDs of the images that ``html`` shows."""
    return {unquote(found) for found in _CITED.findall(html)}


def _is_remote(address: str) -> bool:
    return address.lower().startswith(("http://", "https://", "//"))


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
