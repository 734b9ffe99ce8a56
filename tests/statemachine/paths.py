"""The parts of the flow, as the states that an execution enters."""

ACCEPTED = ("AcceptRequest", "PrepareSession", "IsSessionReady")
SESSION_AWAITED = ("WaitForSession", "PrepareSession", "IsSessionReady")
CREATED = ("CreateStream", "IsStreamReady")
ROOM_AWAITED = ("WaitForCapacity", "CreateStream", "IsStreamReady")
STREAM_AWAITED = ("WaitForStream", "GetStream", "IsStreamReady")
CONNECTED = ("GetStream", "IsStreamReady")
ENDED_AS_FAILED = ("RecordFailure", "Fail")
