"""Which addresses the server may connect to when a person has entered the name of a host.

Every address must be public, or lie in a network that an administrator allowed. Some are never
allowed: those of cloud metadata services, of link-local networks, multicast and broadcast.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Never allowed, whatever an administrator entered.
_NEVER = [
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local, with the metadata services of most clouds
        "100.100.100.200/32",  # metadata at Alibaba Cloud
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "fd00:ec2::254/128",  # metadata at Amazon
        "ff00::/8",
    )
]
# Not public by the registries of special-purpose addresses (RFC 6890); Python's own list of them
# differs between its versions.
_NOT_PUBLIC = [
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "::1/128",
        "64:ff9b:1::/48",
        "100::/64",
        "2001:2::/48",
        "2001:10::/28",
        "2001:db8::/32",
        "3fff::/20",
        "fc00::/7",
        "fec0::/10",
    )
]
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_LAST_32_BITS = 0xFFFFFFFF


def parse_networks(texts: Iterable[str]) -> list[Network]:
    """Parse networks in CIDR notation.

    Raises:
        ValueError: one is malformed or has bits set behind its prefix.
    """
    return [ipaddress.ip_network(text.strip()) for text in texts]


def is_allowed(address: str, allowed: Sequence[Network] = ()) -> bool:
    """Return whether the server may connect to an address.

    Args:
        address: as text; IPv6 may have a zone, which is never allowed.
        allowed: networks that an administrator allowed, beside the public ones.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(_may_connect(each, allowed) for each in _with_embedded(parsed))


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """Return whether an address lies in one of the networks."""
    found = _with_embedded(ipaddress.ip_address(address))
    return any(_contains(network, found[-1]) for network in networks)


def may_be_allowed(network: Network) -> bool:
    """Return whether an administrator may allow a network: nothing of it is never allowed."""
    return not any(each.version == network.version and each.overlaps(network) for each in _NEVER)


def _may_connect(address: Address, allowed: Sequence[Network]) -> bool:
    if any(_contains(each, address) for each in _NEVER) or getattr(address, "scope_id", None):
        return False
    return _is_public(address) or any(_contains(each, address) for each in allowed)


def _is_public(address: Address) -> bool:
    return address.is_global and not any(_contains(each, address) for each in _NOT_PUBLIC)


def _with_embedded(address: Address) -> list[Address]:
    """Return the addresses that a packet to this one may reach: it, and an IPv4 one inside it.

    A mapped address (``::ffff:10.0.0.1``) is sent as IPv4, so that only its inner one counts.
    """
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inner = address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and (address in _NAT64 or (address in _COMPATIBLE and int(address) > 1)):
        inner = IPv4Address(int(address) & _LAST_32_BITS)
    return [address] if inner is None else [address, inner]


def _contains(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network
