"""DynamoDB in the process: GetItem, PutItem, UpdateItem, DeleteItem and TransactWriteItems, with their expressions.

It is much faster than moto, because it compiles an expression once, and it is held against moto by a test. It refuses
what it does not know, and what is more than DynamoDB takes (`limits`). What it leaves out: reads are always consistent,
nothing expires, no operation is throttled unless a test says so, and reserved words are not checked (the adapters' own
tests, with moto, do that).
"""

from simulation.dynamodb.errors import DynamoDbError
from simulation.dynamodb.service import DynamoDb

__all__ = ["DynamoDb", "DynamoDbError"]
