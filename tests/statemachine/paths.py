"""The parts of the flow, as the states that an execution enters."""

ACCEPTED = ("AcceptRequest", "PrepareSession", "IsSessionReady")
SESSION_AWAITED = ("WaitForSession", "PrepareSession", "IsSessionReady")
CREATED = ("CreateStream", "IsStreamReady")
STREAM_AWAITED = ("WaitForStream", "GetStream", "IsStreamReady")
HANDED_OVER = ("ConnectStream", "RecordReady", "Done")
ENDED_AS_FAILED = ("RecordFailure", "Fail")
