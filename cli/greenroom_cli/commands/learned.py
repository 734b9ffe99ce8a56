"""`greenroom learned`: how long the streams of each pool take, and when they are polled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from greenroom_cli import wiring
from greenroom_cli.commands.options import AsJson, Profile, Region, StackName
from greenroom_cli.follow import fetched
from greenroom_cli.output import command, json_result, result
from greenroom_cli.target import Target

BARS = "▁▂▃▄▅▆▇█"
COLUMNS = 60


@command
def learned(
    *,
    pool: Annotated[
        str | None, typer.Option("--pool", metavar="PROVIDER/POOL", help="Only this pool, such as nimble/my-studio")
    ] = None,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show what was learned of each pool's waits, and when its streams are polled.

    Callers see the pools of their own latest requests, administrators every pool.

    Of each wait: how many requests it was learned from, the median and the 90th percentile in seconds, the planned
    polls, and a bar a time at which half of those requests were not ready any more.
    """
    _, page = fetched(wiring.deployment(Target(stack, profile, region)).api, "schedules")
    chosen = [each for each in page["schedules"] if pool in {None, f"{each['provider']}/{each['pool']}"}]
    if as_json:
        json_result({"schedules": chosen})
    elif not chosen:
        result(f"Nothing was learned of {pool}" if page["schedules"] else "Nothing was learned yet")
    for line in [] if as_json else [line for schedule in chosen for line in shown(schedule)]:
        result(line)
    if page.get("more") and not (as_json or pool):
        result(f"{page['more']} more are not shown, of pools that are known less")


def shown(schedule: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines for one wait of one pool. Under the bars, `^` is a poll."""
    looks, seen = schedule["looks"], [(after, by) for after, by in schedule["seen"] if by is not None]
    yield f"{schedule['provider']}/{schedule['pool']}: {schedule['waitingFor']}"
    yield (
        f"  {schedule['observations']} requests, {len(schedule['seen']) - len(seen)} of them never seen ready; "
        f"median {schedule['median']} s, 90 % by {schedule['latest']} s"
    )
    yield f"  polls after {', '.join(map(str, looks[:12]))}{', …' if len(looks) > 12 else ''} s"
    end = max([schedule["latest"] * 1.3, *looks[:1]])
    counts, marks = [0.0] * COLUMNS, [" "] * COLUMNS
    for after, by in seen:
        first, last = (min(COLUMNS - 1, int(second / end * COLUMNS)) for second in (after, by))
        for column in range(first, last + 1):
            counts[column] += 1 / (last - first + 1)
    for look in looks:
        if look < end:
            marks[int(look / end * COLUMNS)] = "^"
    most = max([*counts, 1e-9])
    yield "  " + "".join(BARS[min(7, int(count / most * 8))] if count else " " for count in counts)
    yield "  " + "".join(marks) + f" {end:.0f} s"
