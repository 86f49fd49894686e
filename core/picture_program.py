"""A small program of its own: pages of the TIFF (or the JPEG or PNG) on its standard input.

A picture may be made to exhaust whoever opens it: this process has its own limits, and dies alone. Three orders:

- ``sizes``: ``{"count": int, "pages": [[width, height] or null]}``, in pixels as ``page`` gives them; null for a page
  that is cut or too big. ``count`` stops at MOST_COUNTED, the list at MOST_PAGES.
- ``page N`` (from 1): that page, as a PNG (black and white) or a JPEG.
- ``reading [FOLDER]``: ``{"count": int, "pictures": [file name]}``; the first pages are left in the folder, upright and
  grey, for character recognition.
"""

import io
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps

WIDTH, HEIGHT = 1600, 8000  # pixels of a page shown
MOST_PAGES = 50
MOST_COUNTED = 500
MOST_READ = 10  # pages
READ_LONGEST = 3600  # pixels: A4 at 300 dots per inch
MOST_BYTES = 160_000_000  # of one page once opened: A4 in colours at 600 dots per inch
MEMORY = 1 << 30  # bytes
SECONDS = 30  # of processor
_ONE_BYTE = frozenset({"1", "L", "P"})
_STRIPS = ((273, 279), (324, 325))  # where each strip or tile of a TIFF is, and how long


class Unreadable(Exception):
    pass


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_BYTES
    order, *arguments = sys.argv[1:]
    content = sys.stdin.buffer.read()
    with Image.open(io.BytesIO(content), formats=("TIFF", "JPEG", "PNG")) as image:
        if order == "page":
            image.seek(int(arguments[0]) - 1)
            sys.stdout.buffer.write(shown(image, len(content)))
        elif order == "sizes":
            json.dump(sizes(image, len(content)), sys.stdout)
        else:
            json.dump(reading(image, len(content), Path(arguments[0]) if arguments else None), sys.stdout)


def sizes(image: Image.Image, length: int) -> dict[str, object]:
    pages: list[tuple[int, int] | None] = []
    count = 0
    for count in frames(image):
        if count <= MOST_PAGES:
            try:
                require_readable(image, length)
                pages.append(fitted(image.size, image, WIDTH, HEIGHT))
            except Unreadable:
                pages.append(None)
    return {"count": count, "pages": pages}


def frames(image: Image.Image) -> Iterator[int]:
    """The picture placed on each of its pages in turn, counted from 1. A chain of pages that breaks ends there.

    Only a TIFF has pages: the second picture of a JPEG is its thumbnail.
    """
    for number in range(MOST_COUNTED if image.format == "TIFF" else 1):
        try:
            image.seek(number)
        except (EOFError, OSError, SyntaxError, ValueError):
            return
        yield number + 1


def require_readable(image: Image.Image, length: int) -> None:
    """Raise `Unreadable`, before anything is unpacked, for a page too big or that goes past the end of the file."""
    width, height = image.size
    if width * height * (1 if image.mode in _ONE_BYTE else 4) > MOST_BYTES:
        raise Unreadable
    tags = getattr(image, "tag_v2", {})
    for where, how_long in _STRIPS:
        if any(start + size > length for start, size in zip(tags.get(where, ()), tags.get(how_long, ()), strict=False)):
            raise Unreadable


def fitted(size: tuple[int, int], image: Image.Image, width: int, height: int) -> tuple[int, int]:
    """``size`` within these limits, never larger. The dots of a fax are twice as high as wide: it is stretched back."""
    wide, high = size
    across, down = (float(dots) for dots in image.info.get("dpi", (1, 1)))
    if across > 0 and down > 0 and not 0.9 < across / down < 1.1:
        high = round(high * min(max(across / down, 0.2), 5))
    scale = min(1, width / wide, height / high)
    return max(1, round(wide * scale)), max(1, round(high * scale))


def shown(image: Image.Image, length: int) -> bytes:
    require_readable(image, length)
    is_line = image.mode == "1"
    flat = resized(flattened(image), image, WIDTH, HEIGHT)
    out = io.BytesIO()
    flat.save(out, "PNG" if is_line else "JPEG")
    return out.getvalue()


def flattened(image: Image.Image) -> Image.Image:
    """Upright, on white paper, in grey or in colours of 8 bits."""
    if image.mode.startswith("I;16"):
        return image.point(lambda shade: shade / 256).convert("L")
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        image = paper
    return image.convert("L" if image.mode in {"1", "L", "LA"} else "RGB")


def resized(flat: Image.Image, image: Image.Image, width: int, height: int) -> Image.Image:
    size = fitted(flat.size, image, width, height)
    return flat if flat.size == size else flat.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)


def reading(image: Image.Image, length: int, folder: Path | None) -> dict[str, object]:
    count, pictures = 0, []
    for count in frames(image):
        if folder is None or count > MOST_READ:
            continue
        try:
            require_readable(image, length)
            grey = resized(flattened(image).convert("L"), image, READ_LONGEST, READ_LONGEST)
        except (Unreadable, OSError, ValueError):  # the other pages may be whole
            continue
        grey.save(folder / f"{count:03}.pgm")
        pictures.append(f"{count:03}.pgm")
    return {"count": count, "pictures": pictures}


if __name__ == "__main__":
    main()
