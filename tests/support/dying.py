"""A process of Guichet that is killed with SIGKILL at an exact place, once it is there. No code of the product knows.

``python -m tests.support.dying PLACES celery|manage ARGUMENTS…``, each place being ``MODULE:FUNCTION:before|after:N``:
the process dies just before, or just after, the Nth time it calls FUNCTION by that name. With several places, separated
by commas, the child of a worker that takes over from the one that died goes on to the next place; at the last one the
whole worker dies. The folder DYING_MARKS remembers which places were reached.
"""

import functools
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any


def arm(places: list[str], marks: Path) -> None:
    for number, place in enumerate(places):
        module_name, name, moment, call = place.split(":")
        module = importlib.import_module(module_name)
        die = functools.partial(_die, marks, place, is_last=number == len(places) - 1)
        setattr(module, name, _dying(getattr(module, name), number, marks, moment, int(call), die))


def _dying(original: Any, number: int, marks: Path, moment: str, call: int, die: Any) -> Any:
    calls = 0

    @functools.wraps(original)
    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        mine = len(list(marks.iterdir())) == number
        calls += mine
        if mine and calls == call and moment == "before":
            die()
        result = original(*args, **kwargs)
        if mine and calls == call:
            die()
        return result

    return dying


def _die(marks: Path, place: str, *, is_last: bool) -> None:
    (marks / place).touch()
    if is_last:
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    import django

    places, program, *arguments = sys.argv[1:]
    django.setup()
    arm(places.split(","), Path(os.environ["DYING_MARKS"]))
    sys.argv = [program, *arguments]
    if program == "celery":
        from celery.__main__ import main as celery

        celery()
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
