"""The services that the suite is run for."""

from __future__ import annotations

from tests.conformance.subject import Subject
from tests.conformance.subjects.appstream import AppStream
from tests.conformance.subjects.dcv import Dcv
from tests.conformance.subjects.gameliftstreams import GameLiftStreams
from tests.conformance.subjects.jupyterhub import JupyterHub
from tests.conformance.subjects.nimble import Nimble

SIMULATED: tuple[type[Subject], ...] = (Nimble, AppStream, GameLiftStreams, Dcv)
SUBJECTS: tuple[type[Subject], ...] = (*SIMULATED, JupyterHub)
