"""What goes wrong, as HTTP sees it: a status, a stable code and a sentence."""

from __future__ import annotations

from style2color.errors import (
    HintError,
    ModelError,
    OutputError,
    PictureError,
    PictureTooLarge,
    Style2ColorError,
    SwatchError,
    UsageError,
)

__all__ = ["Refused", "from_error"]

# The first that fits; so the more special stand before the more general.
_CODES: tuple[tuple[type[Style2ColorError], str], ...] = (
    (PictureTooLarge, "picture_too_large"),
    (PictureError, "bad_picture"),
    (HintError, "bad_hints"),
    (SwatchError, "bad_palette"),
    (ModelError, "model_failed"),
    (OutputError, "cannot_write"),
    (UsageError, "bad_request"),
)


class Refused(Exception):
    """A request is answered with an error. retry_after: seconds, of a 503 or 429."""

    def __init__(
        self, status: int, code: str, message: str, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.retry_after = retry_after

    def body(self) -> dict[str, str]:
        """The JSON of the answer."""
        return {"error": self.code, "message": self.message}

    def headers(self) -> dict[str, str]:
        """Those the status asks for."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(max(1, round(self.retry_after)))}


def from_error(error: Style2ColorError, what: str = "the picture") -> Refused:
    """The same error for a client, who knows the picture by its role and not by a file name."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), "failed")
    return Refused(error.http_status, code, str(error).replace("<bytes>", what))
