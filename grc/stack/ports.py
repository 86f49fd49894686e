"""TCP ports: reading the chosen ones, refusing the busy ones, finding free ones."""

import errno
import os
import socket

from grc.stack.errors import StackError


def port_from_env(name: str, default: int) -> int:
    """Return the port number in the environment variable NAME; raises StackError when it is not one."""
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise StackError(f"{name} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)


def _bind(host: str, port: int) -> int:
    """Bind HOST:PORT as the servers do, let go, and return the port that was bound."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1)
        return int(listener.getsockname()[1])


def require_free(host: str, port: int, name: str) -> None:
    """Raise StackError, naming the variable NAME that chooses another one, when HOST:PORT is taken."""
    try:
        _bind(host, port)
    except socket.gaierror:
        raise StackError(f"{host} is not an address of this machine.") from None
    except OSError as error:
        other = port + 1 if 1024 <= port < 65535 else port % 1000 + 8000
        if error.errno == errno.EADDRINUSE:
            raise StackError(
                f"Port {port} is busy, another program listens there: stop it, or choose another port, "
                f"for example {name}={other} make run."
            ) from None
        if error.errno == errno.EACCES:
            raise StackError(
                f"Port {port} needs more rights: choose one above 1023, for example {name}={other}."
            ) from None
        raise StackError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on just now."""
    return _bind("127.0.0.1", 0)


def answers(host: str, port: int, timeout: float = 1.0) -> bool:
    """True when something accepts connections on HOST:PORT within TIMEOUT seconds."""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return True
    except OSError:
        return False
