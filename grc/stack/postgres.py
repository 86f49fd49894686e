"""The embedded PostgreSQL: one cluster in a directory, reached by TCP on 127.0.0.1 only, with passwords."""

import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from grc.stack import binaries
from grc.stack.errors import StackError
from grc.stack.ports import free_port
from grc.stack.process import Adopted, Process, command_line, is_running, last_lines, spawn, wait_gone
from grc.stack.state import secret

OWNER = DATABASE = "guichet"
ADMIN = "postgres"
START_SECONDS = 60
STOP_SECONDS = 30


def memory_bytes() -> int:
    """Return the memory that we may use: the machine's, or less where a control group says so."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total


def tuning(memory: int, *, durable: bool) -> dict[str, str]:
    """Return the server's options for a machine with MEMORY bytes, shared with the web and worker processes.

    Without DURABLE the data is thrown away at the end (tests, benchmarks): nothing is flushed to disk.
    """
    megabytes = memory // 2**20
    options = {
        "shared_buffers": f"{max(32, min(1024, megabytes // 8))}MB",
        "effective_cache_size": f"{max(64, megabytes // 2)}MB",
        "work_mem": f"{max(4, min(16, megabytes // 256))}MB",
        "maintenance_work_mem": f"{max(32, min(256, megabytes // 32))}MB",
        "random_page_cost": "1.1",  # solid-state disks
        "jit": "off",  # our queries are short: compiling them costs more than it gains
        "max_connections": "100",
        "synchronous_commit": "on",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "log_min_duration_statement": "1000",
        "log_timezone": "UTC",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return options


class Postgres:
    """A cluster under ``home/postgres``, its passwords under ``home/secrets``, its log under ``home/logs``.

    DURABLE=False makes a throw-away cluster, which also ends with the process that started it.
    """

    name = "postgres"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home
        self.cluster = home / "postgres"
        self.log = home / "logs" / "postgres.log"
        self.durable = durable
        self.port = 0
        self.adopted = False
        self.process: Process | None = None
        self._directory_fd: int | None = None

    @property
    def url(self) -> str:
        return f"postgres://{OWNER}:{quote(self._password(OWNER))}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Start the server, or adopt the one that an earlier supervisor left; return when it answers.

        PAUSE is called with the seconds to wait between two looks; it may raise to give up. Raises
        StackError.
        """
        uid = binaries.server_uid(self.cluster)
        if not self.cluster.exists():
            self._create(uid)
        self._check_version()
        orphan = self._orphan()
        if orphan:
            self.process, self.port = orphan
            self.adopted = True
        else:
            self.port = self.port or free_port()
            self.process = self._spawn(uid)
            self.adopted = False
        try:
            with self._wait_for_connection(pause) as connection:
                self._ensure_database(connection)
        except psycopg.errors.DiskFull:
            raise StackError(f"The disk is full: no room left in {self.cluster}.") from None
        except psycopg.Error as error:
            raise StackError(f"PostgreSQL: {' '.join(str(error).split())} (log: {self.log})") from None

    def poll(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop the server and wait: SIGINT cuts the sessions and writes all; SIGQUIT when HURRY() says so."""
        if self.process is not None:
            for sig, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
                if self.process.poll() is None:
                    self.process.send_signal(sig)
                if wait_gone(self.process, seconds, hurry if sig == signal.SIGINT else lambda: False):
                    break
            self.process = None
        if self._directory_fd is not None:
            os.close(self._directory_fd)
            self._directory_fd = None

    def _password(self, role: str) -> str:
        return secret(self.home / "secrets" / f"postgres_{role}", 24)

    def _program(self, name: str, uid: int | None) -> str:
        return str(binaries.postgres_bin(uid) / name)

    def _directory(self, path: Path, uid: int | None) -> tuple[str, tuple[int, ...]]:
        """Return PATH as the server may name it, and the file descriptors that it has to inherit for that.

        Another user than ours may be kept out by a parent directory (root's home, a private DATA_DIR). An
        open descriptor of the directory itself, named through /proc, needs no rights on the parents.
        """
        if uid is None:
            return str(path), ()
        if self._directory_fd is not None:
            os.close(self._directory_fd)
        self._directory_fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._directory_fd}", (self._directory_fd,)

    def _create(self, uid: int | None) -> None:
        """Make the cluster, whole or not at all."""
        draft = Path(tempfile.mkdtemp(dir=self.home, prefix="postgres-new-"))
        try:
            # A file without a name: initdb reads it through the descriptor that it inherits.
            with tempfile.TemporaryFile() as password:
                password.write(f"{self._password(ADMIN)}\n".encode())
                password.seek(0)
                if uid is not None:
                    os.chown(draft, uid, uid)
                    os.fchown(password.fileno(), uid, uid)
                directory, fds = self._directory(draft, uid)
                command = [self._program("initdb", uid), "-D", directory, "--encoding=UTF8", "--locale=C"]
                command += ["--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"]
                command += [f"--username={ADMIN}", "--auth=scram-sha-256", f"--pwfile=/dev/fd/{password.fileno()}"]
                made = spawn(
                    command + ([] if self.durable else ["--no-sync"]),
                    env=_environment(),
                    log=self.log,
                    cwd="/",
                    dies_with=signal.SIGTERM,
                    uid=uid,
                    pass_fds=(*fds, password.fileno()),
                )
                if made.wait():
                    raise StackError(_explain(self.log, "PostgreSQL could not create its data directory"))
            draft.rename(self.cluster)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _check_version(self) -> None:
        try:
            version = (self.cluster / "PG_VERSION").read_text().strip()
        except PermissionError:
            raise StackError(
                f"{self.cluster} belongs to another user: start as that user, or choose another DATA_DIR."
            ) from None
        except FileNotFoundError:
            raise StackError(
                f"{self.cluster} is not a PostgreSQL data directory: remove it, or choose another DATA_DIR."
            ) from None
        if version != str(binaries.POSTGRES_MAJOR):
            raise StackError(
                f"{self.cluster} was made by PostgreSQL {version}, this one is {binaries.POSTGRES_MAJOR}: "
                f"dump it with the old version and load it with this one, or choose another DATA_DIR."
            )

    def _orphan(self) -> tuple[Process, int] | None:
        """Return the server that still runs on this cluster and its port, or None.

        That it is truly ours is proved later, by SCRAM: the server too has to know our password.
        """
        pid_file = self.cluster / "postmaster.pid"
        try:
            lines = pid_file.read_text().splitlines()
            pid, port = int(lines[0]), int(lines[3])
        except (OSError, ValueError, IndexError):
            return None
        if not is_running(pid):
            return None
        words = command_line(pid)
        if words and Path(words[0]).name == "postgres" and str(port) in words:
            return Adopted(pid), port
        # The number now belongs to some other program; PostgreSQL would refuse to start because of it.
        pid_file.unlink()
        return None

    def _spawn(self, uid: int | None) -> Process:
        directory, fds = self._directory(self.cluster, uid)
        options = tuning(memory_bytes(), durable=self.durable)
        options |= {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        command = [self._program("postgres", uid), "-D", directory, "-p", str(self.port)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return spawn(
            command,
            env=_environment(),
            log=self.log,
            cwd="/",
            # The kept database outlives a killed supervisor and is adopted by the next one.
            dies_with=None if self.durable else signal.SIGINT,
            uid=uid,
            pass_fds=fds,
        )

    @contextlib.contextmanager
    def _wait_for_connection(self, pause: Callable[[float], None]) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        limit = time.monotonic() + START_SECONDS
        while True:
            try:
                connection = psycopg.connect(
                    host="127.0.0.1",
                    port=self.port,
                    user=ADMIN,
                    password=self._password(ADMIN),
                    dbname="postgres",
                    connect_timeout=5,
                    sslmode="disable",
                    gssencmode="disable",
                    autocommit=True,
                )
                break
            except psycopg.OperationalError as error:
                if "authentication failed" in str(error):
                    raise StackError(
                        f"The database in {self.cluster} does not know the password kept in "
                        f"{self.home / 'secrets'}: put the right file back, or choose another DATA_DIR."
                    ) from None
                if self.poll() is not None:
                    raise StackError(_explain(self.log, "PostgreSQL did not start")) from None
                if time.monotonic() > limit:
                    raise StackError(_explain(self.log, f"PostgreSQL did not answer in {START_SECONDS} s")) from None
            pause(0.05)
        with connection:
            yield connection

    def _ensure_database(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Make the application's role (no superuser) and database, and set the role's password."""
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone()
        verb = sql.SQL("ALTER" if known else "CREATE")
        connection.execute(
            sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                verb, sql.Identifier(OWNER), sql.Literal(self._password(OWNER))
            )
        )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", "TZ": "UTC"}


def _explain(log: Path, what: str) -> str:
    if "No space left on device" in last_lines(log, 5):
        return f"The disk is full: {what}."
    return f"{what}: {last_lines(log) or 'no output'} (log: {log})"
