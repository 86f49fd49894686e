"""From a bare ``python3`` to the project's own environment, then hand over to it.

Usage: ``python3 grc/stack/bootstrap.py run|dev|production ARGS...`` makes ``.venv`` hold ``requirements/run.txt``
(or the file of that name; the image takes ``production``), compiles the translations that are newer than their
``.mo``, and replaces itself by ``.venv/bin/python ARGS...``. Whatever goes wrong is one line on stderr and exit
code 1.

Standard library only, and a syntax that Python 2.7 and 3.x alike can read: it is the only file that an
interpreter too old for the rest ever sees, and it has to tell so.
"""

# mypy: allow-untyped-defs, disallow-any-generics=False

from __future__ import print_function

import errno
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
# The locked wheels are known to exist for these; a newer Python is tried when none of them is there.
KNOWN = ((3, 13), (3, 12), (3, 11))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = ".venv"
STAMP = os.path.join(VENV, "guichet-installed.json")
PIP_LOG = os.path.join(VENV, "pip.log")


class BootstrapError(Exception):
    """The set-up cannot go on; the message is one line for a person."""


def version_text(version):
    return ".".join(str(part) for part in version[:2])


def works(python):
    """True when PYTHON is an interpreter that starts and is recent enough (a pyenv shim may be neither)."""
    probe = "import sys; sys.exit(sys.version_info[:2] < %r)" % (OLDEST,)
    with open(os.devnull, "w") as nowhere:
        try:
            return subprocess.call([python, "-c", probe], stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False


def choose_python(version, chosen_by_user, usable=works):
    """Return the interpreter to use instead of this one, or None to go on with this one.

    VERSION is this interpreter's (major, minor); CHOSEN_BY_USER is what ``PYTHON=`` named, or None; USABLE
    tells whether a command starts a recent enough Python. Raises BootstrapError when there is none.
    """
    version = tuple(version[:2])
    if version in KNOWN or (chosen_by_user and version >= OLDEST):
        return None
    if not chosen_by_user:
        for known in KNOWN:
            if usable("python" + version_text(known)):
                return "python" + version_text(known)
        if version > OLDEST:
            return None
    raise BootstrapError(
        "Python %s is too old: Guichet needs Python %s or newer (PYTHON=/path/to/python3 chooses one)."
        % (version_text(version), version_text(OLDEST))
    )


def check_venv_module(find=__import__):
    """Raise BootstrapError when this Python cannot make virtual environments (Debian ships that apart)."""
    for module in ("venv", "ensurepip"):
        try:
            find(module)
        except ImportError:
            raise BootstrapError(
                "Python's %s module is missing: on Debian or Ubuntu, apt install python3-venv; then retry." % module
            )


def explain(error, path):
    """Return one line for an OSError met while writing under PATH."""
    where = getattr(error, "filename", None) or path
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: no room left to write %s." % where
    if error.errno == errno.EROFS:
        return "The disk is read-only: cannot write %s." % where
    if error.errno in (errno.EACCES, errno.EPERM):
        return "Not allowed to write %s: check who owns it." % where
    return "Cannot write %s: %s." % (where, error.strerror or error)


def explain_pip(output):
    """Return one line for a failed pip, out of its OUTPUT (a list of lines)."""
    text = "\n".join(output)
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return "The disk is full: no room left to install the packages in %s." % VENV
    if "Read-only file system" in text:
        return "The disk is read-only: cannot install the packages in %s." % VENV
    # The first error is the cause; what follows it is pip giving up.
    errors = [line.strip() for line in output if line.lstrip().upper().startswith("ERROR")]
    reason = errors[0] if errors else (output[-1].strip() if output else "no output")
    return "pip could not install the requirements: %s (whole output: %s)" % (reason, PIP_LOG)


def say(text, end="\n"):
    sys.stdout.write(text + end)
    sys.stdout.flush()


def venv_python():
    return os.path.join(VENV, "bin", "python")


def read_stamp():
    try:
        with open(STAMP) as file:
            stamp = json.load(file)
        return stamp if isinstance(stamp, dict) else {}
    except (OSError, IOError, ValueError):
        return {}


def digest(path):
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except (OSError, IOError) as error:
        raise BootstrapError("Cannot read %s: %s." % (path, error.strerror))


def is_installed(kind):
    """True when .venv holds the current requirements of KIND. ``dev`` is locked as a superset of ``run``."""
    stamp = read_stamp()
    kinds = ("run", "dev") if kind == "run" else (kind,)
    return any(stamp.get(each) == digest("requirements/%s.txt" % each) for each in kinds)


def make_venv():
    """Create .venv, or create it again when its interpreter no longer starts."""
    if works(venv_python()):
        return
    check_venv_module()
    for name in os.listdir(VENV):
        if name != "lock":
            path = os.path.join(VENV, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.remove(path)
    say("Creating %s with Python %s" % (VENV, version_text(sys.version_info)))
    made = subprocess.Popen(
        [sys.executable, "-m", "venv", VENV],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    output = made.communicate()[0].strip()
    if made.returncode:
        if "No space left" in output:
            raise BootstrapError("The disk is full: no room left to create %s." % VENV)
        raise BootstrapError("Could not create %s: %s" % (VENV, " ".join(output.split()) or "no output"))


def install(kind):
    """Install requirements/KIND.txt in .venv, checking every hash, and note it in the stamp."""
    requirements = "requirements/%s.txt" % kind
    wanted = digest(requirements)
    with open(requirements) as file:
        total = sum(1 for line in file if line[:1].isalnum())
    say("Installing %d packages of %s (the first time takes a minute)" % (total, requirements))
    started = time.time()
    if os.path.exists(STAMP):
        os.remove(STAMP)
    command = [venv_python(), "-m", "pip", "install", "--require-hashes", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "-r", requirements]
    output, collected, live = [], 0, sys.stdout.isatty()
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    with open(PIP_LOG, "w") as log:
        for line in pip.stdout or ():
            log.write(line)
            output.append(line)
            collected += line.startswith("Collecting ")
            if live and line.startswith("Collecting "):
                say("\r  downloading %d of %d" % (collected, total), end="")
            elif live and line.startswith("Installing "):
                say("\r  unpacking %d packages   " % collected, end="")
    if live:
        say("\r" + " " * 40 + "\r", end="")
    if pip.wait():
        raise BootstrapError(explain_pip(output))
    with open(STAMP, "w") as file:
        json.dump({kind: wanted}, file)
    say("  installed in %d s" % (time.time() - started))


def compile_translations():
    """Make every locale/*/LC_MESSAGES/django.mo that is missing or older than its .po."""
    stale = []
    for po in glob.glob("locale/*/LC_MESSAGES/django.po"):
        mo = po[:-2] + "mo"
        if not os.path.exists(mo) or os.path.getmtime(mo) < os.path.getmtime(po):
            stale.append(po)
    if not stale:
        return
    command = [
        venv_python(),
        "-m",
        "babel.messages.frontend",
        "-q",
        "compile",
        "-d",
        "locale",
        "-D",
        "django",
    ]
    compiled = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    output = compiled.communicate()[0].strip().splitlines()
    # Babel skips a catalogue marked fuzzy and still says that all is well: only the file itself proves it
    missing = [po for po in stale if not os.path.exists(po[:-2] + "mo")]
    if compiled.returncode or missing:
        reason = output[-1] if output else "nothing came of %s" % " ".join(missing)
        raise BootstrapError("Could not compile the translations: %s" % reason)


def prepare(kind):
    """Bring .venv and the translations up to date; one process at a time, the others wait."""
    import fcntl

    if not os.path.isdir(VENV):
        check_venv_module()
        os.mkdir(VENV)
    with open(os.path.join(VENV, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_venv()
        if not is_installed(kind):
            install(kind)
        compile_translations()


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("run", "dev", "production"):
        print("usage: bootstrap.py run|dev|production ARGS...", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    try:
        other = choose_python(sys.version_info, os.environ.get("PYTHON"))
        if other:
            os.execvp(other, [other, os.path.join("grc", "stack", "bootstrap.py")] + arguments)
        prepare(arguments[0])
        # Absolute, for children in other directories; its link never resolved, or it leaves the venv.
        python = os.path.join(ROOT, venv_python())
        os.execv(python, [python] + arguments[1:])
    except BootstrapError as error:
        print("guichet: %s" % error, file=sys.stderr)
    except (OSError, IOError) as error:
        print("guichet: %s" % explain(error, os.path.join(ROOT, VENV)), file=sys.stderr)
    except KeyboardInterrupt:
        print("\nguichet: interrupted.", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
