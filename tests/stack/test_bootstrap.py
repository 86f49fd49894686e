"""The bootstrap: old interpreters, missing modules, bad disks, and a real set-up in an awkward path."""

import ast
import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grc.stack import bootstrap

SOURCE = Path(bootstrap.__file__)


def test_source_is_readable_by_old_interpreters() -> None:
    source = SOURCE.read_text(encoding="ascii")
    tree = ast.parse(source, feature_version=(3, 7))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Nonlocal)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    annotated = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.returns]
    assert not annotated


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10)])
def test_too_old_without_another_one(version: tuple[int, int]) -> None:
    with pytest.raises(bootstrap.BootstrapError) as caught:
        bootstrap.choose_python(version, None, usable=lambda name: False)
    message = str(caught.value)
    assert f"Python {version[0]}.{version[1]} is too old" in message
    assert "3.11 or newer" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("version", "chosen", "there", "expected"),
    [
        ((3, 9), None, {"python3.11", "python3.12"}, "python3.12"),
        ((3, 15), None, {"python3.13"}, "python3.13"),
        ((3, 15), None, set(), None),
        ((3, 15), "python3.15", {"python3.13"}, None),
        ((3, 11), None, {"python3.13"}, None),
        ((3, 13), None, set(), None),
    ],
)
def test_which_python(version: tuple[int, int], chosen: str | None, there: set[str], expected: str | None) -> None:
    assert bootstrap.choose_python(version, chosen, usable=there.__contains__) == expected


def test_chosen_python_is_not_replaced_when_too_old() -> None:
    with pytest.raises(bootstrap.BootstrapError, match="too old"):
        bootstrap.choose_python((3, 9), "python3.9", usable=lambda name: True)


def test_missing_ensurepip_names_the_package_to_install() -> None:
    def find(name: str) -> None:
        if name == "ensurepip":
            raise ImportError(name)

    with pytest.raises(bootstrap.BootstrapError, match="apt install python3-venv"):
        bootstrap.check_venv_module(find)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "disk is read-only"),
        (errno.EACCES, "Not allowed to write"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_disk_errors_are_one_line(number: int, words: str) -> None:
    message = bootstrap.explain(OSError(number, "Input/output error"), "/x/.venv")
    assert words in message
    assert "/x/.venv" in message
    assert "\n" not in message


def test_pip_errors_are_one_line() -> None:
    full = ["ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"]
    assert "disk is full" in bootstrap.explain_pip(full)
    no_wheel = ["Collecting x\n", "ERROR: No matching distribution found for x==1\n", "ERROR: giving up\n"]
    assert "No matching distribution found for x==1" in bootstrap.explain_pip(no_wheel)


def _checkout(root: Path) -> Path:
    """Make a checkout that needs no package, in ROOT."""
    (root / "grc/stack").mkdir(parents=True)
    (root / "requirements").mkdir()
    shutil.copy(SOURCE, root / "grc/stack/bootstrap.py")
    for kind in ("run", "dev"):
        (root / f"requirements/{kind}.txt").write_text("# nothing\n")
    return root


def _bootstrap(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, str(root / "grc/stack/bootstrap.py"), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")


HELLO = ("-c", "import sys; print('prefix', sys.prefix)")


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A checkout, and what its first set-up said."""
    root = _checkout(tmp_path_factory.mktemp("bootstrap") / "dossier d'été")
    return root, _bootstrap(root, "run", *HELLO)


def test_real_set_up_installs_again_only_when_the_lock_changed(
    set_up: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    root, first = set_up
    assert first.returncode == 0, first.stderr
    assert f"prefix {root}/.venv" in first.stdout
    assert "Installing" in first.stdout

    assert "Installing" not in _bootstrap(root, "run", *HELLO).stdout
    (root / "requirements/run.txt").write_text("# changed\n")
    assert "Installing" in _bootstrap(root, "run", *HELLO).stdout
    assert "Installing" in _bootstrap(root, "dev", *HELLO).stdout
    # What the tests need includes what running needs.
    assert "Installing" not in _bootstrap(root, "run", *HELLO).stdout


def test_package_without_its_hash_is_refused(set_up: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    root, _first = set_up
    (root / "requirements/dev.txt").write_text("redis==8.1.0\n")
    refused = _bootstrap(root, "dev", "-c", "print('started')")
    assert refused.returncode == 1
    assert "started" not in refused.stdout
    assert refused.stderr.startswith("guichet: pip could not install the requirements: ")
    assert refused.stderr.count("\n") == 1


def test_path_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    root = _checkout(tmp_path / "x")
    (root / ".venv").write_text("in the way")
    refused = _bootstrap(root, "run", "-c", "print('started')")
    assert refused.returncode == 1
    assert refused.stderr.startswith("guichet: Cannot write ")
    assert refused.stderr.count("\n") == 1
