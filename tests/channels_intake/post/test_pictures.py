"""What browsers do not show, shown; and letters read by the real program."""

import io
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader, PdfWriter

from channels_intake.post.reading import read
from channels_intake.post.storing import scan_store
from core.pictures import Page, page_shown, pages_of, pictures_for_reading
from directory.models import Agent
from tests.support.factories import make_agent, make_town
from tests.support.scans import FONT, LETTER, packed, page, png, tiff

LIST = "/agents/courrier-papier/"
TURN_RIGHT = {"exif": Image.Exif()}  # the picture is upright once turned right
TURN_RIGHT["exif"][0x112] = 6
NEEDED = "tesseract-ocr, tesseract-ocr-fra and fonts-dejavu-core are not all installed: nothing is recognised here"
needs_tesseract = pytest.mark.skipif(not (shutil.which("tesseract") and Path(FONT).exists()), reason=NEEDED)


def marked(mode: str = "L", *, width: int = 400, height: int = 600) -> Image.Image:
    """White paper, its top tenth black."""
    paper = Image.new("L", (width, height), 255)
    paper.paste(0, (0, 0, width, height // 10))
    return paper.convert(mode)


def shown(content: bytes, number: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(page_shown(content, number)))


def is_upright(picture: Image.Image) -> bool:
    grey, (wide, high) = picture.convert("L"), picture.size
    return bool(grey.getpixel((wide // 2, high // 50)) < 60 and grey.getpixel((wide // 2, high * 49 // 50)) > 200)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("mode", "options", "kind"),
    [
        ("1", {"compression": "group4", "dpi": (200, 200)}, "PNG"),
        ("1", {"compression": "group3"}, "PNG"),
        ("L", {"compression": "tiff_lzw"}, "JPEG"),
        ("RGB", {"compression": "jpeg"}, "JPEG"),
        ("CMYK", {}, "JPEG"),
        ("I;16", {}, "JPEG"),
        ("P", {"compression": "packbits"}, "JPEG"),
    ],
)
def test_every_page_of_a_tiff(mode: str, options: dict[str, Any], kind: str) -> None:
    first = marked("L").point(lambda shade: shade * 257, "I").convert(mode) if mode == "I;16" else marked(mode)
    second = Image.new(mode, (4000, 3000), first.getpixel((5, 5)))
    content = packed([first, second], **options)
    assert list(pages_of(content)) == [Page(1, 400, 600), Page(2, 1600, 1200)]
    picture = shown(content)
    assert (picture.format, picture.size, is_upright(picture)) == (kind, (400, 600), True)
    assert shown(content, 2).size == (1600, 1200)
    assert page_shown(content, 3) == b""


def test_turned_pages_and_faxes_are_shown_as_they_were_written() -> None:
    turned = packed([marked().transpose(Image.Transpose.ROTATE_90)], tiffinfo={274: 6})
    assert list(pages_of(turned)) == [Page(1, 400, 600)]
    assert is_upright(shown(turned))
    fax = packed([marked("1", width=1728, height=1145)], compression="group3", dpi=(204, 98))
    assert list(pages_of(fax)) == [Page(1, 1600, 2206)]
    assert shown(fax).size == (1600, 2206)


def test_what_cannot_be_shown_costs_nothing(tmp_path: Path) -> None:
    assert pages_of(tiff(60_000, 60_000)).count == 0  # a bomb: refused before it is unpacked
    assert page_shown(tiff(900, 900), 1) == b""  # says more dots than it has
    big = tiff(8000, 7000, colours=True)
    assert list(pages_of(big)) == [Page(1, 0, 0)]
    assert page_shown(big, 1) == b""
    assert pictures_for_reading(big, tmp_path)["pictures"] == []
    whole = packed([marked(), marked()])
    assert pages_of(whole[:50]).count == 0
    assert list(pages_of(packed([marked()])[:-5000])) == [Page(1, 0, 0)]
    for nothing in (b"", b"II*\0", png(), b"%PDF-1.4"):
        assert page_shown(nothing[:20], 1) == b""
    loop = bytearray(tiff())
    loop[-20:-16] = struct.pack("<I", 8)  # its next page is itself
    assert pages_of(bytes(loop)).count == 1


@pytest.mark.django_db
def test_a_tiff_is_beside_the_form(client_of: Callable[[Agent], Client]) -> None:
    browser = client_of(make_agent(("counter", make_town())))

    def page_of(content: bytes) -> tuple[str, str]:
        scan = scan_store(name="lettre.tif", content=content, origin="a", now=timezone.now()).scan
        return f"{LIST}{scan.pk}/", browser.get(f"{LIST}{scan.pk}/").content.decode()

    many = packed([Image.new("1", (8, 8), 1)] * 52, compression="group4")
    url, text = page_of(many)
    assert text.count('loading="lazy"') == 50
    assert (
        f'<img src="{url}page/2/" width="8" height="8" loading="lazy" alt="Numérisation du courrier, page 2 sur 52">'
        in text
    )
    assert "Les autres pages (52 en tout) sont dans le fichier" in text
    assert browser.get(f"{url}page/51/").status_code == 404
    panel = browser.get(url, {"q": "x"}, headers={"HX-Request": "true", "HX-Target": "caller"})
    assert "scan_pages" not in panel.content.decode()
    url, text = page_of(packed([marked()])[:-5000])
    assert "La page 1 sur 1 ne peut pas être affichée" in text
    url, text = page_of(tiff(60_000, 60_000))
    assert "Cette numérisation ne peut pas être affichée" in text
    assert f'<a href="{url}fichier/" download>' in text


def turned_pdf() -> bytes:
    """A page scanned sideways, that the PDF says to turn."""
    flat = PdfReader(io.BytesIO(packed([page().transpose(Image.Transpose.ROTATE_90)], "PDF"))).pages[0]
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_page(flat.rotate(90))
    writer.write(out)
    return out.getvalue()


def two(kind: str, **options: Any) -> bytes:
    return packed([page(LETTER[:4]).convert("1"), page(LETTER[4:]).convert("1")], kind, **options)


@needs_tesseract
@pytest.mark.parametrize(
    ("content_type", "make", "pages"),
    [
        ("image/jpeg", lambda: packed([page().transpose(Image.Transpose.ROTATE_90)], "JPEG", **TURN_RIGHT), 1),
        ("image/png", lambda: packed([page().rotate(180)], "PNG"), 1),  # upside down, and nothing says so
        ("image/tiff", lambda: two("TIFF", compression="group4", dpi=(200, 200)), 2),
        ("application/pdf", lambda: two("PDF"), 2),  # fax pages
        ("application/pdf", turned_pdf, 1),
    ],
)
def test_letters_are_read(content_type: str, make: Callable[[], bytes], pages: int) -> None:
    found = read(make(), content_type)
    assert (found.source, found.pages) == ("ocr", pages)
    lines = found.text.splitlines()
    assert "Objet : lampadaire éteint" in lines
    assert "Le lampadaire du 3 rue des Lilas est éteint depuis trois semaines et la rue est" in lines
    assert "plongée dans le noir." in lines
