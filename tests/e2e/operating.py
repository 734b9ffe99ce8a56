"""What an alarm's page is for, made on the deployed stack before its commands are run, and looked at after them.

Each is a generator: it yields the variables that a reader would set, gets what the commands have printed, and takes the
remedy that the page has in its text. The conditions that a local stack cannot have are made in `tests/infra`.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Generator, Mapping
from typing import Any

from tests.e2e.deployed import Deployed, eventually, new_session_id
from tests.support.receiver import Answer, receive
from tools.site.pages import ROOT

Course = Generator[Mapping[str, str], str, None]
Shell = Callable[[str], str]
"""Runs one command, and returns what it prints."""


def inline(page: str, begins: str) -> str:
    """The command that a page has in its text, in one line."""
    text = (ROOT / "docs" / "operations" / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf"`({re.escape(begins)}[^`]*)`", re.sub(r"\s+", " ", text))
    return str(found)


def a_shell(variables: Mapping[str, str]) -> Shell:
    def run(command: str) -> str:
        return subprocess.run(  # noqa: S603  # the project's own documents
            shlex.split(command), env=dict(variables), capture_output=True, text=True, check=True
        ).stdout

    return run


def waiting(deployed: Deployed, output: str) -> int:
    names = ["ApproximateNumberOfMessages"]
    found = deployed.sqs.get_queue_attributes(QueueUrl=deployed.outputs[output], AttributeNames=names)
    return int(found["Attributes"][names[0]])


def dead_letters(deployed: Deployed, _shell: Shell) -> Course:
    """A receiver refuses a delivery, and takes it when it is redriven."""
    deployed.dead_letters.all()
    with receive() as receiver:
        receiver.answers = [Answer(410), Answer(204)]
        notify = [{"type": "webhook", "url": receiver.url}]
        request_id = deployed.ask(expirationInSeconds=600, notify=notify)
        eventually(lambda: waiting(deployed, "DeadLetterQueueUrl") or None, "dead letter")
        printed = yield {}
        assert re.search(rf'"reason":"[^"]*410[^"]*".*{request_id}', printed.replace('": "', '":"'))
        eventually(lambda: len(receiver.received) == 2 or None, "redriven delivery")
    assert waiting(deployed, "DeadLetterQueueUrl") == 0


def rejected_requests(deployed: Deployed, _shell: Shell) -> Course:
    deployed.rejected_requests.all()
    deployed.put_event({"provider": "nimble", "studioId": "studio"})
    eventually(lambda: waiting(deployed, "RejectedRequestsQueueUrl") or None, "rejected request")
    printed = yield {}
    assert "Stream Rejected" in printed
    assert "sessionId" in printed
    assert waiting(deployed, "RejectedRequestsQueueUrl") == 0


def age_of_oldest_event(deployed: Deployed, shell: Shell) -> Course:
    """Somebody has disabled the mapping of the queue."""
    _disable(deployed, "EventRequestsAcceptEvent")
    event_id = deployed.put_event({"provider": "nimble", "studioId": "studio-1", "sessionId": new_session_id()})
    printed = yield {}
    ((uuid,),) = (line.split()[1:] for line in printed.splitlines() if line.startswith("Disabled\t"))
    shell(inline("age-of-oldest-event.md", "aws lambda update-event-source-mapping").replace("…", uuid))
    eventually(lambda: deployed.records.get_item(Key={"id": event_id}).get("Item"), "record of the event's request")


def mapping_silent(deployed: Deployed, shell: Shell) -> Course:
    function = _disable(deployed, "DeliveryDeliver")
    printed = yield {}
    mappings = [line.split("\t") for line in printed.splitlines()]
    assert len(mappings) == 5
    ((arn, uuid),) = (mapping[:2] for mapping in mappings if mapping[2] == "Disabled")
    assert arn.endswith(f":{function}")
    shell(f"{inline('mapping-silent.md', 'aws lambda update-event-source-mapping')} {uuid}")
    assert deployed.client("lambda").get_event_source_mapping(UUID=uuid)["State"] == "Enabled"


def sweep_silent(deployed: Deployed, shell: Shell) -> Course:
    rule = deployed.resource("ReconciliationSchedule")
    deployed.events.disable_rule(Name=rule)
    printed = yield {}
    assert '"DISABLED"' in printed
    shell(inline("sweep-silent.md", "aws events enable-rule").replace("…", rule))
    assert deployed.events.describe_rule(Name=rule)["State"] == "ENABLED"


def failed_outcomes(deployed: Deployed, _shell: Shell) -> Course:
    _, _, answer = deployed.post({"provider": "nimble", "studioId": "studio-1", "sessionId": new_session_id("missing")})
    deployed.execution(answer["id"])
    printed = yield {"id": answer["id"]}
    assert "ResourceNotFoundException" in printed


def secret_unusable(deployed: Deployed, shell: Shell) -> Course:
    """The former value is put back by the version that has it."""
    secrets, name = deployed.client("secretsmanager"), f"replaced-{new_session_id()}"
    made = secrets.create_secret(Name=name, SecretString="former")
    replaced = secrets.put_secret_value(SecretId=name, SecretString="short")
    printed = yield {"WebhookSecretArn": made["ARN"]}
    assert made["VersionId"] in printed
    command = inline("secret-unusable.md", "aws secretsmanager update-secret-version-stage")
    versions = {"move-to": made["VersionId"], "remove-from": replaced["VersionId"]}
    words = " ".join(f"--{name}-version-id {version}" for name, version in versions.items())
    shell(f"{command} --secret-id {made['ARN']} {words}")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "former"


def _disable(deployed: Deployed, function: str) -> str:
    """Disable the mapping of a function; return the function's name."""
    lambda_: Any = deployed.client("lambda")
    name = deployed.resource(function)
    (mapping,) = lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    return name


COURSES: Mapping[str, Callable[[Deployed, Shell], Course]] = {
    "docs/operations/age-of-oldest-event.md": age_of_oldest_event,
    "docs/operations/dead-letters.md": dead_letters,
    "docs/operations/failed-outcomes.md": failed_outcomes,
    "docs/operations/mapping-silent.md": mapping_silent,
    "docs/operations/rejected-requests.md": rejected_requests,
    "docs/operations/secret-unusable.md": secret_unusable,
    "docs/operations/sweep-silent.md": sweep_silent,
}
