"""The cost of a stream, counted in a run of the real definition and the real functions, at list prices of us-west-2.

`python -m bench.costs [--json]` prints it, `--write` puts the tables into docs/cost.md. It takes half a minute.

| module | has |
| --- | --- |
| `stage`, `requests` | a deployment on virtual time, and the requests that are played on it |
| `meter` | what is counted: calls, request units, CPU, bytes of logs |
| `bill`, `idle` | what that costs: a stream, a month without any |
| `others` | other engines for the same work, on paper |
| `growth`, `limits` | how it grows, and what is met first |
| `measuring`, `tables`, `page` | all of it as JSON, as tables, and in docs/cost.md |
"""

from bench.costs.measuring import measure

__all__ = ["measure"]
