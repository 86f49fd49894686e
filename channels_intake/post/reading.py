"""The text of a scan: of the PDF when a computer wrote it, else by `tesseract` when the program is installed.

Everything runs in processes of their own with limits: a scan that cannot be read is a letter without a text, no more.
"""

import logging
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from channels_intake.models import Scan, ScanState
from channels_intake.post import pdf_text
from core.files import PDF
from core.pictures import pictures_for_reading, told_by
from core.programs import run, run_ours

logger = logging.getLogger(__name__)

READ_IN = (ScanState.NEW, ScanState.JOINED)
FROM_PDF, FROM_OCR = "pdf", "ocr"
PDF_SECONDS = 40
PICTURE_SECONDS = 90
OCR_SECONDS = 300  # all the pictures of a letter
MOST_CHARACTERS = pdf_text.MOST_CHARACTERS
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Read:
    text: str = ""
    source: str = ""
    pages: int = 1


def scan_read(*, scan_id: int, now: datetime) -> None:
    """Read a scan nobody read yet. Told twice, it does nothing the second time."""
    scan = Scan.objects.filter(pk=scan_id, state__in=READ_IN, text_read_at=None).first()
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
    Scan.objects.filter(pk=scan.pk, state__in=READ_IN, text_read_at=None).update(
        text=found.text, text_source=found.source, pages=min(found.pages, 32_000), text_read_at=now
    )


def read(content: bytes, content_type: str) -> Read:
    """The text of a scan, empty when there is none or no way to read it.

    Pages that a computer wrote give their text; the pictures that are the other ones are recognised, after it.
    """
    with tempfile.TemporaryDirectory(prefix="guichet-scan-") as name:
        folder = Path(name)
        kept = folder if tesseract() else None
        told = _pdf(content, kept) if content_type == PDF else pictures_for_reading(content, kept)
        written = _clean(str(told.get("text", "")))
        found = recognised([folder / picture for picture in told.get("pictures", [])])
    if len(_LETTER.findall(written)) < pdf_text.ENOUGH_LETTERS:
        written = ""
    text = _clean(f"{written}\n\n{found}")
    return Read(text, (FROM_OCR if found else FROM_PDF) if text else "", max(1, int(told.get("count", 1))))


def recognised(pictures: list[Path]) -> str:
    """What `tesseract` reads on the pictures, in at most OCR_SECONDS; empty without it."""
    program = tesseract()
    if not program:
        return ""
    language = ["-l", "fra"] if _knows_french(program) else []
    texts = []
    end = time.monotonic() + OCR_SECONDS
    for picture in pictures:
        left = end - time.monotonic()
        if left <= 0:
            logger.info("The last pages of a scan of %s were not recognised.", len(pictures))
            break
        # 1: pages upside down or sideways are found out; one core a picture, other letters wait too
        command = [program, str(picture), "stdout", *language, "--psm", "1"]
        answer = run(command, seconds=min(left, PICTURE_SECONDS), OMP_THREAD_LIMIT="1")
        if answer is not None:
            texts.append(answer.decode("utf-8", "replace"))
    return _clean("\n".join(texts))


def tesseract() -> str | None:
    return shutil.which("tesseract")


@cache
def _knows_french(program: str) -> bool:
    answer = run([program, "--list-langs"], seconds=10)
    return answer is not None and "fra" in answer.decode("utf-8", "replace").split()


def _pdf(content: bytes, folder: Path | None) -> dict[str, Any]:
    """What `pdf_text` says of the PDF; nothing when it could not read it."""
    arguments = [str(folder)] if folder else []
    return told_by(run_ours(str(pdf_text.__file__), *arguments, seconds=PDF_SECONDS, given=content))


def _clean(text: str) -> str:
    """Without what PostgreSQL refuses, without trailing spaces or runs of empty lines."""
    lines = [line.rstrip() for line in text.replace("\x00", "").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:MOST_CHARACTERS]
