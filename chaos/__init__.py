"""The campaign: many short runs of the whole deployment, each with faults of its own, held against what must hold.

`make chaos` runs it. A run is a world of `simulation` made from the synthesised template; its requests, its faults and
every duration come from its seed. docs/chaos.md says how to read what it finds.
"""
