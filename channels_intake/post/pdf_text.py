"""A small program of its own: the text of the PDF on its standard input, as JSON on its standard output.

A PDF may be made to exhaust whoever reads it: this process has its own limits, and dies alone. With a folder as its
argument, pages without text leave there the picture they are made of, for character recognition. Writes
``{"count": int, "text": str, "pictures": [file name]}``.
"""

import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader

MOST_PAGES = 40
MOST_CHARACTERS = 60_000
MOST_PICTURES = 10
READ_LONGEST = 3600  # pixels: A4 at 300 dots per inch
MOST_PIXELS = 40_000_000  # of a picture: A4 at 600 dots per inch
MEMORY = 1 << 30  # bytes
SECONDS = 20  # of processor
ENOUGH_LETTERS = 20  # fewer on a page: a stamp over a picture


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    json.dump(read(sys.stdin.buffer.read(), folder), sys.stdout)


def read(content: bytes, folder: Path | None = None) -> dict[str, Any]:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        reader.decrypt("")  # many scanners lock changes and let everybody read
    pages = len(reader.pages)
    texts: list[str] = []
    pictures: list[str] = []
    length = 0
    for number in range(min(pages, MOST_PAGES)):
        page = reader.pages[number]
        try:
            text = page.extract_text()
        except Exception:  # whatever a broken page raises, the others may be read
            text = ""
        if len(re.findall(r"[^\W\d_]", text)) < ENOUGH_LETTERS and folder is not None and len(pictures) < MOST_PICTURES:
            pictures += _picture(page, folder, number)
        texts.append(text)
        length += len(text)
        if length > MOST_CHARACTERS:
            break
    text = "\n".join(texts)[:MOST_CHARACTERS]
    return {"count": pages, "text": text.encode("utf-8", "replace").decode(), "pictures": pictures}


def _picture(page: PageObject, folder: Path, number: int) -> list[str]:
    """The largest picture of a page, upright and grey; none when there is none that can be unpacked."""
    try:
        largest = max(_pictures(page), key=_pixels, default=None)
        if largest is None or _pixels(largest) > MOST_PIXELS:
            return []
        picture = largest.decode_as_image().rotate(-page.rotation, expand=True).convert("L")
    except Exception:  # whatever a broken page or picture raises: nothing to recognise there
        return []
    picture.thumbnail((READ_LONGEST, READ_LONGEST))
    path = folder / f"{number:03}.pgm"
    picture.save(path)
    return [path.name]


def _pictures(holder: Any, depth: int = 3) -> Iterator[Any]:
    """The pictures that a page draws, by itself or through a form."""
    for one in holder["/Resources"].get("/XObject", {}).values():
        drawn = one.get_object()
        if drawn.get("/Subtype") == "/Image":
            yield drawn
        elif depth and "/Resources" in drawn:
            yield from _pictures(drawn, depth - 1)


def _pixels(picture: Any) -> int:
    return int(picture["/Width"]) * int(picture["/Height"])


if __name__ == "__main__":
    main()
