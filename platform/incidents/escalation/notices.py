"""The notices of incidents, of pages to the person on call, and of test alarms."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.models import NotificationDelivery, User
from core.notifications import Notice, NoticeKind, declare, notify
from incidents import kinds
from incidents.escalation.responders import responders
from incidents.models import Incident
from incidents.permissions import IncidentPermission


def _kind_label(code: str) -> str:
    return capfirst(str(kinds.get(code).label))


_TEXTS = {
    "raised": _("%(kind)s: %(place)s"),
    "raised_exercise": _("Exercise: %(kind)s: %(place)s"),
    "raised_of_rule": _("%(rule)s: %(place)s"),
    "raised_of_rule_exercise": _("Exercise: %(rule)s: %(place)s"),
    "unacknowledged": _("Not acknowledged yet. Open it and acknowledge it."),
    "escalated": _("A colleague has escalated it to you. Open it."),
    "resolved": _("Resolved: %(kind)s: %(place)s"),
    "resolved_of_rule": _("Resolved: %(rule)s: %(place)s"),
}
INCIDENT = declare(
    NoticeKind(
        "incident",
        _("Incidents"),
        IncidentPermission.VIEW_INCIDENTS,
        texts=_TEXTS,
        formats={"kind": _kind_label},
        is_incident=True,
    )
)
# To people who may see those of devices alone.
DEVICE_INCIDENT = declare(
    NoticeKind(
        "device_incident",
        _("Incidents of devices"),
        IncidentPermission.VIEW_DEVICE_INCIDENTS,
        texts=_TEXTS,
        formats={"kind": _kind_label},
        is_incident=True,
    )
)


def notify_of(
    incident: Incident,
    recipients: Sequence[User],
    *,
    urgent: bool,
    again: bool = False,
    by_person: bool = False,
) -> list[str]:
    """Notify people of an incident.

    Args:
        urgent: past their quiet hours and at once.
        again: others were notified before, and no one has acknowledged it.
        by_person: a colleague has escalated it.

    Returns:
        The codes of the channels that are used.
    """
    notice = Notice(
        kind=INCIDENT.code,
        severity=incident.severity,
        group_key=group_of(incident.pk),
        recipients=recipients,
        site=incident.site,
        title=title_of(incident, "raised") + ("_exercise" if incident.exercise else ""),
        text="escalated" if by_person else "unacknowledged" if again else "",
        params=params_of(incident),
        path=reverse("console:incident", args=[incident.site.slug, incident.pk]),
        urgent=urgent,
    )
    see_all = set(responders(incident.site).values_list("pk", flat=True))
    technicians = [user for user in recipients if user.pk not in see_all]
    rows = notify(replace(notice, recipients=[u for u in recipients if u.pk in see_all]))
    rows += notify(replace(notice, kind=DEVICE_INCIDENT.code, recipients=technicians))
    used = NotificationDelivery.objects.filter(notification__in=rows)
    return sorted(used.values_list("channel", flat=True).distinct())


def title_of(incident: Incident, stem: str) -> str:
    """Return the code of a title, by the rule's name for an alarm rule's incident."""
    return f"{stem}_of_rule" if incident.rule else stem


def params_of(incident: Incident) -> dict[str, Any]:
    """Return what the texts name of an incident: no plate and no person."""
    rule = incident.rule.name if incident.rule else ""
    return {"kind": incident.kind, "rule": rule, "place": incident.place or incident.site.name}


def group_of(incident_id: int) -> str:
    """Return the key of the notifications of an incident."""
    return f"incident:{incident_id}"
