"""The HTML twin of a text: the same words in paragraphs, under the town's name. The text stays the reference.

Nothing is loaded from elsewhere, and nothing of the text is trusted: every character is escaped, only whole http(s)
addresses become links. The accent only draws a line, so that no colour of a town can make a text unreadable.
"""

import re
from html import escape

from directory.models import Town
from notifications.models import OutboundKind

TO_PEOPLE = frozenset(
    {
        OutboundKind.REPLY,
        OutboundKind.ACKNOWLEDGEMENT,
        OutboundKind.TRACKING_LINK,
        OutboundKind.LETTER,
        OutboundKind.REFUSAL,
    }
)
_URL = re.compile(r"https?://[^\s<>\"«»]+")
_AFTER = ".,;:!?)]}’'…"  # ends a sentence rather than an address
_SIGNATURE = re.compile(r"\n--[ ]?\n")  # RFC 3676 §4.3, with or without its space
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PAGE = """<!DOCTYPE html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{subject}</title>
<style>
body {{ margin: 0; padding: 24px 12px; background: #f3f4f6; color: #1c2430; }}
body {{ font: 16px/1.55 Arial, Helvetica, sans-serif; }}
.mail {{ max-width: 640px; margin: 0 auto; padding: 0 24px 16px; background: #ffffff; }}
.mail {{ border-top: 6px solid {accent}; }}
.town {{ margin: 0; padding: 16px 0 12px; border-bottom: 1px solid #d5d9df; font-size: 18px; font-weight: bold; }}
p {{ margin: 16px 0; overflow-wrap: anywhere; }}
.facts {{ padding-left: 12px; border-left: 3px solid #d5d9df; }}
a {{ color: #0b4f8a; text-decoration: underline; }}
.signature {{ border-top: 1px solid #d5d9df; color: #46505e; font-size: 14px; }}
</style>
</head>
<body>
<div class="mail">
<p class="town">{town}</p>
<main>
{body}
</main>{signature}
</div>
</body>
</html>
"""


def html_of(*, text: str, subject: str, town: Town) -> str:
    """The page of a mail whose text is ``text``; what follows the last ``--`` line is its signature."""
    parts = _SIGNATURE.split(text.replace("\r\n", "\n"))
    body, signature = ("\n--\n".join(parts[:-1]), parts[-1]) if len(parts) > 1 else (parts[0], "")
    return _PAGE.format(
        subject=escape(subject),
        accent=town.accent if _COLOUR.fullmatch(town.accent) else "#0f5c6e",
        town=escape(town.name),
        body=_paragraphs(body),
        signature=f'\n<div class="signature">\n{_paragraphs(signature)}\n</div>' if signature.strip() else "",
    )


def _paragraphs(text: str) -> str:
    blocks = re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))
    return "\n".join(_block(block.split("\n")) for block in blocks if block.strip())


def _block(lines: list[str]) -> str:
    """A paragraph; one whose every line is set back is a list of facts."""
    opening = '<p class="facts">' if all(line.startswith("  ") for line in lines) else "<p>"
    return opening + "<br>\n".join(map(_line, lines)) + "</p>"


def _line(line: str) -> str:
    """One line, escaped, its addresses made into links."""
    written = line.strip()
    done, end = [], 0
    for found in _URL.finditer(written):
        url = found[0].rstrip(_AFTER)
        if len(url) <= len("https://"):
            continue
        done += [escape(written[end : found.start()]), f'<a href="{escape(url)}">{escape(url)}</a>']
        end = found.start() + len(url)
    return "".join(done) + escape(written[end:])
