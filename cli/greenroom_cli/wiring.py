"""The parts that take long to load, each imported when a command first needs it: help and completion need none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom_cli.deployment import Deployment
    from greenroom_cli.display import Display
    from greenroom_cli.doctor.cloud import Cloud
    from greenroom_cli.doctor.finding import Finding
    from greenroom_cli.drain.draining import Draining
    from greenroom_cli.drain.running_stack import Left, RunningStack
    from greenroom_cli.provider_options import FieldOption
    from greenroom_cli.redriving import Queues
    from greenroom_cli.target import Target


def deployment(target: Target) -> Deployment:
    from greenroom_cli.deployment import Deployment

    return Deployment(target)


def display(*, quiet: bool) -> Display:
    from greenroom_cli.display import display_for_stderr

    return display_for_stderr(quiet=quiet)


def provider_options(provider: str) -> tuple[str, list[FieldOption]]:
    """Return a provider's name and the options of its fields. Raise WrongUsage if there is no such provider."""
    from greenroom_cli.provider_options import options_of

    return options_of(provider)


def queues(target: Target) -> Queues:
    from greenroom_cli.deployment import Deployment
    from greenroom_cli.redriving import Queues

    return Queues(Deployment(target))


def running_stack(target: Target) -> RunningStack:
    from greenroom_cli.deployment import Deployment
    from greenroom_cli.drain.aws import AwsRunningStack

    return AwsRunningStack(Deployment(target))


def draining(running_stack: RunningStack, show: Callable[[Left], None]) -> Draining:
    import time

    from greenroom_cli.drain.draining import Draining
    from greenroom_cli.follow import utc_now

    return Draining(running_stack, show, utc_now, time.sleep)


def cloud(deployed: Deployment) -> Cloud:
    from greenroom_cli.doctor.aws import AwsCloud

    return AwsCloud(deployed)


def show_finding() -> Callable[[Finding], None]:
    from greenroom_cli.doctor.shown import show

    return show
