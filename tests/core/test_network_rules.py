"""The server connects to public addresses, and to networks that an administrator allowed."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.network_rules import is_allowed, may_be_allowed, parse_networks

VIDEO = parse_networks(["10.40.0.0/16", "fd12:3456::/32"])


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.0.170",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "not an address",
        "",
    ],
)
def test_what_is_not_public_is_not_connected_to(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "2002:808:808::"]
)
def test_public_addresses_are_connected_to(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("10.40.0.9", True),
        ("::ffff:10.40.0.9", True),
        ("fd12:3456::9", True),
        ("10.41.0.9", False),
        ("::ffff:10.41.0.9", False),
        ("fd12:3457::9", False),
        # A tunnel leads elsewhere, also where its inner address is allowed.
        ("64:ff9b::a28:9", True),
        ("64:ff9b::a29:9", False),
    ],
)
def test_an_allowed_network_allows_its_own_addresses_and_no_others(
    address: str, allowed: bool
) -> None:
    assert is_allowed(address, VIDEO) is allowed


def test_metadata_and_link_local_addresses_are_never_allowed() -> None:
    everything = parse_networks(["0.0.0.0/0", "::/0"])
    for address in ("169.254.169.254", "fe80::1", "fd00:ec2::254", "224.0.0.1"):
        assert not is_allowed(address, everything)
    assert not any(may_be_allowed(each) for each in everything)
    assert not may_be_allowed(parse_networks(["169.254.0.0/16"])[0])
    assert all(may_be_allowed(each) for each in VIDEO)


def test_a_network_with_bits_behind_its_prefix_is_malformed() -> None:
    with pytest.raises(ValueError, match="host bits"):
        parse_networks(["10.40.0.1/16"])


@given(st.ip_addresses(v=4))
def test_an_address_inside_ipv6_is_allowed_exactly_as_the_address_itself(
    address: IPv4Address,
) -> None:
    plain = is_allowed(str(address), VIDEO)
    assert is_allowed(f"::ffff:{address}", VIDEO) is plain
    nat64 = IPv6Address(int(IPv6Address("64:ff9b::")) + int(address))
    assert is_allowed(str(nat64), VIDEO) is plain
