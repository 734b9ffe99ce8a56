"""The command `greenroom`, as a process of its own, against the deployed stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, eventually, new_session_id

GREENROOM = Path(sys.executable).with_name("greenroom")


def environment_of(deployed: Deployed, **more: str) -> dict[str, str]:
    """Nothing but where the emulator is: the command finds the stack by itself."""
    return os.environ | deployed.stack.environment | more


def greenroom(deployed: Deployed, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [GREENROOM, *arguments],
        env=environment_of(deployed, **environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def last_line(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout.splitlines()[-1])


def stream_of(deployed: Deployed, studio: str = "studio", **setting: Any) -> tuple[str, ...]:
    """The command that asks for a stream of a new session, which behaves like this."""
    session_id = new_session_id()
    deployed.set_session(session_id, **setting)
    return ("request", "nimble", "--studio-id", studio, "--session-id", session_id)


def test_a_stream_is_asked_for_followed_and_handed_over(deployed: Deployed) -> None:
    command = (*stream_of(deployed, readyAfterSeconds=2), "--metadata", "ticket=A-17", "--json")

    done = greenroom(deployed, *command)

    outcome = last_line(done)
    assert (done.returncode, outcome["state"], outcome["metadata"]) == (0, "ready", {"ticket": "A-17"})
    assert outcome["url"] == deployed.message(outcome["id"])["data"]["url"]
    shown = done.stderr.splitlines()
    assert shown[:2] == [f"Request {outcome['id']} was accepted", shown[1]]
    assert any(line.startswith("waiting for nimble") for line in shown)
    assert outcome["url"] not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_stream_that_fails_ends_the_command_with_1(deployed: Deployed) -> None:
    command = stream_of(deployed, readyAfterSeconds=1, finalState="CREATE_FAILED")

    done = greenroom(deployed, *command, "--quiet", "--json")

    assert (done.returncode, last_line(done)["state"], done.stderr) == (1, "failed", "")


def test_a_stream_that_does_not_come_in_time_ends_the_command_with_124(deployed: Deployed) -> None:
    done = greenroom(deployed, *stream_of(deployed, readyAfterSeconds=None), "--deadline", "3", "--json")

    assert (done.returncode, last_line(done)["state"]) == (124, "timed_out")


def test_a_rule_that_is_broken_is_told_by_its_option(deployed: Deployed) -> None:
    done = greenroom(
        deployed, "request", "nimble", "--studio-id", "no studio", "--session-id", "s", "--deadline", "soon"
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "--studio-id must be 1 to 64 letters, digits, hyphens or underscores" in done.stderr
    assert "--deadline must be a whole number of seconds from 1 to 86400" in done.stderr


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A process that ignores Ctrl-C, as a job in the background does, would make its children ignore it too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_after_ctrl_c_the_request_runs_on_and_can_be_come_back_to(deployed: Deployed) -> None:
    command = stream_of(deployed, readyAfterSeconds=None)
    with subprocess.Popen(  # noqa: S603  # our own command
        [GREENROOM, *command], env=environment_of(deployed), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        request_id = process.stderr.readline().split()[1]
        assert process.stderr.readline().startswith("waiting for nimble")
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "Traceback" not in told
    assert f"greenroom status {request_id} --follow" in told
    assert f"greenroom cancel {request_id}" in told
    pending = greenroom(deployed, "status", request_id, "--json")
    assert (pending.returncode, last_line(pending)["state"]) == (0, "pending")
    cancelled = greenroom(deployed, "cancel", request_id, "--json")
    assert (cancelled.returncode, last_line(cancelled)["state"]) == (0, "cancelled")
    assert greenroom(deployed, "status", request_id, "--follow").returncode == 1
    listed = greenroom(deployed, "list", "--state", "cancelled", "--json")
    assert request_id in [view["id"] for view in last_line(listed)["streams"]]


def test_a_url_is_claimed_once(deployed: Deployed) -> None:
    done = greenroom(deployed, *stream_of(deployed, readyAfterSeconds=0), "--claim", "--json")
    outcome = last_line(done)
    assert (done.returncode, "url" in outcome) == (0, False)

    first, second = (greenroom(deployed, "claim", outcome["id"], "--json") for _ in range(2))

    assert (first.returncode, last_line(first)["id"]) == (0, outcome["id"])
    assert last_line(first)["url"].startswith("https://")
    assert (second.returncode, last_line(second)["status"]) == (1, 410)


def test_a_link_to_the_waiting_room_opens_the_page(deployed: Deployed) -> None:
    request = last_line(greenroom(deployed, *stream_of(deployed), "--detach", "--json"))

    done = greenroom(deployed, "waiting-room", request["id"], "--json")

    page = deployed.http.request("GET", last_line(done)["url"])
    assert (done.returncode, page.status) == (0, 200)
    assert page.headers["Content-Type"].startswith("text/html")


def test_a_batch_is_followed_to_its_end(deployed: Deployed, tmp_path: Path) -> None:
    sessions = [new_session_id() for _ in range(3)]
    deployed.set_session(sessions[2], readyAfterSeconds=1, finalState="CREATE_FAILED")
    requests = tmp_path / "class.jsonl"
    requests.write_text("".join(json.dumps({"sessionId": session}) + "\n" for session in sessions))

    done = greenroom(
        deployed, "batch", str(requests), "--defaults", '{"provider": "nimble", "studioId": "studio"}', "--json"
    )

    batch = last_line(done)
    assert (done.returncode, batch["state"], batch["total"]) == (1, "finished", 3)
    assert (batch["counts"]["ready"], batch["counts"]["failed"]) == (2, 1)


def test_the_same_key_is_the_same_request(deployed: Deployed) -> None:
    command = (*stream_of(deployed), "--idempotency-key", new_session_id("key"), "--detach", "--json")

    first, second = (last_line(greenroom(deployed, *command)) for _ in range(2))

    assert first["id"] == second["id"]


def test_the_doctor_finds_a_new_stack_well(deployed: Deployed) -> None:
    # What other tests left there would be found.
    deployed.dead_letters.all()
    deployed.rejected_requests.all()

    done = greenroom(deployed, "doctor", "--json")

    report = last_line(done)
    assert [finding for finding in report["findings"] if finding["health"] == "unwell"] == []
    assert (done.returncode, report["well"]) == (0, True)
    served = "nimble, appstream, gameliftstreams, dcv, jupyterhub"
    assert {"subject": "may ask for a stream", "health": "well", "told": f"POST streams, of {served}"} in report[
        "findings"
    ]
    throttle = next(finding for finding in report["findings"] if finding["subject"] == "the API's throttle")
    assert throttle["told"] == "300 requests a second, bursts of 600"


def test_the_doctor_shows_what_the_sweep_has_found(deployed: Deployed) -> None:
    """The emulator makes no metrics of log lines: what Sweep would write there is put, and its run is a real one."""
    deployed.client("lambda").invoke(FunctionName=deployed.resource("ReconciliationSweep"))
    of_this_stack = [{"Name": "service", "Value": "Greenroom"}]
    ages = {"PendingAge": [42.0], "ReleaseAge": [310.0, 400.0]}
    data = [{"MetricName": name, "Dimensions": of_this_stack, "Values": values} for name, values in ages.items()]
    deployed.client("cloudwatch").put_metric_data(Namespace="Greenroom", MetricData=data)

    found = {each["subject"]: each for each in last_line(greenroom(deployed, "doctor", "--json"))["findings"]}

    assert found["oldest pending request"]["told"] == "waits since 42 s"
    assert found["unreleased resources"]["told"] == "2, the oldest since 6 min 40 s"
    assert {found[name]["health"] for name in ("unreleased resources", "stuck executions")} == {"well"}


def test_the_doctor_tells_a_caller_without_permissions_what_to_do(deployed: Deployed) -> None:
    iam = deployed.client("iam")
    iam.create_user(UserName="newcomer")
    key = iam.create_access_key(UserName="newcomer")["AccessKey"]
    secrets = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    statement = {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="newcomer", PolicyName="look", PolicyDocument=policy)

    done = greenroom(deployed, "doctor", "--json", **secrets)

    assert done.returncode == 1
    health = {finding["subject"]: finding["health"] for finding in last_line(done)["findings"]}
    assert (health["credentials"], health["stack"]) == ("well", "well")
    assert {health[name] for name in health if name.startswith("may ")} == {"unwell"}
    assert (health["dead letters"], health["alarms"]) == ("unknown", "unknown")


def test_what_was_learned_is_shown_as_the_api_has_it(deployed: Deployed) -> None:
    command = stream_of(deployed, studio="school", readyAfterSeconds=1)
    assert last_line(greenroom(deployed, *command, "--json"))["state"] == "ready"

    def learned() -> Any:
        found = last_line(greenroom(deployed, "learned", "--pool", "nimble/school", "--json"))["schedules"]
        return found or None

    [schedule] = eventually(learned, "a schedule of nimble/school")
    assert schedule["waitingFor"] == "stream"
    assert "nimble/school: stream" in greenroom(deployed, "learned").stdout
