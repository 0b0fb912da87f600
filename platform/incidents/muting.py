"""Whether people are notified of an incident, or why not: reads only.

An incident is recorded in any case. People are not notified of one

- that was found in data that arrived late and has not occurred since,
- that another active incident explains (`incidents.inhibition`),
- that a silence matches,
- whose source had one, of which people were notified, that ended within the site's cool-down; a
  rise in severity and the severity "extreme" are never held back by it.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from incidents import inhibition
from incidents.models import Incident, IncidentSettings, Silence
from incidents.severities import RANK, Severity


class Reason(models.TextChoices):
    """Why nobody was notified."""

    LATE = "late", _("found in data that arrived late")
    INHIBITED = "inhibited", _("explained by another incident")
    SILENCE = "silence", _("silenced")
    COOL_DOWN = "cool_down", _("came again within the cool-down")


def settings_of(site_id: int) -> IncidentSettings:
    """Return a site's settings; the defaults, unsaved, if it has none."""
    found = IncidentSettings.objects.filter(site=site_id).first()
    return found or IncidentSettings(site_id=site_id)


def mute_of(incident: Incident, settings: IncidentSettings) -> tuple[str, Incident | None]:
    """Return why people are not notified of an active incident, and which one explains it.

    Returns:
        An empty reason where they are notified.
    """
    if incident.late:
        return Reason.LATE, None
    inhibitor = inhibition.inhibitor_of(incident, settings)
    if inhibitor is not None:
        return Reason.INHIBITED, inhibitor
    if silence_of(incident, clock.now()) is not None:
        return Reason.SILENCE, None
    cools = _cools_down(incident, settings)
    return (Reason.COOL_DOWN if cools else ""), None


def is_muted_now(incident: Incident) -> bool:
    """Whether an incident of which people were notified is to be left alone for now."""
    return incident.inhibited_by_id is not None or silence_of(incident, clock.now()) is not None


def silence_of(incident: Incident, at: datetime) -> Silence | None:
    """Return a silence that matches an incident at a time."""
    silences = current_silences(incident.site_id, at).order_by("pk")
    return next((each for each in silences if matches(each, incident)), None)


def current_silences(site_id: int, at: datetime | None = None) -> QuerySet[Silence]:
    """Return a site's silences in force at a time; now unless given."""
    at = at or clock.now()
    return Silence.objects.filter(site=site_id, begins_at__lte=at, ends_at__gt=at)


def matches(silence: Silence, incident: Incident) -> bool:
    """Whether all filled fields of a silence match an incident."""
    about = {incident.place_key, *incident.keys.values()}
    device = f"device:{silence.device_id}"
    return (
        (not silence.kinds or incident.kind in silence.kinds)
        and (silence.device_id is None or incident.keys.get("device") == device)
        and (not silence.place_key or silence.place_key in about)
        and RANK.index(incident.severity) <= RANK.index(silence.up_to)
    )


def _cools_down(incident: Incident, settings: IncidentSettings) -> bool:
    if incident.severity == Severity.EXTREME:
        return False
    since = clock.now() - timedelta(minutes=settings.cool_down_minutes)
    before = Incident.objects.filter(
        site=incident.site_id,
        kind=incident.kind,
        source=incident.source,
        announced_at__isnull=False,
        exercise=incident.exercise,
        merged_into=None,
        ended_at__gt=since,
    )
    last = before.exclude(pk=incident.pk).order_by("-ended_at").first()
    return last is not None and RANK.index(incident.severity) <= RANK.index(last.severity)
