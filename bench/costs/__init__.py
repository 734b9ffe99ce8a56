"""The cost of a stream, counted in a run of the real definition and the real functions, at list prices of us-west-2.

`python -m bench.costs [--json]` prints it, `--write` puts the tables into docs/cost.md. It takes half a minute.

| module | has |
| --- | --- |
| `stage` | a deployment on virtual time, and the requests that are played on it |
| `meter` | what is counted: calls, request units, CPU, bytes of logs |
| `bill` | what that costs: a stream, a month without any, other engines |
| `tables` | the tables of the page, and how the costs grow |
"""

from bench.costs.tables import measure

__all__ = ["measure"]
