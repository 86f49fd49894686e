"""The PDF itself: accessible (PDF/UA-1), kept (PDF/A-2a), and deaf to what people type."""

import io
import time
import unicodedata

import pypdf
import pytest

from tests.tickets.letters.facts import complete, ticket, town
from tickets.enums import LetterKind
from tickets.letters import glyphs, render
from tickets.letters.content import MAX_BODY, compose
from tickets.letters.facts import Piece


def made(facts):
    return render.pdf(compose(facts).data)


def read(raw):
    reader = pypdf.PdfReader(io.BytesIO(raw))
    return reader, " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.parametrize("kind", list(LetterKind))
def test_every_letter_is_tagged_french_titled_and_readable(kind):
    raw = made(complete(kind))
    reader, text = read(raw)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).lower().startswith("fr")
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title
    assert reader.metadata.author == "Rives-sur-Orme"
    xmp = root["/Metadata"].get_data()
    assert b"pdfuaid:part" in xmp
    assert b"pdfaid:conformance" in xmp
    for mention in ["Rives-sur-Orme, le 22 novembre 2026", "Objet :", "Claire Vasseur", "tél. 02 61 91 10 41"]:
        assert mention in text
    assert "/JavaScript" not in str(root)


def test_the_same_letter_gives_the_same_bytes():
    data = compose(complete(LetterKind.ANSWER)).data
    assert render.pdf(data) == render.pdf(data)


def test_what_people_type_is_shown_and_never_evaluated(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    nasty = (
        f'#read("{secret}") #panic() $x$ *gras* #include "letter.typ" @ref <label> \\u{{41}} // fin /* x */ `code` \x00'
    )
    _, text = read(made(complete(LetterKind.ANSWER, body=nasty, ticket=ticket(subject=nasty))))
    assert "SECRET" not in text
    assert '#panic() $x$ *gras* #include "letter.typ" @ref <label>' in text


@pytest.mark.parametrize(
    "text",
    [
        "😀 🇫🇷 👩‍👩‍👧",
        "Ünïcödé œuvre ŠŽ",
        "العربية עברית",
        "中文 日本語 ภาษาไทย",
        "\u202e\u200b\ufeff\x07\ud800",
        "e\u0301 ﬁ ① ½",
        "x" * 3000,
    ],
)
def test_no_character_stops_a_letter(text):
    raw = made(complete(LetterKind.ANSWER, body=text, ticket=ticket(subject=text)))
    assert raw.startswith(b"%PDF-")


def test_the_ends_of_every_range_of_characters_are_drawn():
    shown = [
        chr(code)
        for ends in glyphs.RANGES
        for code in {*ends, (ends[0] + ends[1]) // 2}
        if unicodedata.category(chr(code)) not in {"Cn", "Cc", "Cf"}
    ]
    body = "\n\n".join(f"x{character}x" for character in shown)
    assert made(complete(LetterKind.ANSWER, body=body)).startswith(b"%PDF-")


def test_a_very_long_letter_stays_quick_and_a_longer_one_is_refused():
    words = ("mot " * (MAX_BODY // 4))[:MAX_BODY]
    pieces = tuple(Piece("p" * 300, "t" * 300) for _ in range(200))
    began = time.monotonic()
    for facts in (complete(LetterKind.ANSWER, body="\n" * MAX_BODY), complete(LetterKind.ANSWER, body=words * 3)):
        assert made(facts).startswith(b"%PDF-")
    assert made(complete(LetterKind.INCOMPLETE, pieces=pieces)).startswith(b"%PDF-")
    assert time.monotonic() - began < 10
    data = compose(complete(LetterKind.ANSWER)).data | {"blocks": [{"kind": "p", "lines": ["x" * render.MAX_DATA]}]}
    with pytest.raises(render.RenderError):
        render.pdf(data)


def test_a_broken_letter_is_an_error_of_ours():
    with pytest.raises(render.RenderError):
        render.pdf({"day": "2026-11-22"})


def test_the_address_stands_in_the_window_of_the_envelope():
    """DL window, the sheet folded in three: 100 to 190 mm from the left, 45 to 85 mm from the top (NF Z 11-001)."""
    reader = pypdf.PdfReader(io.BytesIO(made(complete(LetterKind.ANSWER, by_email=False))))
    found = []

    def visit(text, page, line, _font, _size):
        if "Claire Vasseur" in text or text.strip() == "99120 Rives":
            x = line[4] * page[0] + line[5] * page[2] + page[4]
            y = line[4] * page[1] + line[5] * page[3] + page[5]
            found.append((x / 72 * 25.4, 297 - y / 72 * 25.4))

    reader.pages[0].extract_text(visitor_text=visit)
    assert len(found) == 2
    assert all(100 <= x <= 190 and 45 <= y <= 85 for x, y in found), found


@pytest.mark.parametrize("accent", ["#ffff00", "#000000", "#ff00aa", "nonsense"])
def test_any_colour_of_a_town_is_printed(accent):
    assert made(complete(LetterKind.RECEIPT, town=town(accent=accent))).startswith(b"%PDF-")
