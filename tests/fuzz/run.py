"""Both kinds of calls, of one deployed API, by somebody who may call it."""

from __future__ import annotations

import boto3

from greenroom_cli.client import Api
from tests.fuzz import by_document, odd_calls
from tests.fuzz.signing import SigV4
from tests.fuzz.tally import Tally

# Of the calls, so many are odd ones.
_ODD = 4


def fuzz(session: boto3.Session, url: str, *, cases: int, seed: int) -> Tally:
    """Make at least so many calls, and cancel at the end what they asked for."""
    auth = SigV4(session)
    odd = odd_calls.run(url, auth, cases=cases // _ODD, number=seed)
    tally = odd + by_document.run(url, auth, cases=cases - odd.cases, seed=seed)
    _cancel_all(Api(session, url))
    return tally


def _cancel_all(api: Api) -> None:
    following: str | None = ""
    while following is not None:
        page = api.call("GET", f"streams?state=pending&limit=100{f'&next={following}' if following else ''}")[2]
        for stream in page["streams"]:
            api.call("DELETE", f"streams/{stream['id']}")
        following = page.get("next")
