"""From what was seen to the schedules: Learn follows the observations and makes the schedules of their pool."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from greenroom_cdk.flow.stream_filters import OBSERVED
from greenroom_cdk.function_environment import look_environment
from greenroom_cdk.functions import FunctionFactory
from greenroom_cdk.settings import Settings
from greenroom_cdk.storage.storage import Storage

# The outcomes of a burst are learned from together.
_TOGETHER = Duration.seconds(5)
# The next outcome of a pool brings its schedules up to date: a pool that fails is soon given up for those behind it.
_GIVEN_UP = Duration.minutes(5)


class Learning(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, functions: FunctionFactory, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        self.learn = functions.make(self, "Learn")
        self.learn.set_environment(**look_environment(settings))
        storage.schedules.add_follower(
            self.learn, OBSERVED, batch_size=100, max_batching_window=_TOGETHER, max_record_age=_GIVEN_UP
        )
        storage.schedules.grant_calls(self.learn, "BatchGetItem", "UpdateItem")
