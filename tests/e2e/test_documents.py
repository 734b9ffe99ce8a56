"""The commands and programs of the documents, run as their reader would, against the deployed stack."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from greenroom.adapters.webhook_signatures import Signatures
from greenroom.domain.signing import host_secret, key_of
from local.processes import free_port, start, stop
from tests.docs.shell import script, write_programs
from tests.docs.snippets import snippets, titled
from tests.docs.treatments import pages_with_commands
from tests.e2e.deployed import Deployed, Inbox, eventually, new_session_id
from tests.e2e.operating import COURSES, a_shell
from tools.site.pages import ROOT

PATIENCE_SECONDS = 300
# The statuses that curl gets where they are not all 2xx: what was cancelled can be claimed no more.
STATUSES = {"docs/api.md": ["200", "202", "200", "409"]}
# Secrets into which a page writes; the stack's own stay as they are for the tests that come after.
SECRETS = (
    "WebhookSecretArn",
    "WebhookSigningKeyArn",
    "LinkSecretArn",
    "DcvSecretArn",
    "JupyterhubSecretArn",
    "AcmeSecretArn",
)


def the_queue_gets_what_failed(deployed: Deployed) -> None:
    """The rule of the page is at work: an outcome that it is for is in its queue."""
    url = deployed.sqs.get_queue_url(QueueName="streams-to-look-at")["QueueUrl"]
    _, _, answer = deployed.post({"provider": "nimble", "studioId": "studio-1", "sessionId": new_session_id("missing")})
    inbox = Inbox(deployed.sqs, url)
    eventually(lambda: inbox.find(lambda event: event["detail"]["data"]["id"] == answer["id"]) or None, "event")


def something_is_learned(deployed: Deployed) -> None:
    """There is a schedule of the pool that the page shows."""

    def learned() -> bool | None:
        _, _, answer = deployed.api.call("GET", "schedules")
        return any((each["provider"], each["pool"]) == ("nimble", "studio-1") for each in answer["schedules"]) or None

    eventually(learned, "schedule of nimble/studio-1")


# What must be so before the commands of a page are run.
BEFOREHAND = {"docs/waiting.md": something_is_learned}
# What must be so once the commands of a page were run.
AFTERWARDS = {"docs/how-to/eventbridge-rule.md": the_queue_gets_what_failed}


@pytest.fixture
def variables(deployed: Deployed) -> dict[str, str]:
    """The variables of a shell in which `source .greenroom/env` was said, and what a page takes as given."""
    _, _, answer = deployed.post({"provider": "nimble", "studioId": "studio-1", "sessionId": new_session_id()})
    programs = [Path(sys.executable).parent, ROOT / "node_modules" / ".bin"]
    return {
        **os.environ,
        **deployed.stack.environment,
        **deployed.outputs,
        "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
        "GREENROOM": str(ROOT),
        "FREE_PORT": str(free_port()),
        "KEY": uuid.uuid4().hex,
        "id": answer["id"],
    }


def scratch_secrets(deployed: Deployed) -> dict[str, str]:
    secrets, value = deployed.client("secretsmanager"), base64.b64encode(os.urandom(32)).decode()
    return {name: secrets.create_secret(Name=f"{name}-{uuid.uuid4()}", SecretString=value)["ARN"] for name in SECRETS}


@pytest.mark.parametrize("page", pages_with_commands())
def test_the_commands_of_a_page_run(
    page: str, deployed: Deployed, variables: Mapping[str, str], tmp_path: Path
) -> None:
    write_programs(page, tmp_path)
    if page in BEFOREHAND:
        BEFOREHAND[page](deployed)
    course = COURSES[page](deployed, a_shell(variables)) if page in COURSES else None
    given = next(course) if course else {}
    done = subprocess.run(  # noqa: S603  # the project's own documents
        ["bash", "-c", script(page)],  # noqa: S607  # as a reader's shell is found
        cwd=tmp_path,
        env={**variables, **scratch_secrets(deployed), **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    statuses = re.findall(r"^status (\d+)$", done.stderr, re.MULTILINE)
    assert statuses == STATUSES.get(page, [status for status in statuses if status.startswith("2")]), done.stdout
    if page in AFTERWARDS:
        AFTERWARDS[page](deployed)
    if course:
        with pytest.raises(StopIteration):
            course.send(done.stdout)


def run(program: str, *arguments: str, variables: Mapping[str, str]) -> str:
    """What a program prints."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(  # noqa: S603  # the project's own documents
        command, env=variables, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    ).stdout


def test_the_program_that_claims_gets_the_url_once(deployed: Deployed, variables: Mapping[str, str]) -> None:
    program = titled("docs/how-to/claim-mode.md", "claim.py") + "\nimport sys\nprint(claim(sys.argv[1]))"
    _, _, answer = deployed.post(
        {"provider": "nimble", "studioId": "studio-1", "sessionId": new_session_id(), "claim": True}
    )
    assert "url" not in deployed.message(answer["id"])["data"]
    assert run(program, answer["id"], variables=variables).startswith("https://")
    assert run(program, answer["id"], variables=variables) == "None\n"


def test_the_few_lines_that_check_a_webhook_check_it(variables: Mapping[str, str]) -> None:
    (lines,) = (
        one.text
        for one in snippets()
        if one.page == "docs/outcomes.md" and one.text.startswith("import os\nfrom standardwebhooks")
    )
    key = key_of("c" * 32)
    body = json.dumps({"type": "stream.ready", "data": {"id": "the-request"}})
    headers = Signatures([key], (), shared=False).headers("the-id", body, "hooks.example", datetime.now(UTC))
    secret = {"WEBHOOK_SECRET": host_secret(key, "hooks.example")}
    given = f"body, headers = {body.encode()!r}, {headers!r}\n"
    assert run(given + lines, variables={**variables, **secret}) == "stream.ready the-request\n"


def test_the_program_with_a_websocket_sees_progress_and_the_outcome(
    deployed: Deployed, variables: Mapping[str, str], tmp_path: Path
) -> None:
    (lines,) = (
        one.text for one in snippets() if one.page == "docs/outcomes.md" and one.text.startswith("import json,")
    )
    output = tmp_path / "output"
    process = start([sys.executable, "-u", "-c", lines], log=output, environment=variables)
    try:
        connection = eventually(lambda: output.read_text().strip() or None, "connection id").splitlines()[0]
        target = {"type": "websocket", "connectionId": connection}
        deployed.post({"provider": "nimble", "studioId": "studio-1", "sessionId": new_session_id(), "notify": [target]})
        eventually(lambda: "stream.ready" in output.read_text() or None, "outcome")
        assert "stream.progress" in output.read_text()
    finally:
        stop(process.pid, "python")
