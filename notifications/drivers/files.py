"""A mail backend that writes each message as one readable .eml file, for a machine without a mail server."""

import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Files go to EMAIL_FILE_PATH, named after the outbox row, so that a message delivered again replaces itself."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them all; each appears whole or not at all. Raises OSError (a full or read-only disk)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = getattr(message, "file_name", None) or f"{uuid.uuid4().hex}.eml"
            partial = self.folder / f".{name}.{os.getpid()}.part"
            mime: Any = message.message()  # Django's own class, whose as_bytes takes a line end
            partial.write_bytes(mime.as_bytes(linesep="\r\n"))
            partial.replace(self.folder / name)
        return len(email_messages)
