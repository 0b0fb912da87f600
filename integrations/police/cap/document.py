"""An alert of CAP 1.2 as values, and its XML with each element where the schema has it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lxml import etree

from integrations.police.cap.times import cap_time

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_EARTH_DECIMALS = 6  # about 0.1 m


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: The elements of each element in the order of the schema's sequences.
ORDER: Mapping[str, tuple[str, ...]] = {
    "alert": _names(
        "identifier sender sent status msgType source scope restriction addresses code note "
        "references incidents info"
    ),
    "info": _names(
        "language category event responseType urgency severity certainty audience eventCode "
        "effective onset expires senderName headline description instruction web contact "
        "parameter resource area"
    ),
    "eventCode": ("valueName", "value"),
    "parameter": ("valueName", "value"),
    "geocode": ("valueName", "value"),
    "resource": ("resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"),
    "area": ("areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"),
}


class Status(StrEnum):
    """How an alert is to be handled."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    TEST = "Test"


class MessageType(StrEnum):
    """What an alert does to earlier ones."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"


@dataclass(frozen=True)
class Reference:
    """What identifies an earlier alert.

    Attributes:
        sent: as that alert wrote it.
    """

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent}"


@dataclass(frozen=True)
class Circle:
    """A place on the map: degrees in WGS 84, and a radius in km."""

    latitude: float
    longitude: float
    radius_km: float

    def __str__(self) -> str:
        place = (f"{each:.{_EARTH_DECIMALS}f}" for each in (self.latitude, self.longitude))
        return f"{','.join(place)} {self.radius_km:g}"


@dataclass(frozen=True)
class Resource:
    """A file about the incident, such as a photo.

    Attributes:
        size: bytes.
        uri: where it is; empty where it is handed over otherwise.
        sha1: CAP's digest, in hex.
        sha256: sent as the parameter ``evidence_sha256``, since SHA-1 no longer proves much.
    """

    description: str
    media_type: str
    size: int
    sha1: str
    sha256: str
    uri: str = ""


@dataclass(frozen=True)
class Info:
    """What happened, in one language."""

    language: str
    categories: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    expires: datetime
    onset: datetime
    area: str
    headline: str
    description: str
    instruction: str = ""
    response_types: tuple[str, ...] = ()
    event_codes: tuple[tuple[str, str], ...] = ()
    effective: datetime | None = None
    sender_name: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    resources: tuple[Resource, ...] = ()
    circle: Circle | None = None


@dataclass(frozen=True)
class Alert:
    """A message to one receiver; its scope is always Private.

    Attributes:
        address: that receiver.
        incidents: one value for each incident that it is about.
    """

    identifier: str
    sender: str
    sent: datetime
    status: Status
    type: MessageType
    address: str
    source: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = field(default=())


def build(alert: Alert) -> Any:
    """Return the alert as an XML element."""
    root = etree.Element(_name("alert"), nsmap={None: NAMESPACE})
    values: dict[str, Any] = {
        "identifier": alert.identifier,
        "sender": alert.sender,
        "sent": cap_time(alert.sent),
        "status": alert.status,
        "msgType": alert.type,
        "source": alert.source,
        "scope": "Private",
        "addresses": alert.address,
        "code": alert.codes,
        "note": alert.note,
        "references": " ".join(map(str, alert.references)),
        "incidents": " ".join(alert.incidents),
        "info": [_info(each) for each in alert.infos],
    }
    _append(root, values)
    return root


def _info(info: Info) -> dict[str, Any]:
    sums = tuple(("evidence_sha256", each.sha256) for each in info.resources)
    return {
        "language": info.language,
        "category": info.categories,
        "event": info.event,
        "responseType": info.response_types,
        "urgency": info.urgency,
        "severity": info.severity,
        "certainty": info.certainty,
        "eventCode": _pairs(info.event_codes),
        "effective": cap_time(info.effective) if info.effective else "",
        "onset": cap_time(info.onset),
        "expires": cap_time(info.expires),
        "senderName": info.sender_name,
        "headline": info.headline,
        "description": info.description,
        "instruction": info.instruction,
        "web": info.web,
        "contact": info.contact,
        "parameter": _pairs((*info.parameters, *sums)),
        "resource": [_resource(each) for each in info.resources],
        "area": {"areaDesc": info.area, "circle": str(info.circle) if info.circle else ""},
    }


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "resourceDesc": resource.description,
        "mimeType": resource.media_type,
        "size": str(resource.size),
        "uri": resource.uri,
        "digest": resource.sha1,
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"valueName": name, "value": value} for name, value in pairs]


def _append(parent: Any, values: Mapping[str, Any]) -> None:
    """Append the elements in the schema's order; those without a value are left out."""
    for name in ORDER[etree.QName(parent).localname]:
        found = values.get(name, "")
        for value in found if isinstance(found, list | tuple) else [found]:
            if isinstance(value, Mapping):
                _append(etree.SubElement(parent, _name(name)), value)
            elif value:
                etree.SubElement(parent, _name(name)).text = str(value)


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
