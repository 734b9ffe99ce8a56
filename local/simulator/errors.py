"""The one error of the simulated service."""


class NimbleError(Exception):
    """A refusal in the service's own words: `code` is the name of an error shape of the service model.

    `code`, `context` and `message` are the members of that shape, and are serialised from these attributes.
    """

    def __init__(self, code: str, message: str, context: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.context = context or {}
