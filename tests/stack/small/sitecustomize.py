"""Read by every child of the stack under test (PYTHONPATH): its `manage.py set_up` loads 40 requests instead of 600.

tests/grc looks at the demo town itself.
"""

import gc
import sys
from typing import Any


def _load_less() -> None:
    from django.core import management

    whole = management.call_command
    gc.disable()  # migrations make every model again and again

    def call_command(name: str, *args: Any, **options: Any) -> Any:
        return whole(name, *args, **options | ({"tickets": 40} if name == "load_demo" else {}))

    management.call_command = call_command


if sys.orig_argv[1:3] == ["manage.py", "set_up"]:
    _load_less()
