"""The configuration of the local JupyterHub; `__main__` says in the environment what is different each time.

Everything listens on 127.0.0.1. Nobody can log in with a password, for each server runs as the user who started all
this: the only ways in are the tokens that the service `greenroom` makes.
"""

import os
import sys
from pathlib import Path
from typing import Any

from traitlets.config import Config

c: Config = globals()["c"]  # JupyterHub puts it there before it reads this file

HOME = Path(os.environ["GREENROOM_HUB_HOME"])
# The token is for nobody who is started from here.
TOKEN = os.environ.pop("GREENROOM_HUB_TOKEN")


def on_loopback(name: str) -> str:
    return f"http://127.0.0.1:{os.environ[name]}"


def make_home(spawner: Any) -> None:
    """Fail the start where there can be no home; the spawner would start the server in another directory."""
    Path(spawner.home_dir).mkdir(parents=True, exist_ok=True)


c.JupyterHub.bind_url = on_loopback("GREENROOM_HUB_PORT")
c.JupyterHub.hub_bind_url = on_loopback("GREENROOM_HUB_INNER_PORT")
# `__main__` starts it, in the process group of the hub, which itself would start it in another one.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = on_loopback("GREENROOM_HUB_PROXY_PORT")
c.ConfigurableHTTPProxy.auth_token = os.environ.pop("CONFIGPROXY_AUTH_TOKEN")

# Servers do not outlive the hub, so there is nothing to remember of them.
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = str(HOME / "cookie_secret")
c.JupyterHub.active_server_limit = int(os.environ["GREENROOM_HUB_ACTIVE_SERVERS"])
c.JupyterHub.allow_named_servers = True
# A start is answered at once, as by hubs on Kubernetes, and not only once the server is there or slow.
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
c.JupyterHub.log_level = "WARN"

c.JupyterHub.authenticator_class = "shared-password"
c.Authenticator.allowed_users = set(os.environ["GREENROOM_HUB_USERS"].split(","))

# What Greenroom's token must be able to do, and no more: to start, look at and stop servers, and to make and revoke
# tokens. `servers` lets it read the names of users too.
c.JupyterHub.services = [{"name": "greenroom", "api_token": TOKEN}]
c.JupyterHub.load_roles = [{"name": "greenroom", "scopes": ["servers", "tokens"], "services": ["greenroom"]}]

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(HOME / "users" / "{username}")
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
# In the hub's process group, so that what stops the hub stops them.
c.LocalProcessSpawner.popen_kwargs = {"start_new_session": False}
# Since version 5 a server takes no token from a URL unless it is told to, and sends the browser to the hub's login.
c.Spawner.environment = {"JUPYTERHUB_ALLOW_TOKEN_IN_URL": "1"}
c.Spawner.args = [
    "--allow-root",
    # What takes time at the start, or asks the internet.
    "--ServerApp.jpserver_extensions=jupyter_lsp=False",
    "--ServerApp.jpserver_extensions=notebook_shim=False",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--Application.log_level=WARN",
]
c.Spawner.disable_user_config = True
c.Spawner.pre_spawn_hook = make_home
c.Spawner.ip = "127.0.0.1"
