"""``python -m grc.stack up`` runs everything; ``… exec -- CMD…`` runs CMD with throw-away servers."""

import sys

from grc.stack.ephemeral import execute
from grc.stack.errors import StackError, StopRequested, explain_os_error
from grc.stack.home import data_dir
from grc.stack.supervisor import up

USAGE = "usage: python -m grc.stack up | exec -- COMMAND [ARGUMENT…]"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 after an asked stop, 1 with one line on stderr when it cannot run."""
    try:
        match arguments:
            case ["up"]:
                up()
                return 0
            case ["exec", "--", *command] if command:
                return execute(command)
    except StackError as error:
        print(f"guichet: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"guichet: {explain_os_error(error, data_dir())}", file=sys.stderr)
        return 1
    except StopRequested:
        return 0
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
