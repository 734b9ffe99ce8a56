"""A refusal by a simulated service of AWS."""

from __future__ import annotations


class ServiceError(Exception):
    """A refusal in the service's own words: `name` is that of an error shape of its model, or common to all of AWS.

    `members` are those of the error's shape beside its name and message.
    """

    def __init__(self, name: str, message: str, **members: object) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.members = members
