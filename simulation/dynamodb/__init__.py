"""DynamoDB in the process: single items, transactions, batches, Query and Scan, with their expressions.

It is much faster than moto, because it compiles an expression once, and it is held against moto by a test. It refuses
what it does not know, and what is more than DynamoDB takes (`limits`). What it leaves out: reads of a table are always
consistent, nothing expires and no index lags, no operation is throttled and no batch is cut short unless its user says
so (`expire`, `lag`, `throughput`, `refuses`, `leaves`), and reserved words are not checked (the adapters' own tests,
with moto, do that).
"""

from simulation.dynamodb.service import DynamoDb
from simulation.dynamodb.tables import Index, Table
from simulation.dynamodb.values import DynamoDbError

__all__ = ["DynamoDb", "DynamoDbError", "Index", "Table"]
