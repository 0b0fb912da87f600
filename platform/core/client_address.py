"""The address of a request's client, for limits: an IPv4 address, or an IPv6 network.

Behind a proxy it is the one that a trusted proxy reports (GATEHOUSE_TRUSTED_PROXIES): the web
server replaces the connection's address with it and ignores the header of anyone else.
"""

import ipaddress

from django.http import HttpRequest

# One customer of an IPv6 provider has at least this network, and may change the rest at will.
_IPV6_PREFIX = 64


def client_address(request: HttpRequest) -> str:
    """Return the client's address; "unknown" where the connection has none."""
    text = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return "unknown"
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None or address.version == 4:
        return str(mapped or address)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
