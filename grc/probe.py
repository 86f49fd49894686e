"""``python -m grc.probe URL|smtp://host:port``: exit 0 when it answers. The image has no curl."""

import smtplib
import sys
import urllib.request
from urllib.parse import urlsplit


def probe(url: str) -> None:
    """Raise OSError (or a subclass) unless the address answers within four seconds."""
    parts = urlsplit(url)
    if parts.scheme == "smtp":
        with smtplib.SMTP(parts.hostname or "127.0.0.1", parts.port or 25, timeout=4) as server:
            server.noop()
    elif parts.scheme == "http":
        with urllib.request.urlopen(url, timeout=4):  # noqa: S310 — the scheme was just checked
            pass
    else:
        raise OSError(f"cannot probe {url}")


if __name__ == "__main__":
    try:
        probe(sys.argv[1])
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
