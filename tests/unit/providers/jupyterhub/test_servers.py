"""The way of a server from stopped to released, at a real JupyterHub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from greenroom.domain.errors import CapacityUnavailable, RequestEnded, ServiceFailed, ServiceRefused, StreamNotReady
from greenroom.domain.values import Status
from greenroom.providers.gate import GatedProvider
from greenroom.providers.jupyterhub.fields import JupyterHubFields
from local.jupyterhub import open_as_a_browser
from tests.support.hub import BROKEN_USER, ODD_USER, HubControl, running_hub, until
from tests.unit.providers.jupyterhub.conftest import MakePlug, fields
from tests.unit.providers.starts import Starts, starting

TOKEN, AGE = "0" * 64, timedelta(seconds=9)
DEFAULT, LAB = f"{ODD_USER}/", f"{ODD_USER}/lab-2"


@pytest.fixture
def lab(hub: HubControl) -> Iterator[JupyterHubFields]:
    """A request for a named server of the same user, which does not run."""
    yield fields(ODD_USER, serverName="lab-2", path="lab/tree/my notes")
    hub.stop(ODD_USER, "lab-2")


def token_in(url: str) -> str:
    (token,) = parse_qs(urlsplit(url).query)["token"]
    return token


def test_a_server_is_started_awaited_opened_and_released(
    plug: GatedProvider, lab: JupyterHubFields, hub: HubControl, running: JupyterHubFields
) -> None:
    starts = Starts()
    assert plug.prepare(lab, TOKEN, starts).status is Status.READY
    assert starts.noted == 1
    created = plug.create(lab, TOKEN)
    assert (created.status, created.state, created.stream_id) == (Status.PENDING, "spawn", LAB)
    with pytest.raises(StreamNotReady, match=r"/lab-2 is spawn and cannot be opened"):
        plug.connect(lab, LAB)
    until(lambda: plug.describe(lab, LAB, AGE).status is not Status.PENDING)
    ready = plug.describe(lab, LAB, AGE)
    assert (ready.status, ready.state) == (Status.READY, "ready")
    assert set(ready.stream) == {"state", "streamId", "createdAt"}

    url = plug.connect(lab, LAB).url
    assert url.startswith(f"{hub.url}/user/%C3%A9mile%2Bo%27neil@example.org/lab-2/lab/tree/my%20notes?token=")
    (hub.home / "users" / ODD_USER / "my notes").mkdir()
    assert open_as_a_browser(url) == 200
    # The same user's other server, which runs, takes no notice of it.
    assert open_as_a_browser(url.replace("/lab-2/", "/")) == 403

    plug.release(lab, LAB, TOKEN)
    assert hub.running(ODD_USER) == [running.server_name]
    assert all("lab-2" not in token["note"] for token in hub.tokens(ODD_USER))
    assert hub.call("GET", "/user", token=token_in(url))[0] == 403
    assert open_as_a_browser(url) != 200


def test_a_server_that_runs_is_ready_at_once_and_none_of_ours(plug: GatedProvider, running: JupyterHubFields) -> None:
    starts = Starts()
    prepared = plug.prepare(running, TOKEN, starts)
    assert (prepared.status, prepared.state, starts.noted) == (Status.READY, "ready", 0)
    assert plug.create(running, TOKEN).status is Status.READY


def test_a_create_whose_answer_was_lost_makes_no_second_server(
    plug: GatedProvider, lab: JupyterHubFields, hub: HubControl, running: JupyterHubFields
) -> None:
    plug.create(lab, TOKEN)
    started = plug.create(lab, TOKEN)
    assert (started.status, started.stream_id) == (Status.PENDING, LAB)
    assert hub.running(ODD_USER) == [running.server_name, "lab-2"]


def test_a_start_by_somebody_else_is_waited_for_and_not_released(
    plug: GatedProvider, lab: JupyterHubFields, hub: HubControl
) -> None:
    hub.call("POST", f"/users/{quote(ODD_USER)}/servers/lab-2")
    starts = Starts()
    prepared = plug.prepare(lab, TOKEN, starts)
    assert (prepared.status, prepared.state, starts.noted) == (Status.READY, "spawn", 0)


@pytest.mark.usefixtures("running")
def test_a_token_is_for_this_server_alone_and_ends_when_it_was_asked_to(plug: GatedProvider, hub: HubControl) -> None:
    before = datetime.now(UTC)
    made = plug.connect(fields(ODD_USER, expirationInSeconds=300), DEFAULT)
    assert before + timedelta(seconds=299) <= made.expires_at <= datetime.now(UTC) + timedelta(seconds=300)
    _, bearer = hub.call("GET", "/user", token=token_in(made.url))
    assert f"access:servers!server={ODD_USER}/" in bearer["scopes"]
    assert {scope.split("!")[0] for scope in bearer["scopes"]} == {
        "access:servers",
        "read:users:name",
        "read:users:groups",
    }
    user = f"/users/{quote(ODD_USER)}"
    for method, path in (("POST", f"{user}/server"), ("GET", "/users/ada"), ("GET", f"{user}/tokens")):
        assert hub.call(method, path, token=token_in(made.url))[0] in {403, 404}


def test_a_token_that_has_expired_opens_nothing(
    plug: GatedProvider, hub: HubControl, running: JupyterHubFields
) -> None:
    url = plug.connect(running.model_copy(update={"expiration_in_seconds": 1}), DEFAULT).url
    until(lambda: hub.call("GET", "/user", token=token_in(url))[0] == 403)
    assert open_as_a_browser(url) == 401


def test_a_release_revokes_only_the_tokens_that_were_made_for_the_server(
    plug: GatedProvider, lab: JupyterHubFields, hub: HubControl, running: JupyterHubFields
) -> None:
    hub.make_token(ODD_USER)
    plug.connect(running, DEFAULT)
    plug.release(lab, None, TOKEN)
    notes = [token["note"] for token in hub.tokens(ODD_USER)]
    assert {"A test's", f"Greenroom, for {DEFAULT}"} <= set(notes)
    assert f"Greenroom, for {LAB}" not in notes


@pytest.mark.parametrize(
    "gone", [fields("ada"), fields("ada", serverName="never-there"), fields("nobody"), fields("nobody", serverName="a")]
)
def test_what_is_gone_is_released(gone: JupyterHubFields, plug: GatedProvider) -> None:
    plug.release(gone, None, TOKEN)
    plug.release(gone, "ada/", TOKEN)


def test_a_start_is_interrupted_by_a_release(plug: GatedProvider, lab: JupyterHubFields, hub: HubControl) -> None:
    plug.create(lab, TOKEN)
    plug.release(lab, LAB, TOKEN)
    assert "lab-2" not in hub.running(ODD_USER)
    stopped = plug.describe(lab, LAB, AGE)
    assert (stopped.status, stopped.state, stopped.forgotten) == (Status.FAILED, "stopped", True)


def test_a_start_that_fails_is_told_in_the_hubs_words(plug: GatedProvider) -> None:
    with pytest.raises(ServiceFailed, match=r"^StartFailed: .*File exists"):
        plug.create(fields(BROKEN_USER), TOKEN)
    failed = plug.describe(fields(BROKEN_USER), f"{BROKEN_USER}/", AGE)
    assert (failed.status, failed.state, failed.forgotten) == (Status.FAILED, "stopped", False)
    assert "File exists" in str(failed.detail)


def test_a_server_is_not_started_for_a_request_that_has_ended(plug: GatedProvider, lab: JupyterHubFields) -> None:
    with pytest.raises(RequestEnded):
        plug.prepare(lab, TOKEN, Starts(has_ended=True))


def test_a_server_that_was_deleted_has_failed_and_may_be_made_again(plug: GatedProvider) -> None:
    gone = plug.describe(fields("ada", serverName="never-there"), "ada/never-there", AGE)
    assert (gone.status, gone.detail) == (Status.FAILED, "The hub has no server ada/never-there")
    assert gone.forgotten


def test_a_full_hub_is_waited_for(make_plug: MakePlug, tmp_path: Path) -> None:
    with running_hub(tmp_path, active_servers=1) as full:
        plug = make_plug(full.url, bearer=full.token)
        plug.create(fields("ada"), TOKEN)
        with pytest.raises(CapacityUnavailable, match=r"^ActiveServerLimit: .*active_server_limit"):
            plug.create(fields("demo"), TOKEN)
        assert full.running("demo") == []
        plug.release(fields("ada"), None, TOKEN)
        assert plug.create(fields("demo"), TOKEN).status is Status.PENDING


def test_a_name_that_the_hub_does_not_take_is_refused_with_its_words(plug: GatedProvider) -> None:
    with pytest.raises(ServiceRefused, match=r"^ServerNotStarted: .*Invalid server_name.*field serverName"):
        plug.create(fields(serverName="No Such Name"), TOKEN)


def test_a_user_whom_the_hub_does_not_know_is_named_with_the_field(plug: GatedProvider) -> None:
    nobody = fields("nobody")
    told = r"^UserNotFound: .*no user nobody.*field user must be"
    with pytest.raises(ServiceRefused, match=told):
        plug.prepare(nobody, TOKEN, starting)
    with pytest.raises(ServiceRefused, match=told):
        plug.create(nobody, TOKEN)
    with pytest.raises(ServiceRefused, match=r"^UserNotFound"):
        plug.connect(nobody, "nobody/")
