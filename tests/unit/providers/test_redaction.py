"""What is left of a text that a service says: its words, without URLs, credentials and characters that nobody sees."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import product
from urllib.parse import quote

import pytest

from greenroom.providers.redaction import redacted

CANARY = "Canary4f1cb2a7"
BELL, ESCAPE, CSI = "\x07", "\x1b", "\x9b"
LEFT, OVERRIDE, ISOLATE, ZERO, SOFT = "\u202d", "\u202e", "\u2066", "\u200b", "\xad"

# A URL with the canary, in every form in which it could be of use to somebody who reads it.
URLS = [
    f"https://x.example/{CANARY}",
    f"https://{CANARY}.example",
    f"HTTPS://x.example?token={CANARY}",
    f"_https://x.example/?a={CANARY}",
    f"xhttps://x.example/{CANARY}",
    f"dcv://x.example:8443/#{CANARY}",
    f"weird+scheme.1-a://{CANARY}",
    f"//x.example/?token={CANARY}",
    f"//x.example/{CANARY}",
    f"www.x.example/?token={CANARY}",
    f"x.example/a?b={CANARY}",
    f"https:/x.example/{CANARY}",
    f"https:x.example/{CANARY}",
    rf"https:\\x.example\{CANARY}",
    rf"https:\/\/x.example\/{CANARY}",
    f"https://ada:{CANARY}@x.example/",
    f"ada:{CANARY}@x.example",
    f"s3://bucket/{CANARY}",
]
CREDENTIALS = [
    f"Authorization: Bearer {CANARY}",
    f'"Authorization": "{CANARY}"',
    f"authorization=token {CANARY}",
    f"Bearer {CANARY}",
    f"bearer {CANARY}",
    f"token={CANARY}",
    f"authToken={CANARY}",
    f"token = '{CANARY} {CANARY}'",
    f'"access_token":"{CANARY}"',
    f"'refresh_token': '{CANARY}'",
    f"access_token: {CANARY}",
    f"password={CANARY}",
    "password: canarypassword",
    f"client_secret={CANARY}",
    f"api-key={CANARY}",
    f"X-Amz-Signature={CANARY}",
    f"X-Amz-Security-Token={CANARY}",
    f"AWS4-HMAC-SHA256 Credential={CANARY}/x, SignedHeaders=host, Signature={CANARY}",
    f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}",
    "AKIACANARY4F1CB2A7X",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARY4F1c",
]
Disguise = Callable[[str], str]
DISGUISES: dict[str, Disguise] = {
    "plain": lambda text: text,
    "in quotes": lambda text: f'"{text}"',
    "in brackets": lambda text: f"({text}).",
    "after a letter": lambda text: f"x{text}",
    "in the middle of a sentence": lambda text: f"Spawn failed: see {text}, please",
    "in JSON": lambda text: f'{{"message":"{text}"}}',
    "with invisible characters": ZERO.join,
    "with soft hyphens and overrides": lambda text: OVERRIDE + SOFT.join(text) + ISOLATE,
    "in a link of a terminal": lambda text: f"{ESCAPE}]8;;{text}{BELL}here{ESCAPE}]8;;{BELL}",
    "in colours": lambda text: f"{CSI}31m{text}{ESCAPE}[0m",
    "with controls": "\x00".join,
    "in fullwidth forms": lambda text: "".join(
        chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text
    ),
    "after a line break": lambda text: f"no\r\n\t{text}\u2028",
    "far back": lambda text: "a " * 1000 + text,
}
ENCODINGS: dict[str, Disguise] = {
    "percent": lambda text: quote(text, safe=""),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "entities": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "escapes": lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
}


def shows_canary(text: str) -> bool:
    return any(word in unicodedata.normalize("NFKC", text).lower() for word in ("canary", CANARY.lower()))


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_url_and_no_credential_is_left_in_any_disguise(disguise: str) -> None:
    texts = [DISGUISES[disguise](text) for text in URLS + CREDENTIALS]
    assert [text for text in texts if shows_canary(redacted(text))] == []


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_url_is_left_that_is_encoded(encoding: str) -> None:
    texts = [f"see {ENCODINGS[encoding](text)} please" for text in URLS if " " not in text]
    assert [text for text in texts if shows_canary(redacted(text))] == []


def test_one_disguise_over_another_hides_nothing() -> None:
    pairs = product(DISGUISES.values(), DISGUISES.values(), URLS + CREDENTIALS)
    texts = [outer(inner(text)) for outer, inner, text in pairs]
    assert [text for text in texts if shows_canary(redacted(text))] == []


@pytest.mark.parametrize(
    "words",
    [
        "ResourceNotFoundException: session-1 is not in studio us-west-2-a",
        "Spawn failed: image jupyter/base:2026-11 not found in /var/lib/images",
        "ExpiredToken: The security token included in the request is expired",
        "No authorization header",
        "Basic authentication is required",
        "The token of ada@x.example has expired (createSessions, status 401)",
        "User: arn:aws:sts::123456789012:assumed-role/Greenroom/ada@x.example is not authorized to perform: nimble:Get",
        "The secret arn:aws:secretsmanager:us-west-2:123456789012:secret:Greenroom-Ab12Cd must be a JSON object",
        "at 12:30:05 2 of 4 servers (50%) are up; max sessions: 10",
        "Überlastet: bitte später; 満員です",
        "What now? a = b // c",
    ],
)
def test_words_stay_as_they_are(words: str) -> None:
    assert redacted(words) == words


def test_a_url_and_a_credential_leave_a_mark_where_they_were() -> None:
    assert (
        redacted("See (https://x.example/a), or use token=abc1; thanks") == "See (<url> or use token=<secret>; thanks"
    )


@pytest.mark.parametrize("text", [*URLS, *CREDENTIALS, "plain words", "a\x00b\u202ec"])
def test_a_text_that_is_clean_is_left_alone(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


def test_a_text_is_one_line_of_visible_characters() -> None:
    everything = "".join(map(chr, range(0x3000)))
    left = "".join(redacted(everything[at : at + 100]) for at in range(0, len(everything), 100))
    assert {unicodedata.category(each) for each in left} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()
    assert "äöü" in redacted("a\ud800äöü\U000e0041")


def test_a_text_is_no_longer_than_it_may_be() -> None:
    assert redacted("x" * 40_000, 50) == "x" * 49 + "…"
    assert len(redacted("x" * 40_000)) == 1200


def test_a_url_that_the_deployment_itself_has_may_be_told_and_nothing_below_it() -> None:
    own = {"https://hub.example"}
    told = "https://hub.example refused (see https://hub.example/?a=b or https://hub.example/x, https://hub.example)"
    assert redacted(told, keep=own) == "https://hub.example refused (see <url> or <url> https://hub.example)"
