"""Incidents at a lane with cameras, for tests of evidence."""

from datetime import datetime, timedelta

from core import clock, jobs
from core.models import User
from incidents import services
from incidents.evidence import cameras
from incidents.models import EvidenceCamera, Incident
from tests.factories import UserFactory
from tests.fake_camera import PASSWORD, USER

NETWORK = "127.0.0.0/8"


def administrator() -> User:
    """A user who may allow networks."""
    return UserFactory(is_superuser=True)


def add_camera(site, url: str = "", **values) -> EvidenceCamera:
    """A camera of the site, whose network is allowed if it has an address."""
    if url:
        cameras.set_networks(site, administrator(), [NETWORK])
    given = {"name": "North", "url": url, "username": USER, "password": PASSWORD, **values}
    return cameras.save_camera(site, UserFactory(), None, **given)


def force_barrier(lane, at: datetime | None = None, **detail) -> Incident:
    """Raise an incident: the lane's barrier was forced open."""
    source = f"device:{lane.barrier_id}"
    at = at or clock.now()
    return services.raise_incident(
        lane.gate.site_id, "barrier_forced", source, "moderate", at, detail
    )


def run_jobs_until(monkeypatch, end: timedelta) -> None:
    """Run what is due now and, second by second, until that time from now."""
    begin = clock.now()
    for second in range(int(end.total_seconds()) + 1):
        now = begin + timedelta(seconds=second)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        jobs.run_waiting()
