"""`greenroom doctor`: whether all is well."""

from __future__ import annotations

import typer

from greenroom_cli import wiring
from greenroom_cli.commands.options import AsJson, Profile, Region, StackName
from greenroom_cli.doctor.checks import findings
from greenroom_cli.doctor.finding import Health
from greenroom_cli.errors import FAILED
from greenroom_cli.output import command, json_result, say
from greenroom_cli.target import Target


@command
def doctor(
    *,
    as_json: AsJson = False,
    stack: StackName = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Look at the stack, permissions, providers, quotas, queues, what is left, and alarms; ends with 0 if all is well.

    Nothing is changed and no stream is asked for.
    """
    show = wiring.show_finding()
    found = []
    for finding in findings(wiring.cloud(wiring.deployment(Target(stack, profile, region)))):
        found.append(finding)
        if not as_json:
            show(finding)
    unwell = sum(finding.health is Health.UNWELL for finding in found)
    say(f"{unwell} of {len(found)} need something done" if unwell else "All is well")
    if as_json:
        json_result({"well": not unwell, "findings": [finding.as_json for finding in found]})
    raise typer.Exit(FAILED if unwell else 0)
