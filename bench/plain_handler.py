"""The handler that others are held against: boto3, Powertools' Logger, Metrics and Tracer, and two clients."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import uv

from greenroom_cdk.asset.build import ROOT
from greenroom_cdk.asset.files import LOCK, move_into_place

SCRIPT = """
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer

clients = boto3.client("dynamodb"), boto3.client("sqs")
"""
# The same without boto3, for an asset that has botocore only.
SCRIPT_WITHOUT_BOTO3 = """
from botocore.session import Session
from aws_lambda_powertools import Logger, Metrics, Tracer

session = Session()
clients = session.create_client("dynamodb"), session.create_client("sqs")
"""


def directory() -> Path:
    """Its packages, whole and with bytecode, in the versions of our own lock; made once for each lock and Python."""
    lock = ROOT / LOCK
    digest = hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()[:16]
    target = ROOT / ".greenroom" / "plain" / digest
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            built = Path(scratch) / "packages"
            _make(built, lock)
            move_into_place(built, target)
    return target


def _make(built: Path, lock: Path) -> None:
    packages = ["--constraint", str(lock), "boto3", "aws-lambda-powertools"]
    install = [uv.find_uv_bin(), "pip", "install", "--quiet", "--only-binary", ":all:", "--python", sys.executable]
    subprocess.run([*install, "--target", str(built), *packages], check=True)  # noqa: S603  # every word of it is ours
    compile_all = [sys.executable, "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash", str(built)]
    subprocess.run(compile_all, check=True)  # noqa: S603  # every word of it is ours
