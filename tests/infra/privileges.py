"""Least privilege, written out: what each function may do, to what. `test_privileges.py` holds the template to it."""

from __future__ import annotations

ARN = "arn:AWS::Partition:{}:AWS::Region:AWS::AccountId:{}"
RECORDS = "StorageRecords"
CHANGES = "StorageRecords.StreamArn"
STREAM_URLS = "StorageStreamUrls"
SCHEDULES = "StorageSchedules"
OBSERVATIONS = "StorageSchedules.StreamArn"
PACES = "StoragePaces"
BATCHES = "StorageBatches"
BUS = "ChannelsBus"
TOPIC = "ChannelsTopic"
DEAD_LETTERS = "ChannelsDeadLetterQueue"
REJECTED = "ChannelsRejectedRequestsQueue"
DELIVERIES = "ChannelsDeliveryQueue"
EVENT_REQUESTS = "EventRequestsQueue"
QUEUES = {DEAD_LETTERS, REJECTED, DELIVERIES, EVENT_REQUESTS}
MACHINE = "WorkflowStateMachine"
BATCH_MACHINE = "BatchesStateMachine"
SECRET = "DeliveryWebhookSecret"  # noqa: S105  # the name of one
SIGNING_KEY = "DeliveryWebhookSigningKey"
LINK_SECRET = "ApiLinkSecret"  # noqa: S105  # as above
SESSIONS = ARN.format("nimble", "streaming-session/*")
EXECUTIONS = ARN.format("states", "execution:{stack}:*")  # every execution of the machine that has the stack's name
RUNS = ARN.format("states", f"execution:{BATCH_MACHINE}.Name:*")  # every execution of the machine of batches
CLIENTS = ARN.format("execute-api", "WebSocketApi/v1/POST/@connections/*")

SEND = {"sqs:SendMessage"}
# Lambda takes and deletes the messages; the function itself may only hide one.
CONSUME = {
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
FOLLOW = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
# What only Lambda may call, by the role of a function, and never the function's own code.
BY_LAMBDA = (CONSUME - {"sqs:ChangeMessageVisibility"}) | FOLLOW
POST = {"execute-api:ManageConnections"}
PACE = CHANGE = {"dynamodb:GetItem", "dynamodb:UpdateItem"}
DOORS = {"dynamodb:GetItem"}  # their item is in the table of paces
FIND = {"states:DescribeExecution"}
READ = {"secretsmanager:GetSecretValue"}

# What every function may do besides: write its own log and its traces, and use the key by way of what it is allowed.
MAY: dict[str, dict[str, set[str]]] = {
    "accept_event": {
        EVENT_REQUESTS: CONSUME,
        MACHINE: {"states:StartExecution"},
        EXECUTIONS: FIND,
        BUS: {"events:PutEvents"},
        REJECTED: SEND,
        PACES: {"dynamodb:PutItem"},  # the events that it starts: test_each_origin_has_one_writer
    },
    "accept_request": {
        RECORDS: {"dynamodb:GetItem", "dynamodb:PutItem"},
        SCHEDULES: {"dynamodb:GetItem"},
        PACES: DOORS,
    },
    "announce": {
        CHANGES: FOLLOW,
        RECORDS: {"dynamodb:UpdateItem"},
        STREAM_URLS: {"dynamodb:GetItem"},
        SCHEDULES: {"dynamodb:UpdateItem"},
        TOPIC: {"sns:Publish"},
        BUS: {"events:PutEvents"},
        DELIVERIES: SEND,
        CLIENTS: POST,
        LINK_SECRET: READ,
    },
    "api": {
        RECORDS: {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        f"{RECORDS}/index/owned": {"dynamodb:Query"},
        f"{RECORDS}/index/batch": {"dynamodb:Query"},
        BATCHES: {
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        },
        BATCH_MACHINE: {"states:StartExecution"},
        RUNS: {"states:StopExecution"},
        STREAM_URLS: {"dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem"},
        LINK_SECRET: READ,
        SCHEDULES: {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Scan"},
        PACES: DOORS,
        MACHINE: {"states:StartExecution"},
        EXECUTIONS: FIND | {"states:StopExecution"},
    },
    "begin_batch": {BATCHES: CHANGE, PACES: DOORS},
    "cancel_requests": {
        BATCHES: CHANGE | {"dynamodb:BatchGetItem"},
        RECORDS: {"dynamodb:UpdateItem"},
        f"{RECORDS}/index/batch": {"dynamodb:Query"},
        EXECUTIONS: {"states:StopExecution"},
    },
    "count_batch": {
        BATCHES: {"dynamodb:BatchGetItem", "dynamodb:GetItem"},
        f"{RECORDS}/index/batch": {"dynamodb:Query"},
    },
    "create_stream": {RECORDS: {"dynamodb:GetItem", "dynamodb:UpdateItem"}, PACES: PACE},
    "deliver": {
        DELIVERIES: CONSUME,
        DEAD_LETTERS: SEND,
        RECORDS: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        STREAM_URLS: {"dynamodb:GetItem"},
        PACES: PACE | {"dynamodb:DeleteItem", "dynamodb:PutItem"},
        TOPIC: {"sns:Publish"},
        BUS: {"events:PutEvents"},
        SECRET: READ,
        SIGNING_KEY: READ,
        LINK_SECRET: READ,
        CLIENTS: POST,
    },
    "end_batch": {BATCHES: CHANGE, TOPIC: {"sns:Publish"}, BUS: {"events:PutEvents"}},
    # It reads whether a record has ended, when a stream URL ends, and no more: test_get_stream_reads_no_url.
    "get_stream": {
        RECORDS: {"dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:UpdateItem"},
        STREAM_URLS: {"dynamodb:GetItem", "dynamodb:PutItem"},
        PACES: PACE,
    },
    "learn": {OBSERVATIONS: FOLLOW, SCHEDULES: {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}},
    "prepare_session": {RECORDS: {"dynamodb:GetItem", "dynamodb:UpdateItem"}, PACES: PACE},
    "reconcile": {
        RECORDS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        SCHEDULES: {"dynamodb:GetItem"},
        PACES: {"dynamodb:GetItem"},  # what came as an event
        EXECUTIONS: FIND,
        BUS: {"events:PutEvents"},
        REJECTED: SEND,
    },
    "reconcile_batch": {BATCHES: CHANGE, BATCH_MACHINE: {"states:StartExecution"}, REJECTED: SEND},
    "record_failure": {RECORDS: {"dynamodb:UpdateItem"}},
    "reject_request": {BUS: {"events:PutEvents"}, REJECTED: SEND},
    "release_session": {CHANGES: FOLLOW, RECORDS: {"dynamodb:UpdateItem"}, PACES: {"dynamodb:GetItem"}},
    "submit_slice": {
        BATCHES: CHANGE,
        RECORDS: {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        SCHEDULES: {"dynamodb:GetItem"},
        PACES: {"dynamodb:GetItem"},  # who has opened a connection
        MACHINE: {"states:StartExecution"},
        EXECUTIONS: FIND,
    },
    "sweep": {
        RECORDS: {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        f"{RECORDS}/index/due": {"dynamodb:Query"},
        EXECUTIONS: {"states:StopExecution"},
        DELIVERIES: SEND,
    },
    "sweep_batches": {
        BATCHES: CHANGE,
        f"{BATCHES}/index/due": {"dynamodb:Query"},
        BATCH_MACHINE: {"states:StartExecution"},
    },
    "websocket": {CLIENTS: POST, PACES: {"dynamodb:PutItem"}},  # as above
    "webhook_keys": {SIGNING_KEY: READ},
}

FLEETS, STACKS = ARN.format("appstream", "fleet/*"), ARN.format("appstream", "stack/*")
GROUPS = ARN.format("gameliftstreams", "streamgroup/*")
MAKE_A_URL = {
    GROUPS: {
        "gameliftstreams:CreateStreamUrl",
        "gameliftstreams:GetStreamGroup",
        "gameliftstreams:StartStreamSession",
    },
    ARN.format("gameliftstreams", "application/*"): {
        "gameliftstreams:CreateStreamUrl",
        "gameliftstreams:StartStreamSession",
    },
}
CALLERS = ("prepare_session", "create_stream", "get_stream", "release_session")
# What each provider adds, where it is enabled.
OF_PROVIDER: dict[str, dict[str, dict[str, set[str]]]] = {
    "nimble": {
        "prepare_session": {
            SESSIONS: {
                "nimble:CreateStreamingSessionStream",
                "nimble:GetStreamingSession",
                "nimble:StartStreamingSession",
            }
        },
        "create_stream": {SESSIONS: {"nimble:CreateStreamingSessionStream"}},
        "get_stream": {SESSIONS: {"nimble:GetStreamingSessionStream"}},
        "release_session": {SESSIONS: {"nimble:GetStreamingSession", "nimble:StopStreamingSession"}},
    },
    "appstream": {
        "prepare_session": {FLEETS: {"appstream:StartFleet"}},
        "get_stream": {FLEETS: {"appstream:CreateStreamingURL"}, STACKS: {"appstream:CreateStreamingURL"}},
        "release_session": {FLEETS: {"appstream:StopFleet"}},
    },
    "gameliftstreams": {
        "prepare_session": MAKE_A_URL,
        "create_stream": MAKE_A_URL,
        "get_stream": {GROUPS: {"gameliftstreams:GetStreamGroup", "gameliftstreams:GetStreamUrl"}},
        "release_session": {
            **MAKE_A_URL,
            GROUPS: MAKE_A_URL[GROUPS] | {"gameliftstreams:RevokeStreamUrl"},
        },
    },
    "dcv": {name: {"ProvidersDcvSecret": READ} for name in CALLERS},
    "jupyterhub": {name: {"ProvidersJupyterhubSecret": READ} for name in CALLERS},
}

# What settings add: webhooks to the APIs that `callbackApiArns` names, renewal by the same flow, batches
# from the buckets that `batchBuckets` names, and a note of an owner's batches where `maxBatchRequests` bounds them.
CALLBACK_API = "arn:aws:execute-api:us-west-2:123456789012:api/v1/POST/hook"
CLASSES = "arn:AWS::Partition:s3:::classes/*"
MAY_IF_SET: dict[str, dict[str, set[str]]] = {
    "api": {
        CLASSES: {"s3:GetObject"},
        PACES: {"dynamodb:UpdateItem"},
        f"{RECORDS}/index/owner": {"dynamodb:Query"},  # by the release before, until its functions are replaced
    },
    "deliver": {CALLBACK_API: {"execute-api:Invoke"}, MACHINE: {"states:StartExecution"}, EXECUTIONS: FIND},
}

NO_PACES = ("not doors", "not holder/*", "not host:*", "not connection/*", "not event/*", "not usage/*")
# The items of the table of paces that a function may touch; `not` stands before those that it may not.
ITEMS: dict[str, tuple[str, ...]] = {
    "accept_event": ("event/*",),
    "accept_request": ("doors", "event/*"),
    "api": ("doors", "connection/*"),
    "begin_batch": ("doors",),
    "create_stream": NO_PACES,
    "deliver": ("host:*",),
    "get_stream": NO_PACES,
    "prepare_session": (*NO_PACES, "holder/*"),
    "reconcile": ("event/*",),
    "release_session": ("holder/*",),
    "submit_slice": ("connection/*",),
    "websocket": ("connection/*",),
}

# The events that a function may put on the bus, all with Greenroom's source.
OUTCOMES = {"Stream Cancelled", "Stream Failed", "Stream Ready", "Stream Timed Out"}
EVENTS: dict[str, set[str]] = {
    "accept_event": {"Stream Rejected"},
    "announce": OUTCOMES,
    "deliver": OUTCOMES,
    "end_batch": {"Batch Cancelled", "Batch Finished"},
    "reconcile": {"Stream Rejected"},
    "reject_request": {"Stream Rejected"},
}

# Actions that are allowed on any resource; `greenroom_cdk/findings.py` and the providers have their reasons.
TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
FLEET = {"appstream:DescribeFleets"}
IN_A_VPC = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
LOG_DELIVERY = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
OF_A_MACHINE = TRACES | LOG_DELIVERY | {"xray:GetSamplingRules", "xray:GetSamplingTargets"}


def on_anything(function: str) -> set[str]:
    """What a function may do on any resource where every provider is enabled, in a VPC."""
    if function not in CALLERS:
        return TRACES
    # Of WorkSpaces Applications, a create calls nothing.
    return TRACES | IN_A_VPC | (set() if function == "create_stream" else FLEET)


def expected(*tables: dict[str, dict[str, set[str]]]) -> dict[str, dict[str, set[str]]]:
    """Several tables as one: function → resource → actions."""
    merged: dict[str, dict[str, set[str]]] = {}
    for table in tables:
        for function, resources in table.items():
            for resource, actions in resources.items():
                kept = merged.setdefault(function, {}).setdefault(resource, set())
                kept |= actions
    return merged
