"""A package with a file of its own: a development package installs its tests under this name, and would be found first."""
