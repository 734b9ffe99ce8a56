"""Least privilege, written out: what each function may do, to what. `test_privileges.py` holds the template to it."""

from __future__ import annotations

ARN = "arn:AWS::Partition:{}:AWS::Region:AWS::AccountId:{}"
REQUESTS = "StorageRequests"
CHANGES = "StorageRequests.StreamArn"
CONNECTIONS = "StorageConnections"
BUS = "ChannelsBus"
TOPIC = "ChannelsTopic"
DEAD_LETTERS = "ChannelsDeadLetterQueue"
DELIVERIES = "ChannelsDeliveryQueue"
MACHINE = "WorkflowStateMachine"
SECRET = "DeliveryWebhookSecret"  # noqa: S105  # the name of one
SESSIONS = ARN.format("nimble", "streaming-session/*")
EXECUTIONS = ARN.format("states", "execution:Greenroom:*")
CLIENTS = ARN.format("execute-api", "WebSocketCallbacksApi/v1/POST/@connections/*")

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
    "accept_event": {MACHINE: {"states:StartExecution"}, BUS: {"events:PutEvents"}, DEAD_LETTERS: SEND},
    "accept_request": {REQUESTS: {"dynamodb:GetItem", "dynamodb:PutItem"}},
    "announce": {CHANGES: FOLLOW, DELIVERIES: SEND, DEAD_LETTERS: SEND, CLIENTS: POST},
    "api": {
        REQUESTS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        f"{REQUESTS}/index/owner": {"dynamodb:Query"},
        CONNECTIONS: {"dynamodb:GetItem", "dynamodb:DeleteItem"},
        MACHINE: {"states:StartExecution"},
        EXECUTIONS: {"states:StopExecution"},
    },
    "connect_stream": {CONNECTIONS: {"dynamodb:PutItem"}, SESSIONS: {"nimble:GetStreamingSessionStream"}},
    "create_stream": {REQUESTS: {"dynamodb:UpdateItem"}, SESSIONS: {"nimble:CreateStreamingSessionStream"}},
    "deliver": {
        DELIVERIES: CONSUME,
        DEAD_LETTERS: SEND,
        REQUESTS: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        CONNECTIONS: {"dynamodb:GetItem"},
        TOPIC: {"sns:Publish"},
        BUS: {"events:PutEvents"},
        SECRET: {"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"},
        CLIENTS: POST,
    },
    "get_stream": {REQUESTS: {"dynamodb:UpdateItem"}, SESSIONS: {"nimble:GetStreamingSessionStream"}},
    "prepare_session": {
        REQUESTS: {"dynamodb:UpdateItem"},
        SESSIONS: {"nimble:GetStreamingSession", "nimble:StartStreamingSession"},
    },
    "publish_failure": {REQUESTS: {"dynamodb:UpdateItem"}},
    "publish_ready": {REQUESTS: {"dynamodb:UpdateItem"}},
    "reconcile": {
        REQUESTS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        DEAD_LETTERS: SEND,
    },
    "reject_request": {BUS: {"events:PutEvents"}, DEAD_LETTERS: SEND},
    "release_session": {
        CHANGES: FOLLOW,
        DEAD_LETTERS: SEND,
        SESSIONS: {"nimble:GetStreamingSession", "nimble:StopStreamingSession"},
    },
    "sweep": {
        REQUESTS: {"dynamodb:UpdateItem"},
        f"{REQUESTS}/index/deadline": {"dynamodb:Query"},
        EXECUTIONS: {"states:StopExecution"},
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
