"""A real hub that is restarted while a server starts: it is away, and then it has forgotten the start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from greenroom.domain.errors import EndpointUnreachable
from greenroom.domain.values import Status
from local.jupyterhub import JupyterHub
from tests.support.hub import until
from tests.unit.providers.jupyterhub.conftest import MakePlug, fields

TOKEN, AGE = "0" * 64, timedelta(seconds=9)


def test_a_start_that_a_restarted_hub_has_forgotten_can_be_made_again(make_plug: MakePlug, tmp_path: Path) -> None:
    with JupyterHub(tmp_path) as hub:
        plug = make_plug(hub.url, bearer=hub.token)
        stream_id = str(plug.create(fields(), TOKEN).stream_id)
        hub.stop()
        with pytest.raises(EndpointUnreachable, match=hub.url):
            plug.describe(fields(), stream_id, AGE)
        hub.start()
        assert plug.describe(fields(), stream_id, AGE).forgotten
        assert plug.create(fields(), TOKEN).status is Status.PENDING
        until(lambda: plug.describe(fields(), stream_id, AGE).status is Status.READY)
