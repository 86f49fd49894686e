import os
import stat
from pathlib import Path

import pytest
from django.utils import timezone

from channels_intake.models import Scan
from channels_intake.post import pdf_text, reading
from channels_intake.post.hints import hints_of, suggested_type
from channels_intake.post.reading import read, scan_read
from channels_intake.post.storing import scan_store
from tests.conftest import eventually
from tests.support.factories import make_service, make_type
from tests.support.scans import LETTER, jpeg, pdf, png

NOW = timezone.now()
PDF, PNG = "application/pdf", "image/png"
# stands for the program: says what it was asked, and the size of the picture in pixels
TESSERACT = """#!/bin/sh
if [ "$1" = "--list-langs" ]; then echo "List of available languages (2):"; echo eng; echo fra; exit 0; fi
echo "Reconnu $2 $3 $4, une page $(head -n 2 "$1" | tr '\n' ' ')"
"""


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "tesseract", lambda: None)


@pytest.fixture
def tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(TESSERACT)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_the_text_of_a_born_digital_pdf(no_tesseract: None) -> None:
    found = read(pdf(pages=3), PDF)
    assert found.pages == 3
    assert found.source == "pdf"
    assert "Le lampadaire du 3 rue des Lilas est éteint" in found.text


def test_a_scan_without_text_is_silent_without_tesseract(no_tesseract: None) -> None:
    assert read(pdf((), picture=jpeg(), pages=2), PDF) == reading.Read("", "", 2)
    assert read(png(), PNG) == reading.Read()


def test_tesseract_reads_pictures_and_scanned_pages_in_french(tesseract: None) -> None:
    image = read(png(), PNG)
    assert (image.source, image.text) == ("ocr", "Reconnu stdout -l fra, une page P5 60 80")
    scanned = read(pdf((), picture=jpeg(), pages=2), PDF)
    assert (scanned.source, scanned.pages) == ("ocr", 2)
    assert scanned.text.count("une page P5 60 80") == 2
    assert read(pdf(), PDF).source == "pdf"


def test_a_program_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(reading, "tesseract", lambda: str(program))
    monkeypatch.setattr(reading, "_knows_french", lambda _program: True)
    monkeypatch.setattr(reading, "PICTURE_SECONDS", 0.3)
    assert read(png(), PNG) == reading.Read()


@pytest.mark.parametrize("content", [b"%PDF-1.4 nothing follows", pdf()[:300], b"%PDF-1.7\n" + os.urandom(2000)])
def test_a_broken_pdf_is_a_letter_without_a_text(content: bytes, no_tesseract: None) -> None:
    assert read(content, PDF).text == ""


def test_what_is_read_is_bounded(no_tesseract: None) -> None:
    many = pdf(("Une ligne qui revient à chaque page, encore et encore.",) * 50, pages=60)
    found = read(many, PDF)
    assert found.pages == 60
    assert len(found.text) <= pdf_text.MOST_CHARACTERS


@pytest.mark.django_db
def test_a_scan_is_read_once_and_not_after_it_was_entered(no_tesseract: None) -> None:
    scan = scan_store(name="a.pdf", content=pdf(), origin="1", now=NOW).scan
    scan_read(scan_id=scan.pk, now=NOW)
    scan.refresh_from_db()
    assert (scan.text_source, scan.text_read_at, scan.pages) == ("pdf", NOW, 1)
    Scan.objects.update(text="relu")
    scan_read(scan_id=scan.pk, now=NOW)
    other = scan_store(name="b.pdf", content=pdf(), origin="2", now=NOW).scan
    Scan.objects.filter(pk=other.pk).update(state="entered")
    scan_read(scan_id=other.pk, now=NOW)
    assert set(Scan.objects.values_list("text", flat=True)) == {"relu", ""}
    scan_read(scan_id=10**9, now=NOW)


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("Objet : place de stationnement", "place de stationnement"),
        ("OBJET: place de stationnement", "place de stationnement"),
        ("  Obiet ; place de stationnement", "place de stationnement"),
        ("Concerne :\nplace de stationnement", "place de stationnement"),
        ("Monsieur le Maire,", ""),
        ("Je vous écris au sujet d’un objet : un vélo.", ""),
    ],
)
def test_the_line_of_the_subject_however_it_is_read(line: str, subject: str) -> None:
    assert hints_of(f"Jeanne Morel\n{line}\n\nMadame,\n\nJe demande une place.").subject == subject


@pytest.mark.django_db
def test_a_file_that_is_away_is_tried_again() -> None:
    scan = scan_store(name="a.pdf", content=pdf(), origin="1", now=NOW).scan
    scan.file.storage.delete(scan.file.name)
    scan_read(scan_id=scan.pk, now=NOW)
    scan.refresh_from_db()
    assert scan.text_read_at is None


def test_the_subject_and_the_body_of_a_letter() -> None:
    hints = hints_of("\n".join(LETTER))
    assert hints.subject == "lampadaire éteint"
    assert hints.body == (
        "Le lampadaire du 3 rue des Lilas est éteint depuis trois semaines et la rue est plongée dans le noir."
    )
    assert hints_of("Un mot\nsans forme\n\nde deux paragraphes").body == "Un mot sans forme\n\nde deux paragraphes"
    assert hints_of("") == hints_of("  ").__class__()
    assert len(hints_of("mot " * 5000).body) <= 3000


@pytest.mark.django_db
def test_the_type_is_suggested_by_the_keywords_of_the_catalogue() -> None:
    voirie = make_service("voirie")
    kind = make_type("eclairage", voirie, keywords=["lampadaire"])
    make_type("dechets", voirie, keywords=["poubelle"])
    assert suggested_type("\n".join(LETTER)) == kind.pk
    assert suggested_type("rien de connu") is None
    assert suggested_type("") is None


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_reads_what_is_dropped(worker: object) -> None:
    scan_store(name="a.pdf", content=pdf(pages=2), origin="1", now=NOW)
    scan = eventually(lambda: Scan.objects.filter(text_read_at__isnull=False).first())
    assert (scan.text_source, scan.pages) == ("pdf", 2)
