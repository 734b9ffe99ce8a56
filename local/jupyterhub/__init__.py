"""A real JupyterHub on this machine: `with JupyterHub(home) as hub:`, or `python -m local.jupyterhub`."""

from local.jupyterhub.browser import open_as_a_browser
from local.jupyterhub.hub import USERS, JupyterHub

__all__ = ["USERS", "JupyterHub", "open_as_a_browser"]
