"""ClamAV spoken to on a real socket."""

import os
import socket
from typing import Any

import pytest

from core import antivirus
from core.antivirus import FileCheck, Verdict, antivirus_state, file_check
from tests.support.clamd import EICAR, clamd

INFECTED = Verdict(FileCheck.INFECTED, "Eicar-Test-Signature")


@pytest.fixture(autouse=True)
def _rested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(antivirus._Rest, "until", 0.0)


@pytest.mark.parametrize("tcp", [False, True])
def test_the_protocol(settings: Any, tcp: bool) -> None:
    big = os.urandom(700_000)
    with clamd(tcp=tcp) as server:
        settings.CLAMAV = server.where
        assert antivirus_state() == "ok"
        assert file_check(b"%PDF-1.4 bonjour") == Verdict(FileCheck.CLEAN)
        assert file_check(b"%PDF-1.4 " + EICAR) == INFECTED
        assert file_check(big) == Verdict(FileCheck.CLEAN)
        assert server.scanned[-1] == big  # in several chunks
        assert file_check(b"") == Verdict(FileCheck.CLEAN)


def test_a_file_over_its_limit_cannot_be_checked(settings: Any) -> None:
    with clamd() as server:
        settings.CLAMAV = server.where
        assert file_check(bytes(3 << 20)).check == FileCheck.IMPOSSIBLE


def test_without_the_setting_nothing_is_checked(settings: Any) -> None:
    settings.CLAMAV = ""
    assert file_check(EICAR) == Verdict()
    assert antivirus_state() == ""


def test_out_of_reach_nobody_waits_and_the_sweep_asks_again(settings: Any) -> None:
    settings.CLAMAV = "/nowhere/clamd.ctl"
    assert file_check(EICAR) == Verdict(FileCheck.WAITING)
    assert antivirus_state() == "unreachable"
    with clamd() as server:
        settings.CLAMAV = server.where
        assert file_check(EICAR) == Verdict(FileCheck.WAITING)  # it rests: it was out of reach a moment ago
        assert server.scanned == []
        assert file_check(EICAR, patient=True) == INFECTED
        assert file_check(EICAR) == INFECTED  # it answered: it is asked again


@pytest.mark.parametrize("where", ["3310", ":3310", "host:clamd"])
def test_a_wrong_setting_is_no_reason_to_refuse_files(settings: Any, where: str) -> None:
    settings.CLAMAV = where
    assert file_check(b"x") == Verdict(FileCheck.WAITING)


def test_a_server_that_says_nothing_is_out_of_reach(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMAV = f"127.0.0.1:{server.getsockname()[1]}"
        server.close()
        assert file_check(b"x") == Verdict(FileCheck.WAITING)
