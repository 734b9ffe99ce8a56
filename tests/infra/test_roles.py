"""The table of roles and the ways to a URL leaves out no grant that could be one."""

from __future__ import annotations

from tools.roles import LINK_SECRET, QUEUES, URLS, WAYS, Grant, grants, ways

# What is granted on the things that lead to a URL, and is none.
HARMLESS = {
    # Of a URL that it locked away GetStream reads the expiry: test_get_stream_reads_no_url.
    "dynamodb:GetItem",
    "secretsmanager:DescribeSecret",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    # A delivery names a request and a target, an event holds a request.
    "sqs:ReceiveMessage",
    # Calls of services that make no URL, and read none.
    "appstream:StartFleet",
    "appstream:StopFleet",
    "appstream:DescribeFleets",
    "gameliftstreams:GetStreamGroup",
    "gameliftstreams:RevokeStreamUrl",
    "nimble:GetStreamingSession",
    "nimble:StartStreamingSession",
    "nimble:StopStreamingSession",
}
SERVICES = ("appstream:", "gameliftstreams:", "nimble:")


def leads_to_urls(grant: Grant) -> bool:
    is_on = any(map(grant.is_on, (URLS, LINK_SECRET, *QUEUES))) or grant.resource.startswith("Providers")
    return is_on or grant.action.startswith(SERVICES)


def test_every_grant_on_what_leads_to_a_url_is_a_way_or_known_to_be_none() -> None:
    given = {grant.action: grant for each in grants().values() for grant in each if leads_to_urls(grant)}
    assert {action for action, grant in given.items() if not any(fits(grant) for fits in WAYS.values())} <= HARMLESS


def test_three_functions_read_urls_and_they_are_those_who_sign_links_too() -> None:
    found = ways()
    for way in ("reads or takes URLs", "signs links"):
        assert {role for role, its in found.items() if way in its} == {"Announce", "Api", "Deliver"}


def test_who_only_notes_an_outcome_has_no_way_to_a_url() -> None:
    found = ways()
    assert not any(found[role] for role in ("RecordFailure", "RejectRequest", "CancelRequests", "EndBatch", "Learn"))
