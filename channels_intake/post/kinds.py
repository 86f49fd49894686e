"""What a scan may be, told by its content (`core.files`)."""

from core.files import PDF, TIFF, Sniffed, sniff

ACCEPTED = "PDF, JPEG, PNG, TIFF"
SHOWN_AS_IMAGE = frozenset({"image/jpeg", "image/png"})
_KINDS = SHOWN_AS_IMAGE | {PDF, TIFF}


def scan_kind(content: bytes) -> Sniffed | None:
    """The kind of an accepted scan, None for anything else."""
    found = sniff(content)
    return found if found.content_type in _KINDS else None
