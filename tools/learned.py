"""Show what was learned of each pool's waits, and when it is looked at: `make learned`, or `python -m tools.learned`.

Of each wait: how many requests it was learned from, the median and the 90th percentile in seconds, the planned looks,
and a bar a time at which half of those requests were not ready any more. `--picture FILE.svg` draws it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from greenroom.flow.learning import Observation
from greenroom.flow.schedule import Schedule
from tools.api import Api, StackNotReady, outputs
from tools.options import parser_of

BARS = "▁▂▃▄▅▆▇█"
COLUMNS = 60


def learned(stack: str) -> list[dict[str, Any]]:
    """The API's list of schedules. Raises StackNotReady."""
    url = outputs(stack, "ApiUrl")["ApiUrl"]
    status, _, body = Api(boto3.Session(), url).call("GET", "schedules")
    if status != 200:
        raise StackNotReady(f"GET schedules answered {status}: {body.get('detail') or body.get('message')}")
    return list(body["schedules"])


def shown(schedule: Mapping[str, Any]) -> Iterator[str]:
    """The lines for one wait of one pool. Under the bars, `^` is a look."""
    looks, seen = schedule["looks"], [(after, by) for after, by in schedule["seen"] if by is not None]
    yield f"{schedule['provider']}/{schedule['pool']}: {schedule['waitingFor']}"
    yield (
        f"  {schedule['observations']} requests, {len(schedule['seen']) - len(seen)} of them never seen ready; "
        f"median {schedule['median']} s, 90 % by {schedule['latest']} s"
    )
    yield f"  looks after {', '.join(map(str, looks[:12]))}{', …' if len(looks) > 12 else ''} s"
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


def draw(schedule: Mapping[str, Any], path: Path) -> None:
    from bench.plots import draw_schedule  # noqa: PLC0415  # it loads all that draws

    observations = [Observation(after, by) for after, by in schedule["seen"]]
    draw_schedule(observations, Schedule.load(schedule), path)


def _arguments() -> argparse.Namespace:
    parser = parser_of("tools.learned", __doc__)
    parser.add_argument("--pool", help="only this pool, such as nimble/my-studio")
    parser.add_argument("--json", action="store_true", help="as the API answers it")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw the first wait that is shown")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    try:
        found = learned(arguments.stack)
    except (StackNotReady, ClientError, BotoCoreError, HTTPError) as error:
        print(f"learned: {error}", file=sys.stderr)
        return 1
    chosen = [each for each in found if arguments.pool in {None, f"{each['provider']}/{each['pool']}"}]
    if arguments.json:
        print(json.dumps({"schedules": chosen}))
    elif not chosen:
        print("Nothing was learned yet" if not found else f"Nothing was learned of {arguments.pool}")
    else:
        print("\n".join(line for schedule in chosen for line in shown(schedule)))
    if arguments.picture and chosen:
        draw(chosen[0], arguments.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
