"""Other programs, run with a time limit: what they choke on costs them alone."""

import logging
import os
import subprocess
import sys
from pathlib import Path

logger = logging.getLogger(__name__)


def run(command: list[str], *, seconds: float, given: bytes = b"", **environment: str) -> bytes | None:
    """The output of a program that gets ``given`` on its standard input; None when it fails or takes longer."""
    try:
        done = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, timeout=seconds, check=True, env=os.environ | environment
        )
    except (subprocess.SubprocessError, OSError) as error:
        logger.info("%s gave nothing: %s", Path(command[0]).name, error)
        return None
    return done.stdout


def run_ours(program: str, *arguments: str, seconds: float, given: bytes) -> bytes | None:
    """`run` a Python file of ours (its path), which knows the installed packages and nothing of Guichet."""
    return run([sys.executable, "-I", program, *arguments], seconds=seconds, given=given)
