"""Least privilege, written out: what each function may do, to what. `test_privileges.py` holds the template to it."""

from __future__ import annotations

ARN = "arn:AWS::Partition:{}:AWS::Region:AWS::AccountId:{}"
RECORDS = "StorageRecords"
CHANGES = "StorageRecords.StreamArn"
STREAM_URLS = "StorageStreamUrls"
BUS = "ChannelsBus"
TOPIC = "ChannelsTopic"
DEAD_LETTERS = "ChannelsDeadLetterQueue"
REJECTED = "ChannelsRejectedRequestsQueue"
DELIVERIES = "ChannelsDeliveryQueue"
MACHINE = "WorkflowStateMachine"
SECRET = "DeliveryWebhookSecret"  # noqa: S105  # the name of one
SESSIONS = ARN.format("nimble", "streaming-session/*")
EXECUTIONS = ARN.format("states", "execution:{stack}:*")  # every execution of the machine that has the stack's name
CLIENTS = ARN.format("execute-api", "WebSocketApi/v1/POST/@connections/*")

# CDK's own grants, as they are.
SEND = {"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"}
CONSUME = {
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
}
FOLLOW = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
POST = {"execute-api:ManageConnections"}

# What every function may do besides: write its own log and its traces, and use the key for what it is allowed.
MAY: dict[str, dict[str, set[str]]] = {
    "accept_event": {MACHINE: {"states:StartExecution"}, BUS: {"events:PutEvents"}, REJECTED: SEND},
    "accept_request": {RECORDS: {"dynamodb:GetItem", "dynamodb:PutItem"}},
    "announce": {CHANGES: FOLLOW, RECORDS: {"dynamodb:UpdateItem"}, DELIVERIES: SEND, CLIENTS: POST},
    "api": {
        RECORDS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        f"{RECORDS}/index/owner": {"dynamodb:Query"},
        STREAM_URLS: {"dynamodb:GetItem", "dynamodb:DeleteItem"},
        MACHINE: {"states:StartExecution"},
        EXECUTIONS: {"states:StopExecution"},
    },
    "connect_stream": {STREAM_URLS: {"dynamodb:PutItem"}, SESSIONS: {"nimble:GetStreamingSessionStream"}},
    "create_stream": {RECORDS: {"dynamodb:UpdateItem"}, SESSIONS: {"nimble:CreateStreamingSessionStream"}},
    "deliver": {
        DELIVERIES: CONSUME,
        DEAD_LETTERS: SEND,
        RECORDS: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        STREAM_URLS: {"dynamodb:GetItem"},
        TOPIC: {"sns:Publish"},
        BUS: {"events:PutEvents"},
        SECRET: {"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"},
        CLIENTS: POST,
    },
    "get_stream": {RECORDS: {"dynamodb:UpdateItem"}, SESSIONS: {"nimble:GetStreamingSessionStream"}},
    "prepare_session": {
        RECORDS: {"dynamodb:UpdateItem"},
        SESSIONS: {"nimble:GetStreamingSession", "nimble:StartStreamingSession"},
    },
    "reconcile": {
        RECORDS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        REJECTED: SEND,
    },
    "record_failure": {RECORDS: {"dynamodb:UpdateItem"}},
    "record_ready": {RECORDS: {"dynamodb:UpdateItem"}},
    "reject_request": {BUS: {"events:PutEvents"}, REJECTED: SEND},
    "release_session": {
        CHANGES: FOLLOW,
        RECORDS: {"dynamodb:UpdateItem"},
        SESSIONS: {"nimble:GetStreamingSession", "nimble:StopStreamingSession"},
    },
    "sweep": {
        RECORDS: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        f"{RECORDS}/index/due": {"dynamodb:Query"},
        EXECUTIONS: {"states:StopExecution"},
        DELIVERIES: SEND,
    },
    "websocket": {CLIENTS: POST},
}

# What settings add: webhooks to the APIs that `callbackApiArns` names, and renewal by the same flow.
CALLBACK_API = "arn:aws:execute-api:us-west-2:123456789012:api/v1/POST/hook"
MAY_IF_SET: dict[str, dict[str, set[str]]] = {
    "deliver": {CALLBACK_API: {"execute-api:Invoke"}, MACHINE: {"states:StartExecution"}},
}

# Actions that are allowed on every resource, each with its reason.
ON_ANYTHING = {
    "xray:PutTelemetryRecords": "X-Ray has no resource ARNs for what is written to it",
    "xray:PutTraceSegments": "as above",
    "xray:GetSamplingRules": "as above; only the state machine asks for them",
    "xray:GetSamplingTargets": "as above",
    "dynamodb:ListStreams": "CDK's grant for a consumer of a stream; it lists ARNs and reads nothing",
    "logs:CreateLogDelivery": "Log delivery has no resource ARNs; only the state machine uses it",
    "logs:DeleteLogDelivery": "as above",
    "logs:DescribeLogGroups": "as above",
    "logs:DescribeResourcePolicies": "as above",
    "logs:GetLogDelivery": "as above",
    "logs:ListLogDeliveries": "as above",
    "logs:PutResourcePolicy": "as above",
    "logs:UpdateLogDelivery": "as above",
}
# CDK's grants on encrypted queues and topics name the variants of two of the key's actions by a pattern.
PATTERNS = {"kms:GenerateDataKey*", "kms:ReEncrypt*"}
