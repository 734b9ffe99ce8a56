"""The CPU that importing each function's handler costs: `python -m bench.cold_starts [--runs N]`, about 40 s a run.

`python -m bench.cold_starts --providers [--runs N]` measures only what enabling all providers costs the functions that
call them, about 10 s a run.

Measured is CPU, user and system, of a fresh interpreter on this machine that imports one handler from the asset and
ends, less that of one that imports nothing; the median of the runs. Beside it, in the same run and by turns, a plain
handler: boto3, Logger, Metrics and Tracer, two clients. Both also from a copy of the asset without bytecode, where
each import compiles, as it does in Lambda's /var/task; and with all providers enabled instead of one.

The table of memory sizes is an estimate from that CPU, not a measurement on AWS. It divides by the share of a vCPU
that Lambda documents (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). Others have measured
that the init phase gets more than its share (https://bitesizedserverless.com/bite/lambda-cold-start-bootstrap/),
which AWS does not promise: so these times are the longest to expect of a core as fast as this machine's.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.import_cpu import environment, handlers, import_cpu
from greenroom.providers.catalogue import BUILT_IN, DEFAULT
from infra.lambda_asset import HOST_PLATFORM, ROOT, bundle

RUNS = 5
FULL_VCPU_MEGABYTES = 1769
MEMORY_MEGABYTES = (256, 512, 1024, FULL_VCPU_MEGABYTES)
# The functions that call services.
CALLERS = ("prepare_session", "create_stream", "get_stream", "connect_stream", "release_session")
# Cold one after the other on a quiet system, between READY and the message.
FROM_READY_TO_MESSAGE = ("connect_stream", "record_ready", "announce", "deliver")


def measure(runs: int = RUNS) -> dict[str, Any]:
    """Import CPU in seconds, and as ratios to the plain handler's; and the table of memory sizes."""
    asset = bundle(HOST_PLATFORM, ROOT / ".greenroom" / "assets")
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch) / "sources"
        shutil.copytree(asset, sources, ignore=shutil.ignore_patterns("__pycache__"))
        one, of_all = _variables(asset)
        variants = [(asset, one), (sources, one), (asset, of_all)]
        compiled, uncompiled, with_all = import_cpu(variants, runs, handlers())
    plain, plain_uncompiled = compiled.pop("plain"), uncompiled.pop("plain")
    return {
        "python": HOST_PLATFORM.python_version,
        "runs": runs,
        "plainHandler": {"cpuSeconds": round(plain, 3), "cpuSecondsWithoutBytecode": round(plain_uncompiled, 3)},
        "handlers": {
            name: {
                "cpuSeconds": round(seconds, 3),
                "toPlainHandler": round(seconds / plain, 2),
                "allProvidersToOne": round(with_all[name] / seconds, 2),
                "cpuSecondsWithoutBytecode": round(uncompiled[name], 3),
                "withoutBytecodeToPlainHandler": round(uncompiled[name] / plain_uncompiled, 2),
            }
            for name, seconds in compiled.items()
        },
        "memory": [_estimate(megabytes, compiled) for megabytes in MEMORY_MEGABYTES],
    }


def measure_providers(runs: int = RUNS) -> dict[str, tuple[float, float]]:
    """Import CPU in seconds of the functions that call services, with one provider enabled and with all of them."""
    asset = bundle(HOST_PLATFORM, ROOT / ".greenroom" / "assets")
    one, of_all = import_cpu([(asset, variables) for variables in _variables(asset)], runs, CALLERS)
    return {name: (one[name], of_all[name]) for name in CALLERS}


def _variables(asset: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The variables of a deployment with one provider, and of one with all."""
    shared = environment(asset)
    return shared | {"PROVIDERS": DEFAULT}, shared | {"PROVIDERS": ",".join(BUILT_IN)}


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
    plain = results["plainHandler"]
    print(f"Import CPU on this machine, Python {results['python']}, median of {results['runs']} runs")
    print(f"{'':18}{'with bytecode':>22}{'without':>22}{'all providers : one':>22}")
    row = "{:18}{:12.3f} s{:>8}{:12.3f} s{:>8}{:>22}"
    print(row.format("plain handler", plain["cpuSeconds"], "1.00", plain["cpuSecondsWithoutBytecode"], "1.00", ""))
    for name, cost in results["handlers"].items():
        with_ratio, without_ratio = f"{cost['toPlainHandler']:.2f}", f"{cost['withoutBytecodeToPlainHandler']:.2f}"
        shown = (cost["cpuSeconds"], with_ratio, cost["cpuSecondsWithoutBytecode"], without_ratio)
        print(row.format(name, *shown, f"{cost['allProvidersToOne']:.2f}"))
    print("\nInit time that follows for a memory size (estimated: CPU / share of a vCPU; not measured on AWS)")
    print(f"{'MB':>6}{'vCPU':>8}{'slowest':>10}{'median':>10}{'READY → message':>18}{'GB-s, slowest':>16}", end="")
    print(f"{'median':>10}{'GB-s a second waited':>23}")
    for size in results["memory"]:
        print("{:6}{:8.3f}{:8.2f} s{:8.2f} s{:16.2f} s{:16.3f}{:10.3f}{:23.3f}".format(*size.values()))
    print(f"Up to {FULL_VCPU_MEGABYTES} MB an init costs the same; what a function waits for costs by its size.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.cold_starts", description="Import CPU of each handler")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of which the median counts (default {RUNS})")
    parser.add_argument("--providers", action="store_true", help="only one provider beside all of them")
    arguments = parser.parse_args()
    if not arguments.providers:
        _print(measure(arguments.runs))
        return 0
    found = measure_providers(arguments.runs)
    found["together"] = (sum(one for one, _ in found.values()), sum(of_all for _, of_all in found.values()))
    for name, (one, of_all) in found.items():
        print(f"{name:18}{one:8.3f} s with one provider{of_all:8.3f} s with {len(BUILT_IN)}{of_all / one:8.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
