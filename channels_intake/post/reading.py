"""The text of a scan: of the PDF when a computer wrote it, else by `tesseract` when the program is installed.

Everything runs in processes of their own with limits: a scan that cannot be read is a letter without a text, no more.
"""

import json
import logging
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from channels_intake.models import Scan, ScanState
from channels_intake.post import pdf_text
from core.files import PDF

logger = logging.getLogger(__name__)

FROM_PDF, FROM_OCR = "pdf", "ocr"
PDF_SECONDS = 40
OCR_SECONDS = 60  # a picture
MOST_CHARACTERS = pdf_text.MOST_CHARACTERS
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Read:
    text: str = ""
    source: str = ""
    pages: int = 1


def scan_read(*, scan_id: int, now: datetime) -> None:
    """Read a scan nobody read yet. Told twice, it does nothing the second time."""
    scan = Scan.objects.filter(pk=scan_id, state=ScanState.NEW, text_read_at=None).first()
    if scan is None:
        return
    try:
        with scan.file.open("rb") as stored:
            content = stored.read()
    except OSError:
        logger.exception("The file of scan %s cannot be read.", scan.pk)
        return  # the sweep tries again: the storage may be away for a moment
    found = read(content, scan.content_type)
    # an agent may have entered it meanwhile: the row is written only as it was
    Scan.objects.filter(pk=scan.pk, state=ScanState.NEW, text_read_at=None).update(
        text=found.text, text_source=found.source, pages=min(found.pages, 32_000), text_read_at=now
    )


def read(content: bytes, content_type: str) -> Read:
    """The text of a scan, empty when there is none or no way to read it."""
    with tempfile.TemporaryDirectory(prefix="guichet-scan-") as name:
        folder = Path(name)
        if content_type != PDF:
            picture = folder / "scan"
            picture.write_bytes(content)
            text = recognised([picture])
            return Read(text, FROM_OCR if text else "")
        told = _pdf(content, folder if tesseract() else None)
        pages = max(1, int(told.get("pages", 1)))
        text = _clean(str(told.get("text", "")))
        if len(_LETTER.findall(text)) >= pdf_text.ENOUGH_LETTERS:
            return Read(text, FROM_PDF, pages)
        text = recognised([folder / picture for picture in told.get("pictures", [])])
        return Read(text, FROM_OCR if text else "", pages)


def recognised(pictures: list[Path]) -> str:
    """What `tesseract` reads on the pictures; empty without it."""
    program = tesseract()
    if not program:
        return ""
    language = ["-l", "fra"] if _knows_french(program) else []
    texts = []
    for picture in pictures:
        answer = _run([program, str(picture), "stdout", *language], seconds=OCR_SECONDS)
        if answer is not None:
            texts.append(answer.decode("utf-8", "replace"))
    return _clean("\n".join(texts))


def tesseract() -> str | None:
    return shutil.which("tesseract")


@cache
def _knows_french(program: str) -> bool:
    answer = _run([program, "--list-langs"], seconds=10)
    return answer is not None and "fra" in answer.decode("utf-8", "replace").split()


def _pdf(content: bytes, pictures: Path | None) -> dict[str, Any]:
    """What `pdf_text` says of the PDF; nothing when it could not read it."""
    command = [sys.executable, "-I", str(Path(pdf_text.__file__)), *([str(pictures)] if pictures else [])]
    answer = _run(command, seconds=PDF_SECONDS, given=content)
    try:
        return dict(json.loads(answer)) if answer else {}
    except ValueError:
        return {}


def _run(command: list[str], *, seconds: float, given: bytes = b"") -> bytes | None:
    """The output of a program; None when it fails or takes longer."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        logger.info("A scan could not be read: %s", error)
        return None
    return done.stdout


def _clean(text: str) -> str:
    """Without what PostgreSQL refuses, without trailing spaces or runs of empty lines."""
    lines = [line.rstrip() for line in text.replace("\x00", "").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:MOST_CHARACTERS]
