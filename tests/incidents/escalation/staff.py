"""A site's staff, a clock that tests set, and who was notified."""

from datetime import date, time, timedelta

from core import clock
from core.jobs import run_waiting
from core.permissions import StandardRole
from incidents import services
from incidents.escalation import rota_editing
from incidents.escalation.rota_editing import LayerValues
from incidents.models import EscalationNotice
from tests.factories import MembershipFactory, UserFactory


class Clock:
    """The current time, which stands still until a test moves it."""

    def __init__(self, monkeypatch, now):
        self.now = now
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def advance(self, seconds):
        """Move on, and run the jobs that are due."""
        self.now += timedelta(seconds=seconds)
        run_waiting()


def hire(site, name, role=StandardRole.GUARD):
    """A person with a role at the site, found again by the name."""
    user = UserFactory(username=name, first_name=name.capitalize())
    return MembershipFactory(site=site, user=user, role=role).user


def add_layer(site, *people, **more):
    """A weekly layer whose first person is on call since the week of 2 March 2026."""
    values = {"name": "first line", "first_day": date(2026, 3, 2), "hand_over": time(8), **more}
    return rota_editing.add_layer(site, people[0], LayerValues(people=people, **values))


def raise_incident(site, kind="intrusion", severity="severe", source="device:1", **more):
    """An incident of that severity, and the jobs that follow it."""
    incident = services.raise_incident(site.pk, kind, source, severity, clock.now(), {}, **more)
    run_waiting()
    return incident


def notified(incident):
    """The names of those who were notified of an incident, in that order."""
    rows = EscalationNotice.objects.filter(run__incident=incident)
    return list(rows.order_by("pk").values_list("user__username", flat=True))
