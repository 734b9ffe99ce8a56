"""An app of your own: Greenroom, and a class whose thirty streams are asked for before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Acknowledgment, App, CfnOutput, Duration, Stack, TimeZone, Validations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

from greenroom_cdk import Greenroom, Settings

SEATS = 30
# The class is on Mondays from 9:00 to 11:00, and a fleet that scales up takes up to a quarter of an hour.
_ASK_AT = scheduler.ScheduleExpression.cron(
    minute="45", hour="8", week_day="MON", time_zone=TimeZone.of("Europe/Berlin")
)
_SECONDS_TO_THE_CLASS = 15 * 60
_SECONDS_TO_THE_END = _SECONDS_TO_THE_CLASS + 2 * 60 * 60


class ClassOfThirty(Stack):
    """One schedule a seat, since a schedule puts one event. What they ask for together, Greenroom paces."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings | None = None,
        code: lambda_.Code | None = None,
        **more: Any,
    ) -> None:
        super().__init__(scope, construct_id, **more)
        settings = settings or Settings(providers=("appstream",))
        self.greenroom = Greenroom(self, "Greenroom", settings=settings, code=code)
        self.not_asked = sqs.Queue(self, "NotAsked", enforce_ssl=True, retention_period=Duration.days(14))
        reason = "It is where events end that the bus did not take"
        finding = Acknowledgment(id="AwsSolutions-SQS3", reason=reason)
        Validations.of(self.not_asked).acknowledge(finding)
        group = scheduler.ScheduleGroup(self, "Class")
        for seat in range(1, SEATS + 1):
            scheduler.Schedule(
                self,
                f"Seat{seat:02}",
                description=f"Ask for the stream of seat {seat}",
                schedule=_ASK_AT,
                schedule_group=group,
                target=self._ask(request_of(seat)),
            )
        CfnOutput(self, "NotAskedQueueUrl", value=self.not_asked.queue_url)
        for name, value in self.greenroom.outputs.items():
            CfnOutput(self, name, value=value)

    def _ask(self, request: Mapping[str, Any]) -> targets.EventBridgePutEvents:
        entry = targets.EventBridgePutEventsEntry(
            detail=scheduler.ScheduleTargetInput.from_object(dict(request)),
            detail_type="Stream Requested",
            event_bus=self.greenroom.bus,
            source="school.timetable",
        )
        # A request that is late by more than the quarter of an hour helps nobody.
        late = Duration.seconds(_SECONDS_TO_THE_CLASS)
        return targets.EventBridgePutEvents(entry, dead_letter_queue=self.not_asked, max_event_age=late)


def request_of(seat: int) -> dict[str, Any]:
    """The URL is good until the class ends; who hands the URLs out knows the seat by `metadata`."""
    return {
        "provider": "appstream",
        "stackName": "Animation",
        "fleetName": "Animation",
        "userId": f"seat-{seat:02}",
        "startFleet": True,
        "deadlineSeconds": _SECONDS_TO_THE_CLASS,
        "expirationInSeconds": _SECONDS_TO_THE_END,
        "metadata": {"class": "Animation I", "seat": seat},
    }


def main() -> None:
    app = App()
    ClassOfThirty(app, "ClassOfThirty")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
