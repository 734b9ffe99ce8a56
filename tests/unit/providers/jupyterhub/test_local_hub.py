"""The hub of the local stack itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from greenroom.providers.jupyterhub.fields import JupyterHubFields
from local.jupyterhub import JupyterHub, open_as_a_browser
from local.processes import StackError
from tests.support.hub import HubControl, until


def test_a_server_without_a_token_asks_to_log_in(hub: HubControl, running: JupyterHubFields) -> None:
    assert open_as_a_browser(f"{hub.url}{(hub.server(running.user) or {})['url']}lab") == 401


def test_it_starts_in_any_directory_and_nothing_of_it_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    hub = JupyterHub(Path("home"), report=told.append)
    with hub:
        HubControl(hub).call("POST", "/users/ada/server")
        group = hub.process_id
        assert group
    assert told == ["starting the JupyterHub", "stopping the JupyterHub"]
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    assert (tmp_path / "home" / "hub.log").exists()


def test_a_polite_signal_to_the_hub_alone_stops_its_proxy_and_servers_too(tmp_path: Path) -> None:
    with JupyterHub(tmp_path) as hub:
        HubControl(hub).call("POST", "/users/ada/server")
        assert hub.process_id
        os.kill(hub.process_id, signal.SIGTERM)
        until(lambda: not is_there(hub))


def is_there(hub: JupyterHub) -> bool:
    try:
        os.waitpid(hub.process_id or 0, os.WNOHANG)
        os.killpg(hub.process_id or 0, 0)
    except ChildProcessError:
        pass
    except ProcessLookupError:
        return False
    return True


def test_one_that_cannot_start_says_where_its_log_is(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"hub\.log"):
        JupyterHub(tmp_path, users=("..",)).start()
