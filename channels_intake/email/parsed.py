"""What a message becomes once it is parsed."""

from dataclasses import dataclass, field

from channels_intake.email.bounces import Bounce


@dataclass(frozen=True)
class File:
    """``left_out``: about how many bytes it has, when it is too heavy to be taken out of the message (no content).
    ``content_id``: what the HTML calls it by, without brackets."""

    name: str
    content_type: str
    content: bytes
    left_out: int = 0
    content_id: str = ""


@dataclass
class ParsedMail:
    """``problems`` says what a person must check: ``charset``, ``encoding``, ``structure``, ``sender``, ``encrypted``.

    ``references`` are the Message-IDs answered, the nearest first. ``quoted`` is what is folded away: the signature,
    and in replies the messages quoted below. ``phone``: the one number of the signature (E.164), empty without one or
    with several. ``remote_images`` were not loaded, in a mail that has no plain text.
    """

    message_id: str = ""
    sender_name: str = ""
    sender_address: str = ""
    reply_to: str = ""
    reply_name: str = ""
    subject: str = ""
    text: str = ""
    quoted: str = ""
    phone: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    automatic: str = ""
    bounce: Bounce | None = None
    remote_images: int = 0
    problems: set[str] = field(default_factory=set)

    @property
    def is_readable(self) -> bool:
        return not self.problems & {"charset", "encoding", "structure", "encrypted"}
