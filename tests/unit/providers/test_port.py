"""Each plug keeps the provider port: mypy holds its calls against it here, since the catalogue finds them by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from greenroom.providers.appstream.fields import AppStreamFields
from greenroom.providers.appstream.service import connect as connect_appstream
from greenroom.providers.catalogue import BUILT_IN, connector_of
from greenroom.providers.dcv.fields import DcvFields
from greenroom.providers.dcv.service import connect as connect_dcv
from greenroom.providers.fields import ProviderFields
from greenroom.providers.gameliftstreams.fields import GameLiftStreamsFields
from greenroom.providers.gameliftstreams.service import connect as connect_gameliftstreams
from greenroom.providers.jupyterhub.fields import JupyterHubFields
from greenroom.providers.jupyterhub.service import connect as connect_jupyterhub
from greenroom.providers.nimble.fields import NimbleFields
from greenroom.providers.nimble.service import connect as connect_nimble
from greenroom.providers.port import StreamProvider, Wiring

Fields = TypeVar("Fields", bound=ProviderFields)
Connect = Callable[[Wiring], StreamProvider[Fields]]

NIMBLE: Connect[NimbleFields] = connect_nimble
APPSTREAM: Connect[AppStreamFields] = connect_appstream
GAMELIFTSTREAMS: Connect[GameLiftStreamsFields] = connect_gameliftstreams
DCV: Connect[DcvFields] = connect_dcv
JUPYTERHUB: Connect[JupyterHubFields] = connect_jupyterhub


def test_these_are_all_that_the_catalogue_has() -> None:
    typed = {NIMBLE, APPSTREAM, GAMELIFTSTREAMS, DCV, JUPYTERHUB}
    assert {connector_of(name) for name in BUILT_IN} == typed
