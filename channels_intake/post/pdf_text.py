"""A small program of its own: the text of the PDF on its standard input, as JSON on its standard output.

A PDF may be made to exhaust whoever reads it: this process has its own limits, and dies alone. With a folder as its
argument, pages without text leave there the picture they are made of, for character recognition. Writes
``{"pages": int, "text": str, "pictures": [file name]}``.
"""

import io
import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader

MOST_PAGES = 40
MOST_CHARACTERS = 60_000
MOST_PICTURES = 6
MEMORY = 1 << 30  # bytes
SECONDS = 20  # of processor
ENOUGH_LETTERS = 20  # fewer on a page: a stamp over a picture
_SUFFIXES = {"/DCTDecode": ".jpg", "/CCITTFaxDecode": ".tif"}


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
    return {"pages": pages, "text": text.encode("utf-8", "replace").decode(), "pictures": pictures}


def _picture(page: PageObject, folder: Path, number: int) -> list[str]:
    """The largest picture of a page, as the scanner packed it (JPEG or fax); none for the other packings."""
    best, suffix = b"", ""
    try:
        for one in page["/Resources"]["/XObject"].values():  # type: ignore[index]
            packed = one.get_object()
            filters = packed.get("/Filter", "")
            last = filters[-1] if isinstance(filters, list) and filters else filters
            if packed.get("/Subtype") == "/Image" and last in _SUFFIXES:
                data = packed.get_data()
                if len(data) > len(best):
                    best, suffix = data, _SUFFIXES[last]
    except Exception:  # a page without resources, or broken: nothing to recognise there
        return []
    if not best:
        return []
    path = folder / f"{number:03}{suffix}"
    path.write_bytes(best)
    return [path.name]


if __name__ == "__main__":
    main()
