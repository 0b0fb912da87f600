"""Turn the transitions of rules into periods and incidents."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from incidents import services
from incidents.alarms.index import Watching
from incidents.alarms.observables import TELEMETRY
from incidents.models import AlarmPeriod, Incident
from incidents.rules.model import Signal
from incidents.rules.replay import Period


def begin(watching: Watching, source: str, at: datetime, signal: Signal | None) -> None:
    """Open a period and raise the incident; a period that is open or was found late stays alone.

    Args:
        signal: the one that raised it; None where a time ran out.
    """
    period = AlarmPeriod(rule_id=watching.pk, source=source, began_at=at)
    AlarmPeriod.objects.bulk_create([period], ignore_conflicts=True)
    same = AlarmPeriod.objects.filter(rule=watching.pk, source=source, began_at=at)
    if same.filter(incident=None).exists():
        same.update(incident=_raise(watching, source, at, _detail(source, signal)))


def end(watching: Watching, source: str, at: datetime) -> None:
    """Close the open period and clear its incident."""
    open_periods = AlarmPeriod.objects.filter(rule=watching.pk, source=source, ended_at=None)
    open_periods.update(ended_at=at)
    services.clear(watching.site_id, watching.kind, incident_source(watching, source))


def add_late(watching: Watching, source: str, period: Period, until: datetime) -> bool:
    """Raise an incident for a past period, unless an alarm of that rule and source covers it.

    One that is active still counts it as an occurrence.

    Args:
        until: the end of a period that has not ended in the data.

    Returns:
        Whether it was raised.
    """
    ended_at = period.ended_at or until
    if _is_covered(watching, source, period.began_at, ended_at):
        return False
    detail = _detail(source, None) | {"late": True}
    incident = _raise(watching, source, period.began_at, detail, late=True)
    AlarmPeriod.objects.create(
        rule_id=watching.pk,
        source=source,
        began_at=period.began_at,
        ended_at=ended_at,
        late=True,
        incident=incident,
    )
    return True


def _is_covered(watching: Watching, source: str, began_at: datetime, ended_at: datetime) -> bool:
    """Whether the condition is known to have held then, or an incident lasted that has ended."""
    same = AlarmPeriod.objects.filter(rule=watching.pk, source=source, began_at__lte=ended_at)
    if same.exclude(ended_at__lt=began_at).exists():
        return True
    lasted = Q(merged_into=None, ended_at__gte=began_at) | Q(merged_into__ended_at__gte=began_at)
    before = Incident.objects.filter(
        site=watching.site_id,
        rule=watching.pk,
        source=incident_source(watching, source),
        first_at__lte=began_at,
    )
    return before.filter(lasted).exists()


def _raise(
    watching: Watching, source: str, at: datetime, detail: dict[str, Any], *, late: bool = False
) -> Incident:
    return services.raise_incident(
        watching.site_id,
        watching.kind,
        incident_source(watching, source),
        watching.severity,
        at,
        detail,
        rule_id=watching.pk,
        late=late,
    )


def incident_source(watching: Watching, source: str) -> str:
    """Return the source of a rule's incidents: of one device, each rule has its own."""
    return f"{source}:rule:{watching.pk}"


def _detail(source: str, signal: Signal | None) -> dict[str, Any]:
    """Return what the incident's page shows of the signal."""
    subject, _, pk = source.partition(":")
    detail: dict[str, Any] = {subject: int(pk)} if subject == "device" else {"lane_id": int(pk)}
    if signal is not None and signal.kind.startswith(TELEMETRY):
        detail["metric"] = signal.kind.removeprefix(TELEMETRY)
        detail["value"] = signal.values["value"]
    return detail
