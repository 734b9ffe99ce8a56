"""Print how each snippet of the documents is held to be true: `python -m tests.docs`, or `make snippets`."""

from tests.docs.snippets import snippets
from tests.docs.treatments import summary

print("\n".join(summary(snippets())))  # noqa: T201  # the command's purpose
