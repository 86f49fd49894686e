"""What a scan may be, told by its content: the name a scanner or a person gives proves nothing."""

from dataclasses import dataclass

import filetype

ACCEPTED = "PDF, JPEG, PNG, TIFF"
PDF = "application/pdf"
TIFF = "image/tiff"
_EXTENSIONS = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png", TIFF: "tif"}
_ALIKE = {"jpg": {"jpg", "jpeg", "jpe"}, "tif": {"tif", "tiff"}}
SHOWN_AS_IMAGE = frozenset({"image/jpeg", "image/png"})
_HEAD = 8192  # bytes: every signature is in the first ones


@dataclass(frozen=True)
class Kind:
    content_type: str
    extension: str


def scan_kind(content: bytes) -> Kind | None:
    """The kind of an accepted scan, None for anything else."""
    guessed = filetype.guess(content[:_HEAD])
    extension = _EXTENSIONS.get(guessed.mime) if guessed else None
    return Kind(guessed.mime, extension) if guessed and extension else None


def named_as(name: str, kind: Kind) -> str:
    """``name`` with an extension that tells the truth."""
    given = name.rpartition(".")[2].lower()
    return name if given in _ALIKE.get(kind.extension, {kind.extension}) else f"{name}.{kind.extension}"
