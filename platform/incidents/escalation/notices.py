"""The notices of incidents: those of a group are one notification, that says how many they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import clock
from core.models import NotificationDelivery, User
from core.notifications import Notice, NoticeKind, declare, notify
from incidents import kinds
from incidents.escalation.policies import LIFE_SAFETY_KINDS
from incidents.escalation.responders import responders
from incidents.models import EscalationNotice, Incident
from incidents.permissions import IncidentPermission


def _kind_label(code: str) -> str:
    return capfirst(str(kinds.get(code).label))


def _further(count: int) -> str:
    shown = ngettext(
        "%(count)s more incident of this group", "%(count)s more incidents of this group", count
    )
    return shown % {"count": count}


_TEXTS = {
    "raised": _("%(kind)s: %(place)s"),
    "raised_exercise": _("Exercise: %(kind)s: %(place)s"),
    "raised_of_rule": _("%(rule)s: %(place)s"),
    "raised_of_rule_exercise": _("Exercise: %(rule)s: %(place)s"),
    "unacknowledged": _("Not acknowledged yet. Open it and acknowledge it."),
    "escalated": _("A colleague has escalated it to you. Open it."),
    "came_back": _("The cause is back."),
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
        further=_further,
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
        further=_further,
    )
)


def notify_of(
    incident: Incident, recipients: Sequence[User], *, urgent: bool, text: str = ""
) -> list[str]:
    """Notify people of an incident; to whom others of its group wait, by the same notification.

    Args:
        urgent: past their quiet hours and at once.
        text: the code of a text, such as ``unacknowledged``.

    Returns:
        The codes of the channels that are used.
    """
    notice = Notice(
        kind=INCIDENT.code,
        severity=incident.severity,
        group_key=group_of(incident),
        recipients=recipients,
        site=incident.site,
        title=title_of(incident, "raised") + ("_exercise" if incident.exercise else ""),
        text=text,
        params=params_of(incident),
        path=reverse("console:incident", args=[incident.site.slug, incident.pk]),
        subject=subject_of(incident.pk),
        urgent=urgent,
        reminded=_last_notified(incident, recipients, by_person=text == "escalated"),
    )
    see_all = set(responders(incident.site).values_list("pk", flat=True))
    technicians = [user for user in recipients if user.pk not in see_all]
    rows = notify(replace(notice, recipients=[u for u in recipients if u.pk in see_all]))
    rows += notify(replace(notice, kind=DEVICE_INCIDENT.code, recipients=technicians))
    used = NotificationDelivery.objects.filter(notification__in=rows).exclude(
        state__in=[NotificationDelivery.State.FAILED, NotificationDelivery.State.SKIPPED]
    )
    return sorted(used.values_list("channel", flat=True).distinct())


def title_of(incident: Incident, stem: str) -> str:
    """Return the code of a title, by the rule's name for an alarm rule's incident."""
    return f"{stem}_of_rule" if incident.rule else stem


def params_of(incident: Incident) -> dict[str, Any]:
    """Return what the texts name of an incident: no plate and no person."""
    rule = incident.rule.name if incident.rule else ""
    return {"kind": incident.kind, "rule": rule, "place": incident.place or incident.site.name}


def people_notified(incident: Incident) -> list[User]:
    """Return who was notified of an incident, or of one that was merged into it."""
    keys = _notices_of(incident).values("user")
    return list(User.objects.filter(pk__in=keys).order_by("pk"))


def group_of(incident: Incident) -> str:
    """Return the key under which the notifications of an incident and of its group are one.

    SOS and smoke are not counted under incidents of other kinds that are at the same place.
    """
    group = incident.group_key or subject_of(incident.pk)
    return f"{group}:{incident.kind}" if incident.kind in LIFE_SAFETY_KINDS else group


def subject_of(incident_id: int) -> str:
    """Return what the notifications of an incident are about, by its key."""
    return f"incident:{incident_id}"


def _last_notified(
    incident: Incident, recipients: Sequence[User], *, by_person: bool
) -> Mapping[int, datetime]:
    """Return when people were last notified of an incident, by their keys.

    Args:
        by_person: a colleague escalates it, which is sent whatever was sent before: as if just now.
    """
    if by_person:
        return dict.fromkeys((user.pk for user in recipients), clock.now())
    rows = _notices_of(incident).order_by().values("user").annotate(last=Max("at"))
    return dict(rows.values_list("user", "last"))


def _notices_of(incident: Incident) -> QuerySet[EscalationNotice]:
    return EscalationNotice.objects.filter(
        Q(run__incident=incident) | Q(run__incident__merged_into=incident)
    )
