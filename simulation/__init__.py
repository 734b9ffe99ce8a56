"""Executions of the real state machine with the real functions, thousands at a time, on a virtual clock.

| module | stands for |
| --- | --- |
| `scheduler` | time: a heap of wake-ups, one greenlet for each thing that goes on |
| `machine`, `expressions` | Step Functions: sfnx, with waits and retries that take their time |
| `functions`, `process` | Lambda: the real handlers, a latency for each call, a limit of concurrency |
| `followers` | Lambda's polling of a table's stream |
| `dynamodb` | DynamoDB, for single items, held against moto by a test |
| `service` | the simulated Nimble Studio of `local/simulator`, without sockets |
| `payloads` | how large payloads of Step Functions, Lambda, SQS, SNS and EventBridge may be |
| `wire` | the network: botocore's events, answered in the process |
| `deployment` | all of it together |
| `policies`, `load`, `figures` | what is compared, a burst of requests, and what is counted of it |

Beside that, nothing costs time: no transition of a state, no start of a function.
"""
