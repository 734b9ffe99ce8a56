"""The plug as a function connects it: its settings from the environment, its secret, the authorities that it trusts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from greenroom.domain.errors import ServiceRefused
from greenroom.domain.values import Status
from greenroom.providers.catalogue import connector_of, fields_of, settings_of
from greenroom.providers.dcv.fields import DcvFields
from greenroom.providers.dcv.service import DcvSessions, connect
from greenroom.providers.dcv.settings import DcvSettings
from greenroom.providers.port import Wiring
from tests.contract.support import Control
from tests.support.receiver import Receiver, receive
from tests.unit.conftest import AwsClient
from tests.unit.providers.certificates import make_authority
from tests.unit.providers.dcv.conftest import SECRET_ARN, put_secret
from tests.unit.providers.dcv.sessions import NOW_MADE, TOKEN, Sessions, asked_by


def no_aws_client(service: str) -> None:
    raise AssertionError(f"no client of {service} is needed")


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[Path, Receiver]]:
    """Return the PEM file of an authority of your own, and a broker whose certificate it signed."""
    bundle, context = make_authority(tmp_path)
    with receive(context) as broker:
        broker.will_answer(200, {"Sessions": [{"Id": "s", "State": "READY"}]})
        yield bundle, broker


def test_the_catalogue_has_all_of_it() -> None:
    assert (fields_of("dcv"), settings_of("dcv"), connector_of("dcv")) == (DcvFields, DcvSettings, connect)


def test_settings_and_secret_come_from_the_environment(
    broker: Control, sessions: Sessions, receiver: Receiver, aws_client: AwsClient
) -> None:
    put_secret(receiver, "dcv-simulator-secret")
    variables = {
        "DCV_BROKER_URL": f"{broker.url}/",
        "DCV_TOKEN_URL": f"{broker.url}/oauth2/token",
        "DCV_TOKEN_SCOPE": "dcv-session-manager/sm_scope",
        "DCV_GATEWAY_URL": "https://desktops.example",
        "DCV_TOKEN_MINUTES": "1440",
        "DCV_SECRET_ARN": SECRET_ARN,
    }
    dcv = connect(Wiring(aws_client, variables))
    assert dcv.endpoint == broker.url
    sessions.behave(readyAfterSeconds=0)
    made = dcv.create(asked_by(), TOKEN)
    assert dcv.connect(asked_by(), str(made.stream_id)).url.startswith("https://desktops.example/?authToken=")
    assert SECRET_ARN in receiver.received[0].body


def test_a_broker_without_authorisation_needs_no_secret(broker: Control, sessions: Sessions) -> None:
    sessions.behave("greenroom", authorization=False)
    dcv = connect(Wiring(no_aws_client, DcvSettings(dcv_broker_url=broker.url).variables()))
    assert dcv.create(asked_by(), TOKEN).status is Status.PENDING


def connected_to(broker: Receiver, bundle: Path | None) -> DcvSessions:
    url, ca_bundle = broker.url.replace("http:", "https:"), str(bundle) if bundle else None
    return connect(Wiring(no_aws_client, DcvSettings(dcv_broker_url=url, dcv_ca_bundle=ca_bundle).variables()))


def test_a_broker_s_own_authority_is_trusted_by_its_bundle(authority: tuple[Path, Receiver]) -> None:
    bundle, broker = authority
    assert connected_to(broker, bundle).describe(asked_by(), "s", NOW_MADE).status is Status.READY


def test_a_certificate_that_nobody_trusts_names_the_broker_and_the_setting(authority: tuple[Path, Receiver]) -> None:
    _, broker = authority
    with pytest.raises(ServiceRefused, match=r"https://127\.0\.0\.1:\d+ is not trusted .* set dcvCaBundle") as caught:
        connected_to(broker, None).create(asked_by(), TOKEN)
    assert caught.value.name == "CertificateNotTrusted"
    assert broker.received == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("dcvBrokerUrl", "http://broker.example:8443"),
        ("dcvTokenUrl", "https://broker.example/oauth2/token?grant_type=client_credentials"),
        ("dcvTokenScope", ""),
        ("dcvTokenScope", "a  b"),
        ("dcvTokenScope", "a\nb"),
        ("dcvGatewayUrl", "gateway.example"),
        ("dcvTokenMinutes", 0),
        ("dcvTokenMinutes", 3601),
        ("dcvVerifyCertificates", False),
    ],
)
def test_a_setting_that_breaks_its_rule_is_refused(setting: str, value: object) -> None:
    """There is none that switches the checks of certificates off."""
    with pytest.raises(ValidationError) as caught:
        DcvSettings.model_validate({"dcvBrokerUrl": "https://broker.example", setting: value})
    assert [error["loc"] for error in caught.value.errors()] == [(setting,)]
