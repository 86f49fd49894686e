"""What a file really is, from its first bytes: the name a sender gives proves nothing. Pure."""

import io
import zipfile

ACCEPTED = "PDF, JPEG, PNG, WebP, HEIC, ODT, ODS, DOCX, XLSX"

_IMAGES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": "application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.spreadsheet": "application/vnd.oasis.opendocument.spreadsheet",
}
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
EXTENSIONS = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
}


def content_type_of(content: bytes) -> str | None:
    """The media type of an accepted file, None for anything else (programs, pages, scripts, documents with macros)."""
    for signature, content_type in _IMAGES:
        if content.startswith(signature):
            return content_type
    if content[:5] == b"%PDF-":
        return "application/pdf"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "image/heic"
    if content[:4] == b"PK\x03\x04":
        return _document(content)
    return None


def name_for(name: str, content_type: str) -> str:
    """``name`` with an extension that tells the truth: ``photo.exe`` that is a JPEG becomes ``photo.exe.jpg``."""
    extensions = EXTENSIONS[content_type]
    if name.rpartition(".")[2].lower() in extensions:
        return name
    return f"{name}.{extensions[0]}"


def _document(content: bytes) -> str | None:
    """An OpenDocument or Office Open XML file without macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names):
                return None
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= 100:
                return _OPEN_DOCUMENT.get(archive.read("mimetype"))
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return None
    return next((content_type for part, content_type in _OFFICE.items() if part in names), None)
