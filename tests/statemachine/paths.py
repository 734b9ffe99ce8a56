"""The parts of the flow, as the states that an execution enters."""

ACCEPTED = ("AcceptRequest",)
CREATED = ("CreateStream", "IsStreamReady")
SESSION_AWAITED = ("WaitForSession", "CreateStream", "IsStreamReady")
STREAM_AWAITED = ("WaitForStream", "GetStream", "IsStreamReady")
CONNECTED = ("GetStream", "IsStreamReady")
ENDED_AS_FAILED = ("RecordFailure", "Fail")
