"""From what a message says about an incident to an alert of CAP, in English and Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import clock
from core.models import Site
from incidents import kinds
from incidents.feeds.content import PLATE_KIND
from incidents.models import FeedMessage
from integrations.police.cap.document import (
    Alert,
    Circle,
    Info,
    MessageType,
    Reference,
    Resource,
    Status,
)
from integrations.police.cap.texts import clean_line, clean_text, token

#: An alert is valid for so long; an open incident's is renewed by an update before.
LIFETIME = timedelta(hours=24)
#: The value name of our codes of kinds, and the flag of our profile.
VALUE_NAME, PROFILE = "GATEHOUSE", "GATEHOUSE-1"
# Django's languages by those of CAP.
_LANGUAGES = {"en-US": "en", "zh-CN": "zh-hans"}
# Around an incident with a position, and around a site.
_PLACE_KM, _SITE_KM = 0.05, 0.5
_LINE, _TEXT = 160, 2000
_TYPES = {"update": MessageType.UPDATE, "cancel": MessageType.CANCEL}


@dataclass(frozen=True)
class Issue:
    """What an alert is made of beside the incident.

    Attributes:
        type: of `FeedMessage.Type`, as the receiver has to see it.
        feed: the public id of the only receiver.
        seq: the number of the message at that receiver.
        earlier: what the receiver was sent about the incident before.
        resources: files about it, handed over otherwise.
        web: where the evidence is; empty for none.
    """

    message: FeedMessage
    site: Site
    type: str
    feed: str
    seq: int
    earlier: tuple[Reference, ...] = ()
    resources: tuple[Resource, ...] = ()
    web: str = ""


def alert_of(issue: Issue) -> Alert:
    """Return the alert of a message for one receiver."""
    content = issue.message.content
    reference = content.get("incident", "")
    return Alert(
        identifier=identifier_of(issue.message.public_id, issue.feed),
        sender=sender_of(issue.site),
        sent=issue.message.created_at,
        status=_status(issue),
        type=_TYPES.get(issue.type, MessageType.ALERT),
        address=issue.feed,
        source="Gatehouse",
        codes=(PROFILE,),
        note=_note(issue),
        references=issue.earlier,
        incidents=(token(reference),) if reference else (),
        infos=tuple(_info(issue, content, language) for language in _LANGUAGES),
    )


def identifier_of(message: str, feed: str) -> str:
    """Return the identifier of a message at a receiver; it is never used for another alert."""
    return f"{message}.{feed}"


def sender_of(site: Site) -> str:
    """Return the sender of a site's alerts: its name at this installation's domain."""
    return f"{site.slug}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}"


def _status(issue: Issue) -> Status:
    if issue.message.type == FeedMessage.Type.TEST:
        return Status.TEST
    return Status.EXERCISE if issue.message.exercise else Status.ACTUAL


def _note(issue: Issue) -> str:
    status = _status(issue)
    if status == Status.TEST:
        return "Test of the connection: no incident. 线路测试，无事件。"
    return "Exercise: no real incident. 演练，非真实事件。" if status == Status.EXERCISE else ""


def _info(issue: Issue, content: Mapping[str, Any], language: str) -> Info:
    is_cancelled = issue.type == "cancel"
    with override(_LANGUAGES[language]):
        event = _event(issue, content)
        place = clean_line(content["place"] or content["site"], _LINE) or issue.site.slug
        return Info(
            language=language,
            categories=tuple(content["categories"]),
            event=event,
            response_types=_response(issue),
            urgency="Past" if is_cancelled else content["urgency"].capitalize(),
            severity=content["severity"].capitalize(),
            certainty="Unlikely" if is_cancelled else content["certainty"].capitalize(),
            event_codes=((VALUE_NAME, content["kind"]),),
            effective=issue.message.created_at,
            onset=datetime.fromisoformat(content["first_at"]),
            expires=issue.message.created_at + LIFETIME,
            sender_name=clean_line(content["site"], _LINE),
            headline=_headline(issue, event, place),
            description=_description(issue, content, event, place),
            instruction=_instruction(issue),
            web=issue.web,
            contact=clean_line(issue.site.phone, _LINE),
            parameters=_parameters(issue, content),
            resources=issue.resources,
            area=place,
            circle=_circle(issue.site, content),
        )


def _event(issue: Issue, content: Mapping[str, Any]) -> str:
    if issue.message.type == FeedMessage.Type.TEST:
        return _("connection test")
    return clean_line(str(kinds.get(content["kind"]).label), _LINE)


def _response(issue: Issue) -> tuple[str, ...]:
    if issue.message.type == FeedMessage.Type.TEST:
        return ("None",)
    return ("AllClear",) if issue.type == "cancel" else ("Assess",)


def _headline(issue: Issue, event: str, place: str) -> str:
    texts = {
        "cancel": _("Cancelled: %(event)s, %(place)s"),
        "update": _("Update: %(event)s, %(place)s"),
    }
    text = texts.get(issue.type, _("%(event)s, %(place)s")) % {"event": event, "place": place}
    if _status(issue) == Status.EXERCISE:
        text = _("EXERCISE: %(text)s") % {"text": text}
    return clean_line(text, _LINE)


def _description(issue: Issue, content: Mapping[str, Any], event: str, place: str) -> str:
    zone = issue.site.timezone
    first = clock.local(datetime.fromisoformat(content["first_at"]), zone)
    last = clock.local(datetime.fromisoformat(content["last_at"]), zone)
    lines = [
        _("%(event)s at %(site)s, %(place)s.")
        % {"event": event, "site": content["site"], "place": place},
        _("First seen %(first)s, last seen %(last)s (%(zone)s). Occurrences: %(count)s.")
        % {
            "first": f"{first:%Y-%m-%d %H:%M:%S}",
            "last": f"{last:%Y-%m-%d %H:%M:%S}",
            "zone": zone,
            "count": content["occurrences"],
        },
    ]
    if content["kind"] == PLATE_KIND and content.get("plate"):
        lines.append(_("Plate: %(plate)s") % {"plate": content["plate"]})
    if _status(issue) == Status.EXERCISE:
        lines.insert(0, _("This is an exercise."))
    if issue.message.type == FeedMessage.Type.TEST:
        lines = [_("This is a test of the connection. There is no incident.")]
    return clean_text("\n".join(lines), _TEXT)


def _instruction(issue: Issue) -> str:
    if issue.message.type == FeedMessage.Type.TEST:
        return _("No response is needed.")
    if issue.type == "cancel":
        return _("Stand down. No further response is needed.")
    return _("Acknowledge receipt. Call the contact before entering the site.")


def _parameters(issue: Issue, content: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [
        ("message", issue.message.public_id),
        ("seq", str(issue.seq)),
        ("occurrences", str(content["occurrences"])),
    ]
    if content["kind"] == PLATE_KIND and content.get("plate"):
        found.append(("plate", clean_line(content["plate"], _LINE)))
    return tuple(found)


def _circle(site: Site, content: Mapping[str, Any]) -> Circle | None:
    """Return where the incident is; around the site where it has no position of its own."""
    if content["longitude"] is not None and content["latitude"] is not None:
        return Circle(content["latitude"], content["longitude"], _PLACE_KM)
    if site.longitude or site.latitude:
        return Circle(site.latitude, site.longitude, _SITE_KM)
    return None
