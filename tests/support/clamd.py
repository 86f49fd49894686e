"""A server that speaks the part of clamd's protocol that Guichet uses (PING, INSTREAM), on a real socket."""

import socketserver
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# the test string of EICAR, in two parts so that no antivirus stops at this file
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Clamd:
    """``where`` is the value of the setting CLAMAV; ``scanned`` the files it was given, in order."""

    where: str = ""
    limit: int = 1 << 20
    scanned: list[bytes] = field(default_factory=list)


def _handler(clamd: Clamd) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            command = b""
            while not command.endswith(b"\0"):
                command += self.rfile.read(1)
            if command == b"zPING\0":
                self.wfile.write(b"PONG\0")
                return
            assert command == b"zINSTREAM\0", command
            content = b""
            while size := struct.unpack("!L", self.rfile.read(4))[0]:
                content += self.rfile.read(size)
                if len(content) > clamd.limit:
                    self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            clamd.scanned.append(content)
            found = EICAR in content
            self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")

    return Handler


@contextmanager
def clamd(*, tcp: bool = False) -> Iterator[Clamd]:
    """Listens on a Unix socket, or on a port of the loopback. The caller points the setting CLAMAV at it."""
    kept = Clamd()
    with tempfile.TemporaryDirectory(prefix="clamd-") as folder:
        server: socketserver.BaseServer
        if tcp:
            server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(kept))
            kept.where = f"127.0.0.1:{server.server_address[1]}"
        else:
            kept.where = str(Path(folder) / "clamd.ctl")
            server = socketserver.ThreadingUnixStreamServer(kept.where, _handler(kept))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
