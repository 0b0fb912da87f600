"""What a person's page sounds: no kind, plate or name, since it stands on a screen at the gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from core import clock
from core.models import Site, User
from incidents.escalation.shifts import open_shift
from incidents.models import EscalationNotice, Incident, TestAlarmRecipient
from incidents.severities import Severity

#: Tones that are repeated until an acknowledgement.
REPEATED = frozenset({Severity.EXTREME.value, Severity.SEVERE.value})
#: A page that was opened later does not sound what is older and is not repeated.
_ONCE_WITHIN = timedelta(minutes=1)
_TEST_WITHIN = timedelta(minutes=10)
#: How many alarms a page sounds at most.
MOST = 50


@dataclass(frozen=True, slots=True)
class Sound:
    """One alarm that a page sounds.

    Attributes:
        key: identifies it, so that a page sounds it once.
        tone: the severity, or ``test``.
        repeats: whether it is repeated until it is gone.
    """

    key: str
    tone: str
    repeats: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as pages read it."""
        return {"key": self.key, "tone": self.tone, "repeats": self.repeats}


@dataclass(frozen=True)
class Sounds:
    """What a person's page sounds now, and whether the person is on duty."""

    on_duty: bool
    sounds: list[Sound]

    def as_json(self) -> dict[str, Any]:
        """Return it as pages read it."""
        return {"on_duty": self.on_duty, "sounds": [each.as_json() for each in self.sounds]}


def sounds_for(site: Site, user: User) -> Sounds:
    """Return what a page of the person sounds.

    On duty, these are all incidents that no one has acknowledged or reviewed; else those of which
    the person was notified by an escalation.
    """
    on_duty = open_shift(site, user) is not None
    incidents = _waiting(site) if on_duty else _notified(site, user)
    return Sounds(on_duty, [*_of_incidents(incidents), *_of_tests(site, user)])


def _waiting(site: Site) -> QuerySet[Incident]:
    """Return the incidents that no one has acknowledged or reviewed, and that are not muted."""
    active = Incident.objects.filter(
        site=site, acked_by=None, reviewed_by=None, late=False, announced_at__isnull=False
    )
    return active.exclude(state__in=Incident.ENDED)


def _notified(site: Site, user: User) -> QuerySet[Incident]:
    notices = EscalationNotice.objects.filter(user=user, run__ended_at=None)
    return _waiting(site).filter(pk__in=notices.values("run__incident"))


def _of_incidents(incidents: QuerySet[Incident]) -> Iterable[Sound]:
    """Return the sounds of incidents; in a storm, those that repeat come before all others."""
    repeats = Q(severity__in=REPEATED)
    audible = incidents.filter(repeats | Q(first_at__gt=clock.now() - _ONCE_WITHIN))
    order = Case(When(repeats, then=Value(0)), default=Value(1))
    for incident in audible.order_by(order, "-first_at", "-pk")[:MOST]:
        key = f"{incident.pk}:{incident.severity}"
        yield Sound(key, incident.severity, incident.severity in REPEATED)


def _of_tests(site: Site, user: User) -> Iterable[Sound]:
    rows = TestAlarmRecipient.objects.filter(
        alarm__site=site,
        alarm__began_at__gt=clock.now() - _TEST_WITHIN,
        user=user,
        acknowledged_at=None,
    )
    for key in rows.order_by("pk").values_list("alarm", flat=True):
        yield Sound(f"test:{key}", "test", repeats=True)
