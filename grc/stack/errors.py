"""What the stack tells a person when it cannot go on."""

import errno
import os


class StackError(Exception):
    """The stack cannot start or go on; the message is one line for a person."""


class StopRequested(Exception):
    """Ctrl-C or SIGTERM arrived while something was being waited for."""


def explain_os_error(error: OSError, path: str | os.PathLike[str]) -> str:
    """Return one line for an OSError met while writing under PATH."""
    where = error.filename if isinstance(error.filename, str) else os.fspath(path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: no room left to write {where}."
    if error.errno == errno.EROFS:
        return f"The disk is read-only: cannot write {where} (DATA_DIR= puts the data elsewhere)."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Not allowed to write {where}: it belongs to another user (DATA_DIR= puts the data elsewhere)."
    return f"Cannot write {where}: {error.strerror or error}."
