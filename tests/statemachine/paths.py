"""The parts of the flow, as the states that an execution enters."""

ACCEPTED = ("AcceptRequest", "PrepareSession", "IsStreamReady")
SESSION_AWAITED = ("WaitForSession", "PrepareSession", "IsStreamReady")
CREATED = ("CreateStream", "IsStreamReady")
ROOM_AWAITED = ("WaitForCapacity", "CreateStream", "IsStreamReady")
STREAM_AWAITED = ("WaitForStream", "GetStream", "IsStreamReady")
CONNECTED = ("GetStream", "IsStreamReady")
ENDED_AS_FAILED = ("RecordFailure", "Fail")
