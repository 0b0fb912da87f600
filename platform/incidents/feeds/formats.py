"""Formats of deliveries: one for each kind of endpoint, and links that they may contain."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from incidents.models import FeedEndpoint, FeedMessage

JSON = "application/json"


@dataclass(frozen=True)
class DeliveryContext:
    """What the body of a delivery is made of.

    Attributes:
        type: of `FeedMessage.Type`; an endpoint's first message about an incident is an alert.
        seq: the number of the delivery at the endpoint.
        earlier: what the endpoint was sent about the incident before, oldest first.
        links: addresses of pages by name, such as ``evidence``.
    """

    endpoint: FeedEndpoint
    message: FeedMessage
    type: str
    seq: int
    earlier: tuple[FeedMessage, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


class Formatter(Protocol):
    """Makes the body of a delivery, once; every attempt sends the same bytes."""

    def build(self, context: DeliveryContext) -> tuple[str, bytes]:
        """Return media type and body.

        Raises:
            Rejection: the message cannot be expressed in this format.
        """


Link = Callable[[DeliveryContext], str]
_formatters: dict[str, Formatter] = {}
_links: dict[str, Link] = {}


def register(kind: str, formatter: Formatter) -> None:
    """Wire the format of a kind of endpoint."""
    _formatters[kind] = formatter


def registered() -> frozenset[str]:
    """Return the kinds of endpoints that have a format of their own."""
    return frozenset(_formatters)


def formatter_of(endpoint: FeedEndpoint) -> Formatter:
    """Return the format of an endpoint; thin JSON where none is wired."""
    return _formatters.get(endpoint.kind, ThinJson())


def register_link(name: str, link: Link) -> None:
    """Add a link to all formats, such as ``evidence``; an empty address is left out."""
    _links[name] = link


def links_of(context: DeliveryContext) -> dict[str, str]:
    """Return the links of a delivery by name."""
    found = {name: link(context) for name, link in sorted(_links.items())}
    return {name: address for name, address in found.items() if address}


def thin_payload(context: DeliveryContext) -> dict[str, Any]:
    """Return what a message says, as plain JSON: no face, and a plate for a watch-list hit only."""
    return {
        "message": context.message.public_id,
        "seq": context.seq,
        "type": context.type,
        **context.message.content,
        "references": [each.public_id for each in context.earlier],
        "links": dict(context.links),
    }


class ThinJson:
    """The payload as a JSON object."""

    def build(self, context: DeliveryContext) -> tuple[str, bytes]:
        """Return the payload as JSON."""
        return JSON, dump(thin_payload(context))


def dump(value: Any) -> bytes:
    """Return compact JSON as UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
