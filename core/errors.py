"""Business refusals: raised by actions, rendered once by the middleware and by the API's exception handler."""


class DomainError(Exception):
    """A refusal the user can understand.

    ``code`` is stable and machine-readable, ``message`` is translated and shown, ``status`` is the HTTP status.
    """

    code = "refused"
    status = 409

    def __init__(self, message: object, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self._message = message
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status

    @property
    def message(self) -> str:
        return str(self._message)  # late: a lazy translation follows the reader's language


class NotAllowed(DomainError):
    code = "not_allowed"
    status = 403


class Conflict(DomainError):
    code = "conflict"
    status = 409


class Invalid(DomainError):
    """Input an action cannot take; ``field`` names the form field where the message belongs."""

    code = "invalid"
    status = 400

    def __init__(self, message: object, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


class TooMany(DomainError):
    code = "too_many_requests"
    status = 429
