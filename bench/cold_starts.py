"""The CPU that importing each function's handler costs: `python -m bench.cold_starts [--runs N]`, about 15 s a run.

`--ready` measures only the functions that may start cold between READY and the message, GetStream for each provider,
about 4 s a run; it fails if one takes more than 0.85 of a plain handler. `--providers` measures only what enabling all
providers costs the functions that call them, about 4 s a run.

Measured is CPU, user and system, of a fresh interpreter on this machine that imports one handler from the asset and
ends, less that of one that imports nothing. Beside it, in the same run and by turns, a plain handler: boto3, Logger,
Metrics and Tracer, two clients, whole packages with bytecode. Seconds are the median of the runs, and so are ratios, of
each run's own ratio.

The table of memory sizes is an estimate from that CPU, not a measurement on AWS. It divides by the share of a vCPU
that Lambda documents (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). Others have measured
that the init phase gets more than its share (https://bitesizedserverless.com/bite/lambda-cold-start-bootstrap/),
which AWS does not promise: so these times are the longest to expect of a core as fast as this machine's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench import plain_handler
from bench.import_cpu import Start, import_cpu, start_of
from greenroom.providers.catalogue import BUILT_IN
from greenroom_cdk.asset.build import HOST_PLATFORM, ROOT, bundle
from simulation.variables import ENVIRONMENT, handlers

RUNS = 5
FULL_VCPU_MEGABYTES = 1769
MEMORY_MEGABYTES = (256, 512, 1024, FULL_VCPU_MEGABYTES)
# The functions that call services.
CALLERS = ("prepare_session", "create_stream", "get_stream", "release_session")
# Cold one after the other on a quiet system, between READY and the message.
FROM_READY_TO_MESSAGE = ("get_stream", "announce")
MOST_TO_PLAIN_HANDLER = 0.85
PLAIN = "plain handler"
NIMBLE = "nimble"
PLAIN_ON_OUR_ASSET = "plain handler, our botocore"


def measure(runs: int = RUNS) -> dict[str, Any]:
    """Import CPU in seconds, and as ratios to the plain handler's; and the table of memory sizes."""
    names = handlers()
    starts = {(PLAIN, NIMBLE): _plain(), **_of_providers(names)}
    seconds = import_cpu(starts, runs)
    plain = seconds[PLAIN, NIMBLE]
    compared = {name: (seconds[name, NIMBLE], seconds[name, "all"]) for name in names}
    return {
        "python": HOST_PLATFORM.python_version,
        "runs": runs,
        "plainHandler": {"cpuSeconds": round(median(plain), 3)},
        "handlers": {
            name: {
                "cpuSeconds": round(median(one), 3),
                "toPlainHandler": round(_ratio(one, plain), 2),
                "allProvidersToOne": round(_ratio(of_all, one), 2),
            }
            for name, (one, of_all) in compared.items()
        },
        "memory": _estimates({name: median(one) for name, (one, _) in compared.items()}),
    }


def measure_ready(runs: int = RUNS) -> dict[str, dict[str, float]]:
    """Import CPU in seconds on the way from READY to the message, and as ratios to both plain handlers'."""
    asset = _asset()
    starts = {
        PLAIN: _plain(),
        PLAIN_ON_OUR_ASSET: Start(plain_handler.SCRIPT_WITHOUT_BOTO3, asset, ENVIRONMENT),
        **{name: start_of(name, asset, PROVIDERS=NIMBLE) for name in FROM_READY_TO_MESSAGE},
        **{_with(name): start_of("get_stream", asset, PROVIDERS=name) for name in BUILT_IN if name != NIMBLE},
    }
    found = import_cpu(starts, runs)
    return {
        name: {
            "cpuSeconds": round(median(seconds), 3),
            "toPlainHandler": round(_ratio(seconds, found[PLAIN]), 3),
            "toPlainHandlerOnOurAsset": round(_ratio(seconds, found[PLAIN_ON_OUR_ASSET]), 3),
        }
        for name, seconds in found.items()
    }


def measure_providers(runs: int = RUNS) -> dict[str, tuple[float, float]]:
    """Import CPU in seconds of the functions that call services, with one provider enabled and with all of them."""
    seconds = import_cpu(_of_providers(CALLERS), runs)
    return {name: (median(seconds[name, NIMBLE]), median(seconds[name, "all"])) for name in CALLERS}


def _with(provider: str) -> str:
    return f"get_stream, {provider}"


def _asset() -> Path:
    return bundle(HOST_PLATFORM, ROOT / ".greenroom" / "assets")


def _plain() -> Start:
    return Start(plain_handler.SCRIPT, plain_handler.directory(), ENVIRONMENT)


def _of_providers(names: Sequence[str]) -> dict[tuple[str, str], Start]:
    """Each handler in a deployment with one provider, and in one with all."""
    asset, providers = _asset(), {NIMBLE: NIMBLE, "all": ",".join(BUILT_IN)}
    return {
        (name, which): start_of(name, asset, PROVIDERS=listed) for name in names for which, listed in providers.items()
    }


def _ratio(seconds: Sequence[float], of: Sequence[float]) -> float:
    return median(one / other for one, other in zip(seconds, of, strict=True))


def _estimates(cpu_seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    return [_estimate(megabytes, cpu_seconds) for megabytes in MEMORY_MEGABYTES]


def _estimate(megabytes: int, cpu_seconds: Mapping[str, float]) -> dict[str, Any]:
    """An import runs on one thread: more than one vCPU does not help it."""
    share = min(1.0, megabytes / FULL_VCPU_MEGABYTES)
    slowest, middle = max(cpu_seconds.values()) / share, median(cpu_seconds.values()) / share
    return {
        "megabytes": megabytes,
        "vcpus": round(share, 3),
        "slowestInitSeconds": round(slowest, 2),
        "medianInitSeconds": round(middle, 2),
        "fromReadyToMessageInitSeconds": round(sum(cpu_seconds[name] for name in FROM_READY_TO_MESSAGE) / share, 2),
        "slowestInitGbSeconds": round(slowest * megabytes / 1024, 3),
        "medianInitGbSeconds": round(middle * megabytes / 1024, 3),
        "gbSecondsPerSecondWaited": round(megabytes / 1024, 3),
    }


def _print(results: Mapping[str, Any]) -> None:
    plain = results["plainHandler"]["cpuSeconds"]
    print(f"Import CPU on this machine, Python {results['python']}, median of {results['runs']} runs")
    print(f"{'':18}{'CPU':>14}{'to plain':>10}{'all providers : one':>22}")
    print(f"{PLAIN:18}{plain:12.3f} s{1:10.2f}")
    for name, cost in results["handlers"].items():
        print("{:18}{:12.3f} s{:10.2f}{:22.2f}".format(name, *cost.values()))
    print("\nInit time that follows for a memory size (estimated: CPU / share of a vCPU; not measured on AWS)")
    print(f"{'MB':>6}{'vCPU':>8}{'slowest':>10}{'median':>10}{'READY → message':>18}{'GB-s, slowest':>16}", end="")
    print(f"{'median':>10}{'GB-s a second waited':>23}")
    for size in results["memory"]:
        print("{:6}{:8.3f}{:8.2f} s{:8.2f} s{:16.2f} s{:16.3f}{:10.3f}{:23.3f}".format(*size.values()))
    print(f"Up to {FULL_VCPU_MEGABYTES} MB an init costs the same; what a function waits for costs by its size.")


def _print_ready(runs: int) -> int:
    """Return the exit status: 1 if a function takes more than it may."""
    found = measure_ready(runs)
    print(f"Import CPU on this machine, Python {HOST_PLATFORM.python_version}, median of {runs} runs")
    print(f"{'':28}{'CPU':>10}{'to plain':>10}{'to plain, our botocore':>24}")
    for name, cost in found.items():
        print("{:28}{:8.3f} s{:10.2f}{:24.2f}".format(name, *cost.values()))
    ours = found.keys() - {PLAIN, PLAIN_ON_OUR_ASSET}
    return int(any(found[name]["toPlainHandler"] > MOST_TO_PLAIN_HANDLER for name in ours))


def _print_providers(runs: int) -> int:
    found = measure_providers(runs)
    found["together"] = (sum(one for one, _ in found.values()), sum(of_all for _, of_all in found.values()))
    for name, (one, of_all) in found.items():
        print(f"{name:18}{one:8.3f} s with one provider{of_all:8.3f} s with {len(BUILT_IN)}{of_all / one:8.3f}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.cold_starts", description="Import CPU of each handler")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of which the median counts (default {RUNS})")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--ready", action="store_true", help="only the functions from READY to the message")
    only.add_argument("--providers", action="store_true", help="only one provider beside all of them")
    arguments = parser.parse_args()
    if arguments.ready:
        return _print_ready(arguments.runs)
    if arguments.providers:
        return _print_providers(arguments.runs)
    _print(measure(arguments.runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
