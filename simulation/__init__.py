"""Executions of the real state machine with the real functions, thousands at a time, on a virtual clock.

| module | stands for |
| --- | --- |
| `scheduler` | time: a heap of wake-ups, one greenlet for each thing that goes on |
| `machine` | Step Functions: sfnx, with waits and retries that take their time |
| `process` | Lambda: the real handlers, imported into an environment of their own |
| `followers` | Lambda's polling of a table's stream |
| `dynamodb` | DynamoDB with its limits, held against moto by a test |
| `service` | a simulated streaming service of `local/simulator`, without sockets |
| `payloads` | how large payloads of Step Functions, Lambda, SQS, SNS and EventBridge may be |
| `wire` | the network: botocore's events, answered in the process |
| `deployment` | all of it together, for a benchmark, with Lambda's latency and limit of concurrency |
| `policies`, `load`, `figures` | what is compared, a burst of requests, and what is counted of it |

For the campaign, `world` makes a deployment from the synthesised template, with the services of `aws`.

Beside that, nothing costs time: no transition of a state, no start of a function.
"""
