"""Text of a service as people may see it: one line, not long, without URLs and credentials.

Both are often one: whoever has a stream's URL has the stream. What a service says goes into histories, events, records
and answers that many may read. So a text loses rather too much than too little, and keeps its plain words.

The text is cut before anything looks at it, and each pattern takes time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from greenroom.domain.errors import shortened
from greenroom.domain.text import visible

LONGEST = 1200
URL, SECRET = "<url>", "<secret>"

# Longer than anything that is shown, because URLs and invisible characters may go.
_READ = 4096
_AROUND_WORDS = "\"'`()[]{}<>,.;:!?"
_SCHEME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-."
# Fullwidth forms of ASCII, which people read as what they are.
_PLAIN_FORMS = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)}

# Browsers need no slashes after the scheme: https://url.spec.whatwg.org/#special-authority-slashes-state
_WEB_SCHEME = re.compile(r"(?:https?|ftp|javascript|(?<![a-z])wss?):(?=.)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:u00|x)([0-9a-fA-F]{2})")

_NAMES = (
    r"(?:(?:token|passw(?:or)?d|passphrase|secret|signature|credential|cookie|jwt|api[_-]?key|access[_-]?key"
    r"|session[_-]?key)[\w-]{0,24}|\bauth|\bsig|\bpwd)"
)
_VALUE = r"(?:\"[^\"]*\"?|'[^']*'?|[^\s\"'&,;<>]+)"
_AUTHORIZATION = re.compile(
    rf"(authorization[\"']{{0,2}} ?[:=] ?)(?:(?:bearer|basic|token|digest|negotiate|aws4-hmac-sha256) )?{_VALUE}",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(rf"({_NAMES}[\"']{{0,2}} ?= ?){_VALUE}", re.IGNORECASE)
# An ARN has names of this kind in it, such as `secretsmanager:`, and is no secret: it is passed over.
_LABELLED = re.compile(
    rf"arn:aws[a-z-]{{0,12}}(?::[a-z0-9-]{{0,32}}){{3}}:{_VALUE}|({_NAMES}[\"']{{0,2}} ?: ?)({_VALUE})", re.IGNORECASE
)
_BEARER = re.compile(r"((?:bearer|basic) )([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]+)*")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_ACCESS_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,}")
_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40,}")


def redacted(text: str, longest: int = LONGEST, *, keep: Collection[str] = ()) -> str:
    """Return the text as people may see it. `keep`: URLs that are no secret, such as that of the service itself."""
    words = visible(text[:_READ]).translate(_PLAIN_FORMS).split()
    return shortened(_without_credentials(" ".join(_without_url(word, keep) for word in words)), longest)


def is_plain(text: str, longest: int) -> bool:
    """Return whether a name may be shown as it is.

    In a sentence, forty mixed letters and digits are a secret; as a name they are just long.
    """
    is_shown = 0 < len(text) <= longest and " ".join(visible(text).split()) == text
    return is_shown and not any(map(_has_url, text.split())) and not (_ASSIGNED.search(text) or _JWT.search(text))


def _has_url(word: str) -> bool:
    return _start_of_url(word) is not None or _start_of_url(_decoded(word)) is not None


def _without_url(word: str, keep: Collection[str]) -> str:
    start = _start_of_url(word)
    if start is None:
        decoded = _decoded(word)
        hides_nothing = decoded == word or (_start_of_url(decoded) is None and _without_credentials(decoded) == decoded)
        return word if hides_nothing else URL
    if word[start:].rstrip(_AROUND_WORDS) in keep:
        return word
    return word[:start] + URL


def _start_of_url(word: str) -> int | None:
    """Return where a URL begins: at its scheme, at `//host`, or, if it has a query or a password, with the word."""
    word = word.replace("\\", "/")  # browsers take one for the other
    slashes = word.find("//")
    if slashes >= 0 and word[slashes:].strip("/"):
        before = word[:slashes]
        return len(before.rstrip(":").rstrip(_SCHEME)) if before.endswith(":") else slashes
    if scheme := _WEB_SCHEME.search(word):
        return scheme.start()
    _, is_query, query = word.partition("?")
    user, is_address, _ = word.rpartition("@")
    if (is_query and "=" in query) or (is_address and ":" in user and not user.startswith("arn:")):
        return len(word) - len(word.lstrip(_AROUND_WORDS))
    return None


def _decoded(word: str) -> str:
    """Return what is left of percent-encoding, entities of HTML and escapes of JSON, of which some come twice."""
    if not set("%&\\") & set(word):
        return word
    import html  # noqa: PLC0415  # few texts need it, and each function that starts would pay for it

    for _ in range(2):
        word = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), html.unescape(unquote(word)))
    return word


def _without_credentials(line: str) -> str:
    line = _AUTHORIZATION.sub(rf"\1{SECRET}", line)
    line = _ASSIGNED.sub(rf"\1{SECRET}", line)
    line = _LABELLED.sub(_labelled, line)
    line = _BEARER.sub(lambda found: found[1] + (SECRET if _looks_secret(found[2]) else found[2]), line)
    line = _ACCESS_KEY.sub(SECRET, _JWT.sub(SECRET, line))
    return _SECRET_KEY.sub(lambda found: SECRET if _is_mixed(found[0]) else found[0], line)


def _labelled(found: re.Match[str]) -> str:
    """Hide the value after a label. `ExpiredToken: The token has expired` is a sentence, `"token": "abc"` is not."""
    label, value = found.groups()
    is_secret = label and (value[0] in "\"'" or label.lower().startswith("passw") or _looks_secret(value))
    return f"{label}{SECRET}" if is_secret else found[0]


def _looks_secret(value: str) -> bool:
    is_camel = any(map(str.isupper, value[1:])) and value != value.upper()
    return is_camel or len(value) >= 20 or any(map(str.isdigit, value))


def _is_mixed(value: str) -> bool:
    return any(map(str.isdigit, value)) and value != value.upper() and value != value.lower()
