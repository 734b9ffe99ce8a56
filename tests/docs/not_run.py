"""The snippets that no test runs, each with its reason, and the commands that something else stands in for."""

from __future__ import annotations

from typing import NamedTuple


class NotRun(NamedTuple):
    """A snippet, known by its page and by how it begins."""

    page: str
    begins: str
    reason: str


NOT_RUN = (
    NotRun("docs/add-a-provider.md", "uv pip compile ../studio", "the package and its requirements are the reader's"),
    NotRun(
        "docs/add-a-provider.md", "python -m tests.examples", "the suite of examples runs this provider and this server"
    ),
    NotRun("docs/chaos.md", "make chaos", "it takes an hour; tests/chaos plays a thousand runs"),
)


class StandIn(NamedTuple):
    """A command by a pattern, what is run in its place, and why."""

    pattern: str
    runs: str
    reason: str


_THE_STACK = "the stack of the tests is there already; it was made by the same code"
_AN_ACCOUNT = "it takes an account of AWS; test_snippets.py checks the settings as synth does"
_A_FOLDER = "the test runs in a folder of its own"
_LOGS = "aws logs filter-log-events --log-group-name"
_VERSION_1 = "version 1 of the AWS CLI, which is what PyPI has, cannot tail"

STAND_INS = (
    StandIn(r"^make (setup|demo|test|up|down)\b[^;#\n]*(#.*)?", r": make \1", _THE_STACK),
    StandIn(r"^source \.greenroom/env.*", ": source", _THE_STACK),
    StandIn(r"\bcdk bootstrap\b", "true cdk bootstrap", "the stack of the tests was bootstrapped by the same command"),
    StandIn(r"\bcdk deploy\b", "true cdk deploy", _AN_ACCOUNT),
    StandIn(r"^make (deploy|destroy)\b.*", r"true make \1", _AN_ACCOUNT),
    StandIn(
        r"^greenroom drain\b.*", "greenroom drain --undo", "the stack of the tests goes on; tests/e2e/test_drain.py"
    ),
    StandIn(r"\bGreenroomStaging\b", "Greenroom", "the tests have one stack"),
    StandIn(r"^make\b", "make -C $GREENROOM", _A_FOLDER),
    StandIn(r"\$PWD/", "$GREENROOM/", _A_FOLDER),
    StandIn(r"^python -m pytest\b", "env -C $GREENROOM ls -d", "a test runs no tests"),
    StandIn(r"^python receiver\.py.*", "timeout 2 python receiver.py || test $? = 124", "it runs until it is stopped"),
    StandIn(r"\b8000\b", "$FREE_PORT", "the port may be taken"),
    StandIn(
        r"'Idempotency-Key: [^']*'", '"Idempotency-Key: $KEY"', "the pages share one stack, and a key is for one body"
    ),
    StandIn(r"aws logs tail --since 1h --format short", _LOGS, _VERSION_1),
    StandIn(r'aws logs tail ("/[^"]*") --since 1h', rf"{_LOGS} \1", _VERSION_1),
    StandIn(
        r"^greenroom doctor *(#.*)?$", "{ greenroom doctor || test $? = 1; }", "other tests leave dead letters behind"
    ),
    StandIn(
        r'^greenroom status "\$id" *(#.*)?$',
        '{ greenroom status "$id" || test $? = 1; }',
        "the request may have failed",
    ),
    StandIn(r"^make package\b[^#\n]*", ": make package ", "tests/infra/test_package.py makes the wheel"),
    StandIn(r"^pip install \"greenroom", ': pip install "greenroom', "tests/infra/test_package.py installs the wheel"),
    StandIn(r"^uv tool install", ": uv tool install", "tests/unit/cli/test_start.py installs it"),
    StandIn(r"^greenroom --install-completion", "greenroom --help", "it writes into the reader's own shell"),
    StandIn(r" --start-at \S+", "", "the time will have passed"),
    StandIn(r"^aws s3 cp", "aws s3 mb s3://classes || true; aws s3 cp", "the bucket is the reader's"),
    StandIn(r"^aws xray", "true aws xray", "the emulator keeps no traces"),
    StandIn(r"python -m bench", "PYTHONPATH=$GREENROOM python -m bench", _A_FOLDER),
    StandIn(r"^id=….*", "id=$id", "the reader's request: the test has one"),
)
