"""What a log could show of an error."""

from __future__ import annotations

import traceback


def whole_text(error: BaseException) -> str:
    """Return the error's text, and its traceback with whatever is chained to it."""
    return repr(error) + "".join(traceback.format_exception(error))
