"""Quotas of active stream URLs, and the list of them."""

from __future__ import annotations

import pytest

from tests.contract.services import TOKEN, Api
from tests.contract.support import Client, FakeClock


def test_a_group_has_five_active_urls_at_most(api: Api) -> None:
    for _ in range(5):
        api.make()
    with pytest.raises(api.client.exceptions.ServiceQuotaExceededException) as raised:
        api.make()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert api.make("other")


def test_an_account_has_twenty_active_urls_at_most(api: Api) -> None:
    for number in range(20):
        api.make(f"group-{number // 5}")
    with pytest.raises(api.client.exceptions.ServiceQuotaExceededException, match="account"):
        api.make("another")


def test_a_url_that_is_over_does_not_count(api: Api, client: Client, clock: FakeClock) -> None:
    made = [api.make(UrlExpiresAfterMinutes=1), *(api.make() for _ in range(4))]
    client.revoke_stream_url(Identifier="s", StreamUrlIdentifier=made[-1]["StreamUrlId"])
    assert api.make()
    clock.advance(60)
    assert api.make()
    with pytest.raises(api.client.exceptions.ServiceQuotaExceededException):
        api.make()


def test_a_repeated_client_token_is_answered_in_a_full_group_too(api: Api) -> None:
    first = api.make(token=TOKEN)
    for _ in range(4):
        api.make()
    assert api.make(token=TOKEN)["StreamUrlId"] == first["StreamUrlId"]


def test_urls_are_listed_the_newest_first_by_group_and_status(api: Api, client: Client, clock: FakeClock) -> None:
    first = api.make(UrlExpiresAfterMinutes=1)
    second, other = api.make(), api.make("other")
    clock.advance(60)

    def listed(**filters: object) -> list[str]:
        pages = client.get_paginator("list_stream_urls").paginate(**filters)
        return [item["StreamUrlId"] for page in pages for item in page["Items"]]

    ids = [made["StreamUrlId"] for made in (other, second, first)]
    assert listed() == listed(PaginationConfig={"PageSize": 1}) == ids
    assert listed(StreamGroupIdentifier="s") == ids[1:]
    assert listed(StreamGroupIdentifier="s", Status="EXPIRED") == ids[2:]


@pytest.mark.parametrize(
    "parameters", [{"MaxResults": 0}, {"MaxResults": 101}, {"MaxResults": "x"}, {"NextToken": "x"}]
)
def test_a_page_that_cannot_be_is_refused(parameters: dict[str, object], client: Client) -> None:
    with pytest.raises(client.exceptions.ValidationException, match=next(iter(parameters))):
        client.list_stream_urls(**parameters)
