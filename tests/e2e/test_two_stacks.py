"""A second deployment beside the first, in one account and region: neither knows of the other."""

from __future__ import annotations

from greenroom_cli.client import Api
from tests.e2e.deployed import Deployed, eventually, new_session_id


def test_two_stacks_live_side_by_side(deployed: Deployed) -> None:
    second = deployed.stack.deploy("GreenroomTwo")
    assert second.keys() == deployed.outputs.keys()
    settings = {"IdentityRules"}  # the same, as it should be
    assert [name for name, place in second.items() if place == deployed.outputs[name]] == [*settings]
    session_id = new_session_id()
    deployed.set_session(session_id, readyAfterSeconds=0)
    api = Api(deployed.session, second["ApiUrl"])

    _, _, asked = api.call("POST", "streams", {"provider": "nimble", "studioId": "studio", "sessionId": session_id})

    def ready() -> bool | None:
        return api.call("GET", f"streams/{asked['id']}")[2]["state"] == "ready" or None

    assert eventually(ready, f"stream of {asked['id']}")
    executions = deployed.sfn.list_executions(stateMachineArn=second["StateMachineArn"])["executions"]
    assert [execution["name"] for execution in executions] == [asked["id"]]
    assert deployed.api.call("GET", f"streams/{asked['id']}")[0] == 404
    assert not deployed.topic.find(lambda message: message["data"]["id"] == asked["id"])
