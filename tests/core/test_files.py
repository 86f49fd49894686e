"""What a file is, from its bytes; what citizens may send, and what a browser may show."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files import HEAD, Kind, extension_of, inline_type, is_risky_name, name_for, refusal, sniff

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def archive(*, locked: bool = False, **parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    content = out.getvalue()
    return content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01") if locked else content


def ole(*names: str) -> bytes:
    return OLE + b"\x00" * 504 + b"".join(name.encode("utf-16-le") + b"\x00\x00" for name in names)


KINDS = [
    (b"%PDF-1.7\n...", "a.pdf", "application/pdf", Kind.DOCUMENT),
    (b"\xff\xd8\xff\xe0....", "a.jpg", "image/jpeg", Kind.IMAGE),
    (PNG, "a.png", "image/png", Kind.IMAGE),
    (b"GIF89a\x01\x00\x01\x00", "a.gif", "image/gif", Kind.IMAGE),
    (b"II*\x00\x08\x00\x00\x00" + bytes(16), "a.tiff", "image/tiff", Kind.IMAGE),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp", "image/webp", Kind.IMAGE),
    (b"\x00\x00\x00\x18ftypheic\x00\x00", "a.heif", "image/heic", Kind.IMAGE),
    (archive(mimetype=b"application/vnd.oasis.opendocument.text"), "a.odt", "", Kind.DOCUMENT),
    (archive(mimetype=b"application/vnd.oasis.opendocument.text", Basic__x=b"1"), "a.odt", "", Kind.MACRO),
    (archive(word__document_dot_xml=b"<x/>"), "a.docx", WORD, Kind.DOCUMENT),
    (archive(xl__workbook_dot_xml=b"<x/>"), "a.xlsx", "", Kind.DOCUMENT),
    (archive(word__document_dot_xml=b"<x/>", word__vbaProject_dot_bin=b"m"), "a.docx", "", Kind.MACRO),
    (archive(xl__workbook_dot_xml=b"<x/>", xl__macrosheets__s_dot_xml=b"m"), "a.xlsx", "", Kind.MACRO),
    (ole("WordDocument"), "a.doc", "application/msword", Kind.DOCUMENT),
    (ole("Workbook"), "a.xls", "application/vnd.ms-excel", Kind.DOCUMENT),
    (ole("WordDocument", "_VBA_PROJECT"), "a.doc", "application/msword", Kind.MACRO),
    (ole("__properties_version1.0"), "a.msg", "application/vnd.ms-outlook", Kind.MAIL),
    (ole("Binary"), "a.msi", "application/x-msi", Kind.PROGRAM),
    (b"{\\rtf1 bonjour}", "a.rtf", "application/rtf", Kind.DOCUMENT),
    (b"{\\rtf1 {\\object\\objdata 01}}", "a.rtf", "application/rtf", Kind.MACRO),
    (archive(virus_dot_exe=b"MZ"), "a.zip", "application/zip", Kind.ARCHIVE),
    (archive(META_INF__x=b"1"), "a.zip", "application/zip", Kind.ARCHIVE),
    (archive(AndroidManifest_dot_xml=b"1"), "a.apk", "", Kind.PROGRAM),
    (b"PK\x03\x04 broken", "a.docx", "application/zip", Kind.ARCHIVE),
    (b"Rar!\x1a\x07\x01\x00", "a.rar", "application/x-rar-compressed", Kind.ARCHIVE),
    (b"MZ\x90\x00", "a.pdf", "", Kind.PROGRAM),
    (b"\x7fELF\x02", "a", "", Kind.PROGRAM),
    (b"#!/bin/sh\nrm -rf /", "a.txt", "", Kind.PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "facture.pdf.lnk", "", Kind.PROGRAM),
    (b"@echo off\r\ndel *.*", "a.bat", "", Kind.PROGRAM),
    (b"<!DOCTYPE html><script>alert(1)</script>", "a.pdf", "text/html", Kind.PAGE),
    (b"  \n<SVG xmlns='http://www.w3.org/2000/svg'/>", "a.png", "text/html", Kind.PAGE),
    (b"<?xml version='1.0'?><a/>", "a.xml", "text/html", Kind.PAGE),
    (b"Bonjour,\r\n\r\nle lampadaire est \xe9teint.", "a.txt", "text/plain", Kind.TEXT),
    ("Voilà".encode("utf-16"), "a.txt", "text/plain", Kind.TEXT),
    (b"nom;rue\nVasseur;Tilleuls", "a.csv", "text/csv", Kind.TEXT),
    (b"BEGIN:VCALENDAR\r\nVERSION:2.0", "a.ics", "text/calendar", Kind.CALENDAR),
    (b"Received: from x\r\nSubject: Bonjour\r\n\r\nTexte", "a.eml", "message/rfc822", Kind.MAIL),
    (b"\x00\x01\x02\x03\x04", "a.bin", "application/octet-stream", Kind.UNKNOWN),
    (b"", "a.pdf", "application/octet-stream", Kind.UNKNOWN),
]


@pytest.mark.parametrize(("content", "name", "content_type", "kind"), KINDS)
def test_the_bytes_tell_the_kind(content: bytes, name: str, content_type: str, kind: Kind) -> None:
    found = sniff(content, name)
    assert found.kind == kind
    assert not content_type or found.content_type == content_type


@pytest.mark.parametrize(
    ("content", "name", "risky"),
    [
        (PNG, "photo.png", False),
        (PNG, "photo.exe", True),  # Windows goes by the name
        (b"MZ\x90\x00", "facture.pdf", True),
        (b"<html>", "facture.pdf", True),
        (archive(word__document_dot_xml=b"", word__vbaProject_dot_bin=b""), "a.docx", True),
        (archive(photo_dot_jpg=b"x"), "photos.zip", False),
        (archive(facture_dot_exe=b"x"), "photos.zip", True),
        (archive(locked=True, photo_dot_jpg=b"x"), "photos.zip", True),
        (b"7z\xbc\xaf\x27\x1c", "photos.7z", True),
        (b"%PDF-1.4", "lettre.pdf", False),
    ],
)
def test_what_may_run_something_is_risky(content: bytes, name: str, risky: bool) -> None:
    assert sniff(content, name).is_risky is risky


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (PNG, "photo.exe", ""),  # it is kept as photo.exe.png
        (b"%PDF-1.4", "a.pdf", ""),
        (ole("WordDocument"), "a.doc", ""),
        (b"Bonjour", "a.txt", ""),
        (b"II*\x00\x08\x00\x00\x00" + bytes(16), "a.tif", ""),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "a.heic", ""),
        (archive(word__document_dot_xml=b"", word__vbaProject_dot_bin=b""), "a.docx", "macros"),
        (archive(photo_dot_jpg=b"x"), "photos.zip", "archive"),
        (b"MZ\x90\x00", "facture.pdf", "programme"),
        (b"<svg/>", "plan.svg", "programme"),
        (b"@echo off", "a.bat", "programme"),
        (b"\x00\x01\x02\x03", "a.pdf", "Acceptés"),
        (b"OggS\x00\x02", "a.ogg", "Acceptés"),
    ],
)
def test_what_citizens_may_not_send_is_told_why(content: bytes, name: str, word: str) -> None:
    told = refusal(sniff(content, name))
    assert (word in told) if word else told == ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PNG, "image/png"),
        (b"%PDF-1.4", "application/pdf"),
        (b"Bonjour", "text/plain; charset=utf-8"),
        (b"<svg onload=alert(1)>", ""),
        (b"Bonjour <script>alert(1)</script>", ""),
        (b"#!/bin/sh", ""),
        (archive(word__document_dot_xml=b""), ""),
        (b"", ""),
    ],
)
def test_a_browser_shows_only_what_cannot_run(content: bytes, expected: str) -> None:
    assert inline_type(content[:HEAD]) == expected


def test_names_tell_the_truth() -> None:
    assert name_for("photo.JPG", sniff(b"\xff\xd8\xff\xe0")) == "photo.JPG"
    assert name_for("photo.exe", sniff(b"\xff\xd8\xff\xe0")) == "photo.exe.jpg"
    assert name_for("lettre", sniff(b"%PDF-")) == "lettre.pdf"
    assert name_for("notes.md", sniff(b"texte")) == "notes.md"
    assert name_for("lettre", sniff(b"\x00\x01")) == "lettre"
    assert extension_of("facture.pdf.EXE .") == "exe"
    assert extension_of(".htaccess") == ""
    assert is_risky_name("facture.pdf.EXE")
    assert not is_risky_name("com")


@given(st.binary(max_size=400), st.text(max_size=20))
def test_nothing_breaks_it(content: bytes, name: str) -> None:
    found = sniff(content, name)
    assert isinstance(refusal(found), str)
    sniff(b"PK\x03\x04" + content, name)
    sniff(OLE + content, name)
    assert name_for(name, found).startswith(name)
