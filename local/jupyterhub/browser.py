"""Opening a URL as a browser does."""

from __future__ import annotations

from http import HTTPStatus
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

TIMEOUT_SECONDS = 30


def open_as_a_browser(url: str) -> int:
    """Get a page with a cookie jar of its own, over every redirect, and return the status of the last answer.

    A hub shows its login with status 200. Who gets there was not let in, so that counts as 401.
    """
    browser = build_opener(HTTPCookieProcessor(CookieJar()), ProxyHandler({}))
    browser.addheaders = [("Accept", "text/html"), ("User-Agent", "Mozilla/5.0")]
    try:
        with browser.open(url, timeout=TIMEOUT_SECONDS) as page:
            page.read()
            asks_to_log_in = urlsplit(page.url).path.endswith("/hub/login")
            return HTTPStatus.UNAUTHORIZED if asks_to_log_in else int(page.status)
    except HTTPError as error:
        with error:
            return error.code
