"""The local stack: the emulator, the streaming services, and Greenroom deployed into them by the CDK CLI."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import boto3

from local.cdk import ROOT, run_cdk
from local.processes import StackError, free_port, start, stop, wait_until_it_answers
from local.services import JUPYTERHUB, SIMULATED, Services

REGION = "us-west-2"
ACCOUNT = "000000000000"
# The URLs of the local services end soon; the account's root may see every request. Batches may be objects of the
# bucket `classes`, for who makes it.
LOCAL_SETTINGS = {
    "renewExpiredUrls": "true",
    "administrators": f"arn:aws:iam::{ACCOUNT}:root",
    "batchBuckets": "classes",
}

# A word of each process's command line, by which it is known when it is stopped.
_PROGRAMS = {"emulator": "local.emulator", "simulators": "local.simulator", JUPYTERHUB: "local.jupyterhub"}

Report = Callable[[str], None]


class LocalStack:
    """Everything on free loopback ports, with its state and logs under `home`.

    `auth` makes the emulator evaluate IAM policies; `hub` starts a real JupyterHub too; `settings` are the
    deployment's, as `-c` would pass them. `source`: the tree that is deployed, such as that of another release. As a
    context manager it stops what it started, whatever happens.
    """

    def __init__(
        self,
        home: Path,
        *,
        auth: bool = False,
        hub: bool = False,
        report: Report = print,
        settings: Mapping[str, str] = LOCAL_SETTINGS,
        source: Path = ROOT,
    ) -> None:
        self._home = home.resolve()
        self._auth = auth
        self._settings = settings
        self._report = report
        self.source = source
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        self.services = Services(hub=hub)
        self.outputs: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a client needs to talk to the stack; the same names as in the `env` file."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **self.services.variables,
        }

    @property
    def session(self) -> boto3.Session:
        """Credentials and region; clients of it are pointed at `endpoint`."""
        return boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def up(self) -> None:
        """Start, bootstrap, deploy; or stop again. StackError says what failed, and in which log to look."""
        if self._processes_file.exists():
            raise StackError(f"A local stack runs already ({self._processes_file}); stop it with `make down`")
        try:
            self._bring_up()
        except BaseException:
            self.down()
            raise

    def _bring_up(self) -> None:
        self._report(f"starting the emulator and the services {', '.join(self._started_services)}")
        self._start_emulator()
        self._start_simulators()
        if self.services.has_hub:
            self.start_hub()
        self._report("bootstrapping the CDK")
        self._cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=self._home)
        self.outputs = self.deploy()

    def deploy(self, stack_name: str | None = None, **more: str) -> dict[str, str]:
        """Deploy the stack that the settings name, or one of another name beside it. Returns its outputs.

        `more`: settings of this one deployment.
        """
        settings = {**self.services.settings, **self._settings, **more}
        if stack_name:
            settings["stackName"] = stack_name
        outputs = self.deploy_app("local.app", stack_name or "Greenroom", settings)
        self.services.put_secrets(self.session.client("secretsmanager", endpoint_url=self.endpoint), outputs)
        return outputs

    def deploy_app(self, module: str, name: str, settings: Mapping[str, str]) -> dict[str, str]:
        """Deploy the one stack of an app, which `python -m {module}` synthesises. Returns the stack's outputs."""
        self._report(f"deploying {name} with the CDK CLI")
        home = self._home / name
        home.mkdir(parents=True, exist_ok=True)
        context = [word for key, value in settings.items() for word in ("--context", f"{key}={value}")]
        self._cdk(
            "deploy", "--app", f"{sys.executable} -m {module}", "--output", str(home / "cdk.out"),
            "--require-approval", "never", "--outputs-file", str(home / "outputs.json"), *context, cwd=self.source,
        )  # fmt: skip
        # The app has one stack, whatever its name is.
        (outputs,) = json.loads((home / "outputs.json").read_text()).values()
        return dict(outputs)

    def down(self) -> None:
        """Stop what `up` started, in this process or an earlier one."""
        for name, process_id in self._running().items():
            self._report(f"stopping the {name}")
            stop(process_id, _PROGRAMS[name])
        self._processes_file.unlink(missing_ok=True)
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def _started_services(self) -> tuple[str, ...]:
        return (*SIMULATED, JUPYTERHUB) if self.services.has_hub else SIMULATED

    @property
    def _scratch(self) -> Path:
        return self._home / "scratch"

    @property
    def _processes_file(self) -> Path:
        return self._home / "processes.json"

    def _running(self) -> dict[str, int]:
        return json.loads(self._processes_file.read_text()) if self._processes_file.exists() else {}

    def _start_emulator(self) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        environment = (
            os.environ
            | self.environment
            | {
                "AUTH": str(self._auth).lower(),
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": self.endpoint.rsplit(":", 1)[1],
                "MINISTACK_HOST": "127.0.0.1",
                "MINISTACK_REGION": REGION,
                # It unpacks every function's code there, and leaves it behind.
                "TMPDIR": str(self._scratch),
            }
        )
        command = ["python", "-m", _PROGRAMS["emulator"]]
        self._start("emulator", command, environment, f"{self.endpoint}/_ministack/health")

    def _start_simulators(self) -> None:
        urls = {name: self.services.urls[name] for name in SIMULATED}
        ports = [f"{name}={url.rsplit(':', 1)[1]}" for name, url in urls.items()]
        command = ["python", "-m", _PROGRAMS["simulators"], "--host", "127.0.0.1", *ports]
        self._start("simulators", command, os.environ, *(f"{url}/_simulator/calls" for url in urls.values()))

    def start_hub(self) -> None:
        """Start the JupyterHub, which the deployment knows already."""
        url = self.services.urls[JUPYTERHUB]
        command = ["python", "-m", _PROGRAMS[JUPYTERHUB], "--port", url.rsplit(":", 1)[1], "--home"]
        token = {"GREENROOM_HUB_TOKEN": self.services.hub_token}
        self._start(JUPYTERHUB, [*command, str(self._home / JUPYTERHUB)], os.environ | token, f"{url}/hub/health")

    def _start(self, name: str, command: list[str], environment: Mapping[str, str], *health: str) -> None:
        log = self._home / "logs" / f"{name}.log"
        executable = Path(sys.executable).parent / command[0]
        process = start([str(executable), *command[1:]], log=log, environment=environment)
        self._processes_file.write_text(json.dumps(self._running() | {name: process.pid}))
        for url in health:
            wait_until_it_answers(url, process, log=log)

    def _cdk(self, verb: str, *arguments: str, cwd: Path) -> None:
        log = self._home / "logs" / f"cdk-{verb}.log"
        # Before the packages that are installed, which are this tree's.
        packages = os.pathsep.join(str(self.source / name) for name in (".", "cli", "infra", "lambdas"))
        environment = {**self.environment, "PYTHONPATH": packages}
        run_cdk(verb, *arguments, cwd=cwd, environment=environment, log=log)
