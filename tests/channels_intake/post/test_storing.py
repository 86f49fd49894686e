import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from channels_intake.models import Scan, ScanState
from channels_intake.post.drop import scans_drop
from channels_intake.post.folder import folder_take
from channels_intake.post.kinds import scan_kind
from channels_intake.post.storing import scan_store
from channels_intake.post.tidying import scans_sweep
from core.errors import Invalid
from tests.support.factories import make_agent, make_town
from tests.support.scans import jpeg, pdf, png, tiff

NOW = timezone.now()
Told = list[tuple[str, tuple[object, ...]]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf(), "application/pdf"),
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (tiff(), "image/tiff"),
        (b"MM\0*" + b"\0" * 40, "image/tiff"),
        (b"GIF89a" + b"\0" * 40, None),
        (b"<html><script>alert(1)</script>", None),
        (b"MZ" + b"\0" * 100, None),
        (b"PK\x03\x04" + b"\0" * 100, None),
        (b"just words", None),
    ],
)
def test_a_scan_is_told_by_its_content(content: bytes, expected: str | None) -> None:
    kind = scan_kind(content)
    assert (kind.content_type if kind else None) == expected


@pytest.mark.django_db
def test_the_same_drop_is_stored_once_and_the_same_scan_is_noticed(
    told: Told, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = scan_store(name="a/b\\lettre.pdf", content=pdf(), origin="drop:1", now=NOW)
        again = scan_store(name="lettre.pdf", content=pdf(), origin="drop:1", now=NOW)
        later = scan_store(name="encore.pdf", content=pdf(), origin="drop:2", now=NOW)
    assert (first.is_new, again.is_new, later.is_new) == (True, False, True)
    assert again.scan == first.scan
    assert first.scan.name == "a_b_lettre.pdf"
    assert later.scan.duplicate_of == first.scan
    assert first.scan.duplicate_of is None
    assert told == [("channels_intake.read_scan", (first.scan.pk,)), ("channels_intake.read_scan", (later.scan.pk,))]


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"MZ not a scan"])
def test_what_is_no_scan_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        scan_store(name="x.pdf", content=content, origin="drop:1", now=NOW)
    assert not Scan.objects.exists()


@pytest.mark.django_db
def test_a_bad_file_costs_nothing_to_the_others(settings: Any) -> None:
    settings.SCAN_MAX_COUNT, settings.SCAN_MAX_BYTES = 6, 5000
    files = [
        SimpleUploadedFile("bon.png", png(1)),
        SimpleUploadedFile("vide.pdf", b""),
        SimpleUploadedFile("faux.pdf", b"MZ program"),
        SimpleUploadedFile("gros.png", png(2) + b"\0" * 5000),
        SimpleUploadedFile("bon-bis.png", png(1)),
        SimpleUploadedFile("autre.png", png(3)),
        SimpleUploadedFile("trop.png", png(4)),
    ]
    agent = make_agent(("counter", make_town()))
    result = scans_drop(files, key="k", actor=agent, now=NOW)
    assert result.stored == 2
    assert [name for name, _why in result.refused] == ["vide.pdf", "faux.pdf", "gros.png", "bon-bis.png", "trop.png"]
    assert "4\N{NO-BREAK SPACE}Ko" in result.refused[2][1]
    assert list(Scan.objects.values_list("name", flat=True)) == ["bon.png", "autre.png"]
    for file in files:
        file.seek(0)
    assert scans_drop(files, key="k", actor=agent, now=NOW).stored == 2
    assert Scan.objects.count() == 2


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.POST_FOLDER = str(tmp_path)
    return tmp_path


@pytest.mark.django_db
def test_the_folder_is_emptied(folder: Path) -> None:
    (folder / "lettre.pdf").write_bytes(pdf())
    (folder / "virus.pdf").write_bytes(b"MZ program")
    (folder / ".copie.pdf").write_bytes(pdf())
    (folder / "copie.pdf.part").write_bytes(pdf())
    (folder / "secret.pdf").symlink_to("/etc/passwd")
    (folder / "sous-dossier").mkdir()
    assert folder_take(now=NOW, quiet=0) == (1, 1)
    scan = Scan.objects.get()
    assert (scan.name, scan.folder, scan.dropped_by) == ("lettre.pdf", "lettre.pdf", None)
    assert (folder / "done" / "lettre.pdf").read_bytes() == pdf()
    assert (folder / "refused" / "virus.pdf").exists()
    assert "pas une numérisation" in (folder / "refused" / "virus.pdf.txt").read_text()
    left = {path.name for path in folder.iterdir()}
    assert left == {".copie.pdf", "copie.pdf.part", "secret.pdf", "sous-dossier", "done", "refused"}
    assert folder_take(now=NOW, quiet=0) == (0, 0)


@pytest.mark.django_db
def test_a_file_that_still_moves_waits(folder: Path) -> None:
    path = folder / "lettre.pdf"
    path.write_bytes(pdf())
    os.utime(path, (1, 1))  # an old date, kept by the copy: the moment it changed is now
    assert folder_take(now=NOW, quiet=60) == (0, 0)
    assert path.exists()
    assert not Scan.objects.exists()


@pytest.mark.django_db
def test_killed_between_the_row_and_the_move_makes_nothing_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "lettre.pdf").write_bytes(pdf())

    class Killed(BaseException):
        pass

    def die(*_args: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("channels_intake.post.folder._move", die)
        with pytest.raises(Killed):
            folder_take(now=NOW, quiet=0)
    assert (folder / "lettre.pdf").exists()
    assert Scan.objects.count() == 1
    folder_take(now=NOW, quiet=0)
    assert Scan.objects.count() == 1
    assert (folder / "done" / "lettre.pdf").exists()
    # the same letter scanned again another day is another row, that says so; the names in done/ stay apart
    (folder / "lettre.pdf").write_bytes(pdf())
    os.utime(folder / "lettre.pdf", (2_000_000_000, 2_000_000_000 - 10**9))
    folder_take(now=NOW, quiet=-(10**10))
    assert Scan.objects.exclude(duplicate_of=None).count() == 1
    assert len(list((folder / "done").iterdir())) == 2


@pytest.mark.django_db
def test_no_folder_and_a_folder_that_is_away(settings: Any, tmp_path: Path) -> None:
    assert folder_take(now=NOW) == (0, 0)
    settings.POST_FOLDER = str(tmp_path / "absent")
    assert folder_take(now=NOW) == (0, 0)


@pytest.mark.django_db
def test_the_sweep_has_read_and_deletes_what_tickets_hold(told: Told, django_capture_on_commit_callbacks: Any) -> None:
    old = scan_store(name="a.png", content=png(1), origin="1", now=NOW - timedelta(minutes=5)).scan
    scan_store(name="b.png", content=png(2), origin="2", now=NOW)
    entered = scan_store(name="c.png", content=png(3), origin="3", now=NOW).scan
    Scan.objects.filter(pk=entered.pk).update(state=ScanState.ENTERED)
    storage, path = entered.file.storage, entered.file.name
    with django_capture_on_commit_callbacks(execute=True):
        scans_sweep(now=NOW)
    assert told == [("channels_intake.read_scan", (old.pk,))]
    assert not storage.exists(path)
    entered.refresh_from_db()
    assert not entered.file
    scans_sweep(now=NOW)
