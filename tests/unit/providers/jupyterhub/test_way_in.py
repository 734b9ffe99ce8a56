"""The URL that is handed over."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from greenroom.providers.jupyterhub.hub import Server
from greenroom.providers.jupyterhub.service import web_url

HUB, PUBLIC = "https://hub.internal:8000/jupyter", "https://hub.example/jupyter/"


def server(url: str = "/jupyter/user/ada/", full_url: str | None = None) -> Server:
    return Server(ready=True, url=url, full_url=full_url)


def test_the_path_of_the_server_is_as_the_hub_encodes_it() -> None:
    url = web_url(server("/jupyter/user/%C3%A9mile%2Bx@example.org/lab-2/"), HUB, "", "lab", "t")
    assert url == "https://hub.internal:8000/jupyter/user/%C3%A9mile%2Bx@example.org/lab-2/lab?token=t"


@pytest.mark.parametrize(
    ("public_url", "found", "place"),
    [
        ("", server(), "hub.internal:8000"),
        (PUBLIC, server(), "hub.example"),
        ("", server(full_url="https://told.example/jupyter/user/ada/"), "told.example"),
        (PUBLIC, server(full_url="https://told.example/jupyter/user/ada/"), "hub.example"),
        ("", server("https://ada.hub.example/jupyter/user/ada/"), "ada.hub.example"),
        (PUBLIC, server("https://ada.hub.example/jupyter/user/ada/"), "ada.hub.example"),
    ],
)
def test_the_public_url_goes_before_what_the_hub_tells(public_url: str, found: Server, place: str) -> None:
    assert urlsplit(web_url(found, HUB, public_url, "lab", "t"))[:3] == ("https", place, "/jupyter/user/ada/lab")


@pytest.mark.parametrize(
    ("path", "encoded"),
    [
        ("desktop", "desktop"),
        ("lab/tree/a b?#%", "lab/tree/a%20b%3F%23%25"),
        ("proxy/host:80/é", "proxy/host:80/%C3%A9"),
    ],
)
def test_path_and_token_are_encoded(path: str, encoded: str) -> None:
    url = web_url(server(), HUB, "", path, "t/&=#")
    assert url == f"https://hub.internal:8000/jupyter/user/ada/{encoded}?token=t%2F%26%3D%23"
