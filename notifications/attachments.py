"""Files that are only made when their message leaves. Those who know how stand above this app, and register here."""

from collections.abc import Callable

from notifications.models import OutboundAttachment

Maker = Callable[[OutboundAttachment], str]
_makers: list[Maker] = []


def register_maker(maker: Maker) -> None:
    """``maker(attachment)`` makes the file of a row that has none and returns its name, an empty one if it cannot."""
    _makers.append(maker)


def file_ensure(attachment: OutboundAttachment) -> bool:
    """Whether the attachment has a file, made now if it had none. Raises what the maker raises (OSError)."""
    for maker in _makers:
        if attachment.file:
            break
        attachment.file.name = maker(attachment)
    return bool(attachment.file)
