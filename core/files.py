"""What a file really is, told by its bytes: the name and the type a sender gives prove nothing.

One place for every channel. The web form, the portal and the API take only what `refusal` accepts; e-mail and the post
desk keep everything, marked (`Sniffed.is_risky`). What a browser may show of a stored file is `inline_type`.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum

import filetype
from django.utils.translation import gettext as _

ACCEPTED = "PDF, JPEG, PNG, GIF, WebP, HEIC, TIFF, ODT, ODS, ODP, DOC, DOCX, XLS, XLSX, PPTX, TXT"
_ACCEPTED = {name.lower().replace("jpeg", "jpg").replace("tiff", "tif") for name in ACCEPTED.split(", ")}
HEAD = 8192  # bytes: every signature but those of office documents is in the first ones
UNKNOWN = "application/octet-stream"
PDF = "application/pdf"
TIFF = "image/tiff"
TEXT = "text/plain"


class Kind(StrEnum):
    IMAGE = "image"
    DOCUMENT = "document"
    TEXT = "text"
    MAIL = "mail"
    CALENDAR = "calendar"
    MEDIA = "media"  # sound, film
    ARCHIVE = "archive"
    MACRO = "macro"  # an office document that runs something when it is opened
    PAGE = "page"  # HTML, SVG, XML: a browser runs their scripts
    PROGRAM = "program"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Sniffed:
    """``content_type`` and ``extension`` (no dot, may be empty) tell the truth, whatever the name said.

    ``holds_risk``: an archive with a program, a page or a script among its names, or whose names are hidden.
    """

    content_type: str
    extension: str
    kind: Kind
    name_is_risky: bool = False
    holds_risk: bool = False

    @property
    def is_risky(self) -> bool:
        """Whether opening it may run something on the computer of whoever opens it."""
        return self.kind in {Kind.PROGRAM, Kind.PAGE, Kind.MACRO} or self.holds_risk or self.name_is_risky


# programs and scripts; pages that run scripts; office files with macros; shortcuts, disk images and installers
RISKY_NAMES = frozenset(
    [
        *("app", "apk", "bat", "cmd", "com", "cpl", "dll", "exe", "gadget", "hta", "jar", "jnlp", "js", "jse", "mjs"),
        *("msi", "msix", "msp", "ps1", "py", "reg", "scf", "scr", "sh", "vb", "vbe", "vbs", "wsf", "wsh"),
        *("htm", "html", "mht", "mhtml", "shtml", "svg", "xhtml", "xml"),
        *("docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppam", "ppsm", "sldm", "xll"),
        *("chm", "dmg", "img", "iso", "lnk", "pkg", "url", "vhd", "vhdx"),
    ]
)
_ALIKE = {
    "jpg": {"jpeg", "jpe", "jfif"},
    "tif": {"tiff"},
    "heic": {"heif"},
    "txt": {"text", "log", "md", "csv", "tsv", "asc", "ini", "json"},
    "eml": {"txt", "mht"},
    "ics": {"ical", "ifb", "vcs", "txt"},
    "html": {"htm", "xhtml", "shtml"},
    "doc": {"dot"},
    "xls": {"xlt"},
    "ppt": {"pps"},
    "gz": {"tgz"},
}
_OFFICE = {  # main part → (word of the media type, extension, the same with macros)
    "word/document.xml": ("wordprocessingml.document", "docx", "docm", "ms-word.document"),
    "xl/workbook.xml": ("spreadsheetml.sheet", "xlsx", "xlsm", "ms-excel.sheet"),
    "xl/workbook.bin": ("spreadsheetml.sheet", "xlsb", "xlsb", "ms-excel.sheet.binary"),
    "ppt/presentation.xml": ("presentationml.presentation", "pptx", "pptm", "ms-powerpoint.presentation"),
}
_OPEN_DOCUMENT = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg"}
_OLE = {  # a name in the directory of an OLE file, in UTF-16 → what it is
    "WordDocument": ("application/msword", "doc"),
    "Workbook": ("application/vnd.ms-excel", "xls"),
    "PowerPoint Document": ("application/vnd.ms-powerpoint", "ppt"),
    "__properties_version1.0": ("application/vnd.ms-outlook", "msg"),
}
_PROGRAMS = (
    *(b"MZ", b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    *(b"\xca\xfe\xba\xbe", b"dex\n", b"\x00asm", b"#!", b"L\x00\x00\x00\x01\x14\x02\x00", b"[InternetShortcut]"),
)
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}
_ARCHIVES = {"zip", "rar", "7z", "gz", "bz2", "xz", "tar", "lz", "Z", "cab", "ar", "zst", "lz4"}
_PAGE = re.compile(r"<(?:!doctype|html|head|body|script|iframe|svg|\?xml|math|meta|style)\b", re.IGNORECASE)
_MAIL = re.compile(
    r"(?:return-path|received|from|to|date|subject|message-id|mime-version|delivered-to|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", PDF, TEXT})


def sniff(content: bytes, name: str = "") -> Sniffed:
    """What ``content`` is; ``name`` only tells whether it is risky, and which kind of text a text is."""
    given = extension_of(name)
    content_type, extension, kind, holds_risk = _look(content, given)
    return Sniffed(content_type, extension, kind, given in RISKY_NAMES, holds_risk)


def inline_type(head: bytes) -> str:
    """The type under which a browser may show a file that begins with ``head`` (HEAD bytes); empty: download it only.

    Images, PDF and plain text. Never a page, a drawing or a script, whatever the stored type or the name says.
    """
    content_type, _extension, kind, _risk = _look(head, "")
    if content_type not in _SHOWN or kind in {Kind.PAGE, Kind.PROGRAM}:
        return ""
    return f"{TEXT}; charset=utf-8" if content_type == TEXT else content_type


def refusal(found: Sniffed) -> str:
    """Why a citizen or a program may not send this, one sentence in the active language; empty when it is accepted."""
    if found.kind == Kind.MACRO:
        return _("It contains macros: send it as a PDF, or save it without macros.")
    if found.kind == Kind.ARCHIVE:
        return _("It is an archive: send the files it holds one by one.")
    if found.kind in {Kind.PROGRAM, Kind.PAGE} or (found.kind == Kind.TEXT and found.name_is_risky):
        return _("It is a program or a page, which may be dangerous: send a PDF or a photo.")
    if found.extension in _ACCEPTED:
        return ""
    return _("It is not a file we can accept. Accepted: %(types)s.") % {"types": ACCEPTED}


def extension_of(name: str) -> str:
    """``facture.pdf.EXE`` → ``exe``. Trailing dots and spaces, that Windows drops, hide nothing."""
    stem, dot, extension = name.strip(" .\u00a0").lower().rpartition(".")
    return extension if dot and stem and len(extension) <= 10 else ""


def is_risky_name(name: str) -> bool:
    return extension_of(name) in RISKY_NAMES


def name_for(name: str, found: Sniffed) -> str:
    """``name`` with an extension that tells the truth: ``photo.exe`` that is a JPEG becomes ``photo.exe.jpg``."""
    given = extension_of(name)
    if not found.extension or given == found.extension or given in _ALIKE.get(found.extension, ()):
        return name
    return f"{name}.{found.extension}"


def _look(content: bytes, given: str) -> tuple[str, str, Kind, bool]:
    """(media type, extension, kind, whether an archive holds something risky)."""
    head = content[:HEAD]
    if not head:
        return UNKNOWN, "", Kind.UNKNOWN, False
    if any(head.startswith(signature) for signature in _PROGRAMS):
        return UNKNOWN, given if given in RISKY_NAMES else "exe", Kind.PROGRAM, False
    if head.startswith(b"%PDF-"):
        return PDF, "pdf", Kind.DOCUMENT, False
    if head.startswith(b"PK\x03\x04"):
        return _zip(content)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(content, given)
    if head.startswith(b"{\\rtf"):
        return "application/rtf", "rtf", Kind.MACRO if b"\\objdata" in content else Kind.DOCUMENT, False
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return "image/heic", "heic", Kind.IMAGE, False
    text = _text(head, is_whole=len(content) <= HEAD)
    if text is not None:
        return _written(text, given)
    guessed = filetype.guess(head)
    if guessed is None:
        return UNKNOWN, "", Kind.UNKNOWN, False
    if guessed.extension in _ARCHIVES:
        return guessed.mime, guessed.extension, Kind.ARCHIVE, True  # nothing here opens it: what it holds is not known
    family = guessed.mime.partition("/")[0]
    kind = {"image": Kind.IMAGE, "video": Kind.MEDIA, "audio": Kind.MEDIA}.get(family, Kind.UNKNOWN)
    return guessed.mime, guessed.extension, kind, False


def _zip(content: bytes) -> tuple[str, str, Kind, bool]:
    """An office document, with macros or without, a program or an archive. Nothing is unpacked but ``mimetype``."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            hidden = any(entry.flag_bits & 1 for entry in archive.infolist())
            told = b""
            if "mimetype" in names and archive.getinfo("mimetype").file_size <= 100:
                told = archive.read("mimetype")
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return "application/zip", "zip", Kind.ARCHIVE, True
    if {"META-INF/MANIFEST.MF", "AndroidManifest.xml"} & names and not told:
        return UNKNOWN, "jar", Kind.PROGRAM, False
    if told.startswith(b"application/vnd.oasis.opendocument."):
        content_type = told.decode("ascii", "replace").strip()
        extension = _OPEN_DOCUMENT.get(content_type.rpartition(".")[2], "")
        runs = any(name.startswith(("Basic/", "Scripts/")) for name in names)
        return content_type, extension, Kind.MACRO if runs else Kind.DOCUMENT, False
    for part, (word, extension, with_macros, macro_word) in _OFFICE.items():
        if part in names:
            if extension == "xlsb" or any(n.endswith("vbaProject.bin") or "/macrosheets/" in n for n in names):
                return f"application/vnd.{macro_word}.macroEnabled.12", with_macros, Kind.MACRO, False
            return f"application/vnd.openxmlformats-officedocument.{word}", extension, Kind.DOCUMENT, False
    return "application/zip", "zip", Kind.ARCHIVE, hidden or any(is_risky_name(name) for name in names)


def _ole(content: bytes, given: str) -> tuple[str, str, Kind, bool]:
    """Word, Excel and PowerPoint before 2007, Outlook messages; an installer (.msi) is one too."""
    for name, (content_type, extension) in _OLE.items():
        if name.encode("utf-16-le") in content:
            runs = any(word.encode("utf-16-le") in content for word in ("_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"))
            kind = Kind.MACRO if runs else Kind.MAIL if extension == "msg" else Kind.DOCUMENT
            return content_type, extension, kind, False
    if given in {"msi", "msp"}:
        return "application/x-msi", "msi", Kind.PROGRAM, False
    return "application/x-ole-storage", "", Kind.UNKNOWN, True


def _text(head: bytes, *, is_whole: bool) -> str | None:
    """The beginning as text, None for anything else: UTF-8, UTF-16 with its mark, else Latin-1 without odd bytes."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", head):
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not is_whole and error.start >= len(head) - 3:
            return head[: error.start].decode("utf-8-sig")  # a character cut in two by the end of the head
    odd = sum(byte >= 0x80 for byte in head)
    return head.decode("cp1252", "replace") if odd * 4 <= len(head) else None


def _written(text: str, given: str) -> tuple[str, str, Kind, bool]:
    start = text.lstrip()
    upper = start[:40].upper()
    if upper.startswith("BEGIN:VCALENDAR"):
        return "text/calendar", "ics", Kind.CALENDAR, False
    if upper.startswith("BEGIN:VCARD"):
        return "text/vcard", "vcf", Kind.TEXT, False
    if _MAIL.match(start) and given in {"", "eml", "mht", "mhtml", "msg"}:
        return "message/rfc822", "eml", Kind.MAIL, False
    if (start.startswith("<") and _PAGE.match(start)) or "<script" in text.lower() or "<svg" in text.lower():
        return "text/html", "svg" if "<svg" in text[:2000].lower() else "html", Kind.PAGE, False
    if given in RISKY_NAMES:
        return TEXT, given, Kind.PROGRAM, False
    if given == "csv":
        return "text/csv", "csv", Kind.TEXT, False
    return TEXT, "txt", Kind.TEXT, False
