"""Count what the scanners find, and hold each suppression to its reason.

With --check nothing is counted: it says which findings have no reason, and which reasons have no finding any more. With
--context it prints the options by which the CDK makes the second of the two deployments that are scanned.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk.aws_lambda import Code
from cdk_nag import AwsSolutionsChecks

from greenroom_cdk.settings import Settings
from greenroom_cdk.stack import GreenroomStack

ROOT = Path(__file__).parents[1]
# They have packages of their own: checkov wants an older boto3 than the functions run on.
SCANNERS = ROOT / ".greenroom" / "scanners" / "bin"
# A deployment of all that there is: every provider, one of your own, and a VPC.
EVERYTHING = {
    "providers": "nimble,appstream,gameliftstreams,dcv,jupyterhub,./examples/own_provider/acme",
    "dcvBrokerUrl": "https://broker.example:8443",
    "dcvTokenUrl": "https://broker.example:8443/oauth2/token",
    "jupyterhubUrl": "https://hub.example",
    "acmeUrl": "https://acme.example",
    "subnetIds": "subnet-0a1b2c3d",
    "securityGroupIds": "sg-0a1b2c3d",
    "batchBuckets": "studio-classes",
    "batchPrefix": "classes/{sessionName}/",
}
# Without any rule, synth warns that every caller may ask for everybody's stream.
RULES = [{"callers": "event", "provider": "nimble", "field": "studioId", "values": "*"}]
CHECKED_CODE = ("lambdas", "cli", "infra")


@dataclass(frozen=True)
class Finding:
    """`place` is a construct's path, a resource of the template, or a line of a file."""

    scanner: str
    rule: str
    place: str


@dataclass(frozen=True)
class Suppression:
    """`place` is a construct, for itself and all below it, or a pattern of resources or lines."""

    scanner: str
    rule: str
    place: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        if (self.scanner, self.rule) != (finding.scanner, finding.rule):
            return False
        return finding.place.startswith(f"{self.place}/") or fnmatchcase(finding.place, self.place)


# Those of cdk-nag stand at their constructs: `greenroom_cdk/findings.py`.
SUPPRESSED = (
    Suppression(
        "cfn-lint",
        "W3005",
        "*",
        "CDK has a function wait for the role that it names anyway; saying so twice changes nothing",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_28",
        "AWS::DynamoDB::Table.StorageStreamUrls*",
        "A URL that was claimed or has expired is gone; a backup would bring it back",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_59",
        "AWS::ApiGateway::Method.ApiRestApiwebhookkeys*",
        "Anybody may have the public halves of the keys that sign webhooks; that is their use",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_59",
        "AWS::ApiGateway::Method.ApiRestApiwaitingroom*",
        "The waiting room is for people without credentials; the function reads nothing before it has read their link",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_111",
        "AWS::IAM::Policy.*",
        "Lambda makes network interfaces in the VPC, with actions that take any resource; the function's own code is "
        "denied them",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_115",
        "AWS::Lambda::Function.*",
        "What one function reserves is taken from the others of the flow, and small accounts have none to reserve",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_116",
        "AWS::Lambda::Function.*",
        "It is for asynchronous calls: Reconcile and ReconcileBatch have a destination, the sweeps run again, and "
        "others are called by what keeps the event itself",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_117",
        "AWS::Lambda::Function.*",
        "Only the functions that call a streaming service need the network that it is in: subnetIds",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_120",
        "AWS::ApiGateway::Stage.*",
        "Each answer is one caller's own, and a URL in it must not be kept",
    ),
    Suppression(
        "checkov",
        "CKV_AWS_173",
        "AWS::Lambda::Function.*",
        "The variables are names and addresses, without any secret; Lambda encrypts them with its own key",
    ),
    *(
        Suppression("bandit", "B311", place, "It spreads load, and guards nothing")
        for place in (
            "cli/greenroom_cli/client.py:*",
            "lambdas/greenroom/adapters/schedules_table.py:*",
            "lambdas/greenroom/delivery/attempts.py:*",
            "lambdas/greenroom/delivery/event_requests.py:*",
            "lambdas/greenroom/delivery/patience.py:*",
            "lambdas/greenroom/flow/tasks.py:*",
        )
    ),
    Suppression(
        "bandit",
        "B105",
        "infra/greenroom_cdk/api/gateway_responses.py:*",
        "The text 403 is the status of an answer about a token, and no password",
    ),
    *(
        Suppression(
            "bandit", rule, "infra/greenroom_cdk/asset/build.py:*", "It calls uv and Python, and every word is ours"
        )
        for rule in ("B404", "B603")
    ),
    *(
        Suppression(
            "bandit",
            rule,
            "infra/greenroom_cdk/asset/studio.py:*",
            "It reads the deployer's own logo, at synth; a bomb in it would cost nobody else anything",
        )
        for rule in ("B314", "B405")
    ),
)


@dataclass(frozen=True)
class Findings:
    """What was found, and what of it is suppressed by which reason."""

    found: tuple[Finding, ...]
    suppressions: tuple[Suppression, ...]

    def complaints(self) -> list[str]:
        """Name what has no reason, and what has a reason and was not found."""
        bare = [finding for finding in self.found if not self._reason(finding)]
        idle = [each for each in self.suppressions if not any(each.covers(finding) for finding in self.found)]
        return [f"{each.scanner}: {each.rule} at {each.place} has no reason" for each in bare] + [
            f"{each.scanner}: {each.rule} at {each.place} is suppressed, and is found there no more" for each in idle
        ]

    def table(self) -> str:
        """How much each scanner finds, and how much of it each reason suppresses, in Markdown."""
        all_of = Counter(finding.scanner for finding in self.found)
        covered = Counter((each.scanner, self._reason(each)) for each in self.found if self._reason(each))
        lines = ["| scanner | findings | suppressed | reason |", "| --- | --- | --- | --- |"]
        for scanner, count in sorted(all_of.items()):
            suppressed = sum(number for (whose, _), number in covered.items() if whose == scanner)
            lines.append(f"| {scanner} | {count} | {suppressed} | |")
            mine = [(number, reason) for (whose, reason), number in covered.items() if whose == scanner]
            lines += [f"| | | {number} | {reason} |" for number, reason in sorted(mine, reverse=True)]
        return "\n".join(lines)

    def _reason(self, finding: Finding) -> str:
        return next((each.reason for each in self.suppressions if each.covers(finding)), "")


def scan(*scanners: str) -> Findings:
    """Scan two deployments, as it comes and with everything, and the code; by some of the scanners, or by all."""
    chosen = scanners or ("cdk-nag", "cfn-lint", "checkov", "bandit")
    suppressions = [each for each in SUPPRESSED if each.scanner in chosen]
    found: set[Finding] = set()
    with tempfile.TemporaryDirectory() as home:
        # Their names set the constructs of one apart from those of the other.
        for name, values in {"Greenroom": {}, "Everything": EVERYTHING}.items():
            raw = _synthesise(Path(home), {**values, "stackName": name})
            template = Path(home, f"{name}.template.json")
            if "cdk-nag" in chosen:
                found |= raw
                suppressions += _acknowledged(Path(home, f"{name}.metadata.json"))
            if "cfn-lint" in chosen:
                found |= set(_cfn_lint(template))
            if "checkov" in chosen:
                found |= set(_checkov(template))
    if "bandit" in chosen:
        found |= set(_bandit())
    return Findings(tuple(sorted(found, key=repr)), tuple(dict.fromkeys(suppressions)))


def _synthesise(home: Path, values: Mapping[str, str]) -> set[Finding]:
    """Write an assembly there, and return all that cdk-nag finds, acknowledged or not.

    What is acknowledged is acknowledged by the pack's name, so the pack has another one here.
    """
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(context={name: value for name, value in context.items() if "/" in name}, outdir=str(home))
    # Any directory will do for the code.
    code = Code.from_asset(str(ROOT / "statemachine"))
    stack = GreenroomStack(app, settings=Settings.from_values({**values, "identities": RULES}), code=code)
    app.synth()
    checks = AwsSolutionsChecks(app)
    checks._pack_name = "All"  # noqa: SLF001  # it is a subclass's to set
    report = checks.validate_scope(stack)
    return {
        Finding("cdk-nag", each.rule_name.replace("All-", "AwsSolutions-", 1), str(resource.construct_path))
        for each in report.violations
        for resource in each.violating_resources
    }


def _acknowledged(metadata: Path) -> Iterator[Suppression]:
    for path, entries in json.loads(metadata.read_text(encoding="utf-8")).items():
        for entry in entries:
            if entry["type"] == "aws:cdk:acknowledged-rules":
                for rule, reason in entry["data"].items():
                    yield Suppression("cdk-nag", rule.removeprefix("Annotation::"), path.removeprefix("/"), reason)


def _cfn_lint(template: Path) -> Iterator[Finding]:
    for each in _json("cfn-lint", "--format", "json", str(template)):
        where = each["Location"]["Path"]
        yield Finding("cfn-lint", each["Rule"]["Id"], ".".join(map(str, where[:2] if where else ["template"])))


def _checkov(template: Path) -> Iterator[Finding]:
    options = ["--quiet", "--compact", "--framework", "cloudformation", "--output", "json", "--skip-download"]
    for each in _json(str(SCANNERS / "checkov"), *options, "--file", str(template))["results"]["failed_checks"]:
        yield Finding("checkov", each["check_id"], each["resource"])


def _bandit() -> Iterator[Finding]:
    for each in _json(str(SCANNERS / "bandit"), "--quiet", "--format", "json", "--recursive", *CHECKED_CODE)["results"]:
        yield Finding("bandit", each["test_id"], f"{each['filename'].removeprefix('./')}:{each['line_number']}")


def _json(*command: str) -> Any:
    """What a scanner says on stdout; its status says only whether it found something."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  # ours
    return json.loads(done.stdout)


def main(arguments: Iterable[str]) -> int:
    if "--context" in arguments:
        print(" ".join(f"--context {name}={value}" for name, value in EVERYTHING.items()))
        return 0
    findings = scan()
    if "--check" not in arguments:
        print(findings.table())
        return 0
    for complaint in findings.complaints():
        print(complaint, file=sys.stderr)
    return bool(findings.complaints())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
