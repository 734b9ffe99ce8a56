"""The hosts that a webhook may go to, and that it goes to the address that was checked."""

from __future__ import annotations

import pytest

from greenroom.adapters.webhook import resolve
from greenroom.domain.errors import DeliveryFailed, DeliveryRefused
from greenroom.request.callback_hosts import CallbackHosts, is_public

URL = "https://hooks.example/x"
PUBLIC_V4, PUBLIC_V6 = "203.0.114.7", "2606:4700:4700::1111"
INTERNAL = {
    "loopback": "127.0.0.1",
    "the rest of loopback": "127.255.255.254",
    "private 10/8": "10.0.0.1",
    "private 172.16/12": "172.16.0.1",
    "the end of 172.16/12": "172.31.255.255",
    "private 192.168/16": "192.168.1.1",
    "metadata": "169.254.169.254",
    "ECS credentials": "169.254.170.2",
    "shared 100.64/10": "100.64.0.1",
    "the end of 100.64/10": "100.127.255.255",
    "unspecified": "0.0.0.0",  # noqa: S104  # nothing is bound to it
    "this network": "0.1.2.3",
    "benchmarking": "198.18.0.1",
    "documentation": "192.0.2.1",
    "multicast": "224.0.0.1",
    "a multicast that is global": "239.1.2.3",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "loopback v6": "::1",
    "unspecified v6": "::",
    "link-local v6": "fe80::1",
    "link-local v6 with its zone": "fe80::1%eth0",
    "unique local": "fc00::1",
    "unique local, assigned here": "fd12:3456::1",
    "metadata v6": "fd00:ec2::254",
    "site-local": "fec0::1",
    "multicast v6": "ff02::1",
    "a multicast v6 that is global": "ff0e::1",
    "documentation v6": "2001:db8::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:a9fe:a9fe",
    "compatible loopback": "::127.0.0.1",
    "translated loopback": "::ffff:0:127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of metadata": "64:ff9b::169.254.169.254",
    "local NAT64": "64:ff9b:1::808:808",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of metadata": "2002:a9fe:a9fe::1",
    "Teredo of loopback": "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "Teredo of 10.0.0.1": "2001:0:4136:e378:8000:63bf:f5ff:fffe",
}


class ScriptedResolver:
    """Answers the n-th look-up with the n-th answer, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers[len(self.asked) - 1]


@pytest.mark.parametrize("address", INTERNAL.values(), ids=INTERNAL)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(DeliveryRefused, match=r"Host hooks\.example resolves to an address that is not public"):
        CallbackHosts().check(URL, ScriptedResolver([address]))


@pytest.mark.parametrize("address", [PUBLIC_V4, PUBLIC_V6, "8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_passes(address: str) -> None:
    assert is_public(address)
    assert CallbackHosts().check(URL, ScriptedResolver([address])).addresses == (address,)


@pytest.mark.parametrize("addresses", [[PUBLIC_V4, "10.0.0.1"], ["::1", PUBLIC_V6], [PUBLIC_V6, PUBLIC_V4, "0.0.0.0"]])  # noqa: S104  # as above
def test_one_bad_address_is_enough_to_refuse_a_host(addresses: list[str]) -> None:
    with pytest.raises(DeliveryRefused):
        CallbackHosts().check(URL, ScriptedResolver(addresses))


def test_a_refusal_does_not_tell_where_a_name_points() -> None:
    with pytest.raises(DeliveryRefused) as caught:
        CallbackHosts().check("https://hooks.example/x?token=secret", ScriptedResolver(["10.9.8.7"]))
    assert "10.9.8.7" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_destination_is_the_address_that_was_checked() -> None:
    rebinding = ScriptedResolver([PUBLIC_V4], ["127.0.0.1"], ["127.0.0.1"])
    destination = CallbackHosts().check(URL, rebinding)
    assert (destination.addresses, destination.host, destination.port) == ((PUBLIC_V4,), "hooks.example", 443)
    assert rebinding.asked == [("hooks.example", 443)]


def test_a_host_that_does_not_resolve_may_do_so_later() -> None:
    with pytest.raises(DeliveryFailed, match=r"hooks\.example does not resolve"):
        CallbackHosts().check(URL, ScriptedResolver([]))


@pytest.mark.parametrize("url", ["http://hooks.example/x", "ftp://hooks.example", "//hooks.example", "gopher://x"])
def test_anything_but_https_is_refused_before_it_is_looked_up(url: str) -> None:
    resolver = ScriptedResolver()
    with pytest.raises(DeliveryRefused, match="https"):
        CallbackHosts().check(url, resolver)
    assert resolver.asked == []


def test_only_allowed_hosts_are_called_when_there_is_a_list() -> None:
    hosts = CallbackHosts(allowed=frozenset({"hooks.example"}))
    assert hosts.check("https://HOOKS.example/", ScriptedResolver([PUBLIC_V4])).host == "hooks.example"
    for url in ("https://other.example", "https://hooks.example.evil.example", "https://x.hooks.example"):
        resolver = ScriptedResolver()
        with pytest.raises(DeliveryRefused, match="allowed callback hosts"):
            hosts.check(url, resolver)
        assert resolver.asked == []


def test_an_allowed_host_must_still_be_public() -> None:
    with pytest.raises(DeliveryRefused):
        CallbackHosts(allowed=frozenset({"hooks.example"})).check(URL, ScriptedResolver(["10.0.0.1"]))


def test_a_trusted_host_may_be_private_plain_and_not_on_the_list() -> None:
    hosts = CallbackHosts(allowed=frozenset({"other.example"}), trusted=frozenset({"localhost"}))
    destination = hosts.check("http://localhost:8080/a?b=c#d", ScriptedResolver(["127.0.0.1"]))
    assert (destination.addresses, destination.port, destination.path) == (("127.0.0.1",), 8080, "/a?b=c")


def test_trust_in_one_host_is_none_in_another() -> None:
    hosts = CallbackHosts(trusted=frozenset({"localhost"}))
    with pytest.raises(DeliveryRefused):
        hosts.check("http://hooks.example", ScriptedResolver())
    with pytest.raises(DeliveryRefused):
        hosts.check(URL, ScriptedResolver(["127.0.0.1"]))


@pytest.mark.parametrize(
    ("url", "port"), [("https://localhost", 443), ("http://localhost", 80), ("https://localhost:8443", 8443)]
)
def test_the_port_is_the_url_s_or_its_scheme_s(url: str, port: int) -> None:
    destination = CallbackHosts(trusted=frozenset({"localhost"})).check(url, ScriptedResolver(["127.0.0.1"]))
    assert (destination.port, destination.path) == (port, "/")


@pytest.mark.parametrize("url", ["https://hooks.example:99999/", "https://hooks.example:port/", "https://[::1"])
def test_a_url_that_can_never_be_called_is_refused(url: str) -> None:
    with pytest.raises(DeliveryRefused):
        CallbackHosts().check(url, ScriptedResolver([PUBLIC_V4]))


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "[::1]"])
def test_the_system_s_resolver_sees_through_any_spelling_of_an_address(host: str) -> None:
    with pytest.raises(DeliveryRefused):
        CallbackHosts().check(f"https://{host}/", resolve)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", ".."])
def test_the_system_s_resolver_finds_nothing_for_what_is_no_name(host: str) -> None:
    assert resolve(host, 443) == []
