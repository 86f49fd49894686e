"""Scans for tests, made here: a born-digital PDF, pictures, a fax page."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"  # fonts-dejavu-core
LETTER = (
    "Paul Martin",
    "3 rue des Lilas, 00000 Rives-sur-Orme",
    "Objet : lampadaire éteint",
    "Madame, Monsieur,",
    "Le lampadaire du 3 rue des Lilas est éteint depuis trois semaines et la rue est",
    "plongée dans le noir.",
    "Je vous prie d’agréer mes salutations.",
)


def pdf(lines: tuple[str, ...] = LETTER, *, pages: int = 1, picture: bytes = b"") -> bytes:
    """A PDF with ``lines`` on its first page (none: no text at all), or the JPEG ``picture`` alone on each."""
    text = "\n".join(f"({line}) Tj T*" for line in lines)
    drawn = b"q 500 0 0 700 0 0 cm /Im Do Q" if picture else f"BT /F 12 Tf 14 TL 60 780 Td\n{text}\nET".encode("cp1252")
    resources = b"<</XObject<</Im 4 0 R>>>>" if picture else b"<</Font<</F 4 0 R>>>>"
    shared = (
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
        + f"/Length {len(picture)}>>stream\n".encode()
        + picture
        + b"\nendstream"
        if picture
        else b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    )
    kids = " ".join(f"{5 + number} 0 R" for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        f"<</Length {len(drawn)}>>stream\n".encode() + drawn + b"\nendstream",
        shared,
        *[
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources" + resources + b">>"
            for _ in range(pages)
        ],
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return out + f"{end}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n".encode()


def png(shade: int = 200, *, width: int = 60, height: int = 80) -> bytes:
    """A grey PNG: each ``shade`` (0–255) is another scan."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([shade]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(width: int = 1, height: int = 1, *, colours: bool = False) -> bytes:
    """A page of one white dot, which may say that it has many more."""
    bits, kind, samples = (8, 2, 3) if colours else (1, 0, 1)
    tags = ((256, width), (257, height), (258, bits), (259, 1), (262, kind), (273, 134), (277, samples), (278, 1))
    tags += ((279, 1),)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + b"\0" * 16


def jpeg() -> bytes:
    """A small grey photo."""
    return packed([Image.new("L", (60, 80), 200)], "JPEG")


def packed(pages: Sequence[Image.Image], kind: str = "TIFF", **options: Any) -> bytes:
    """The pages in one file: ``kind`` and ``options`` are Pillow's."""
    out = io.BytesIO()
    more = {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    pages[0].save(out, kind, **more, **options)
    return out.getvalue()


def page(lines: tuple[str, ...] = LETTER, *, dots: int = 200) -> Image.Image:
    """An A4 page in grey, ``dots`` to the inch, with these lines in the letters of FONT."""
    paper = Image.new("L", (round(8.27 * dots), round(11.69 * dots)), "white")
    font = ImageFont.truetype(FONT, dots // 6)
    ImageDraw.Draw(paper).multiline_text((dots, dots), "\n".join(lines), fill=0, font=font, spacing=dots // 12)
    return paper
