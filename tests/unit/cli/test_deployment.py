"""How a command finds the stack: by an output in the environment, else by CloudFormation."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from greenroom_cli.deployment import Deployment
from greenroom_cli.errors import NoStack
from greenroom_cli.target import Target
from tests.support.receiver import Receiver

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


@pytest.fixture
def cloudformation(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """The place where boto3 finds CloudFormation, in an environment that says nothing else."""
    for name, value in {
        "AWS_ENDPOINT_URL": receiver.url,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    for name in ("AWS_PROFILE", "ApiUrl", "GREENROOM_STACK"):
        monkeypatch.delenv(name, raising=False)
    return receiver


def _will_have(receiver: Receiver, **outputs: str) -> None:
    members = "".join(
        f"<member><OutputKey>{name}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
        for name, value in outputs.items()
    )
    stack = (
        "<StackName>Greenroom</StackName><CreationTime>2026-11-24T12:00:00Z</CreationTime>"
        f"<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{members}</Outputs>"
    )
    body = (
        f'<DescribeStacksResponse xmlns="{NAMESPACE}"><DescribeStacksResult><Stacks><member>{stack}</member></Stacks>'
        "</DescribeStacksResult></DescribeStacksResponse>"
    )
    receiver.will_answer(200, body.encode(), Content_Type="text/xml")


def test_an_output_in_the_environment_is_taken_and_nobody_is_asked(cloudformation: Receiver) -> None:
    deployment = Deployment(Target(), {"ApiUrl": "https://api.example/v1/"})
    assert deployment.output("ApiUrl") == "https://api.example/v1/"
    assert cloudformation.received == []


def test_what_the_environment_lacks_is_the_stacks(cloudformation: Receiver) -> None:
    _will_have(cloudformation, ApiUrl="https://stack.example/v1/")
    assert Deployment(Target(), {}).output("ApiUrl") == "https://stack.example/v1/"
    assert "StackName=Greenroom" in cloudformation.received[0].body


@pytest.mark.parametrize("place", [Target(stack="Two"), Target(region="eu-west-1")], ids=["stack", "region"])
def test_an_option_counts_more_than_the_environment(cloudformation: Receiver, place: Target) -> None:
    _will_have(cloudformation, ApiUrl="https://stack.example/v1/")
    deployment = Deployment(place, {"ApiUrl": "https://environment.example/v1/"})
    assert deployment.output("ApiUrl") == "https://stack.example/v1/"
    [call] = cloudformation.received
    assert f"StackName={place.stack or 'Greenroom'}" in call.body
    assert f"/{place.region or 'us-west-2'}/cloudformation/" in call.headers["Authorization"]


def test_the_stack_is_described_once(cloudformation: Receiver) -> None:
    _will_have(cloudformation, ApiUrl="a", TopicArn="b")
    deployment = Deployment(Target(), {})
    assert (deployment.output("ApiUrl"), deployment.output("TopicArn")) == ("a", "b")
    assert len(cloudformation.received) == 1


def test_a_stack_without_the_output_is_to_be_deployed_again(cloudformation: Receiver) -> None:
    _will_have(cloudformation, ApiUrl="a")
    with pytest.raises(NoStack, match="The stack Greenroom has no output TopicArn: deploy it again"):
        Deployment(Target(), {}).output("TopicArn")


def test_a_stack_that_is_not_there_is_named_with_what_to_try(cloudformation: Receiver) -> None:
    error = f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Code>ValidationError</Code><Message>Nowhere does not exist'
    cloudformation.will_answer(400, f"{error}</Message></Error></ErrorResponse>".encode(), Content_Type="text/xml")
    with pytest.raises(NoStack, match=r"The stack Nowhere cannot be read: Nowhere does not exist\. .*--region"):
        Deployment(Target(stack="Nowhere"), {}).output("ApiUrl")


def test_a_profile_that_is_not_there_is_named(cloudformation: Receiver) -> None:
    with pytest.raises(NoStack, match=r"cannot be read: .*nobody"):
        Deployment(Target(profile="nobody"), {}).output("ApiUrl")
    assert cloudformation.received == []


def test_without_credentials_no_call_is_signed(cloudformation: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(NoStack, match="There are no AWS credentials"):
        _ = Deployment(Target(), {"ApiUrl": cloudformation.url}).api
    assert cloudformation.received == []
