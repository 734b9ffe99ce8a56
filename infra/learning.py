"""From what was seen to the schedules: Learn follows the observations and makes the schedules of their pool."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from infra.changes import OBSERVED
from infra.functions import FunctionFactory
from infra.rules import look_rules
from infra.settings import Settings
from infra.storage import Storage

# The outcomes of a burst are learned from together.
_TOGETHER = Duration.seconds(5)


class Learning(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, functions: FunctionFactory, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        self.learn = functions.make(self, "Learn")
        self.learn.tell(**look_rules(settings))
        storage.schedules.link_changes(self.learn, OBSERVED, batch_size=100, max_batching_window=_TOGETHER)
        storage.schedules.link(self.learn, "GetItem", "UpdateItem")
