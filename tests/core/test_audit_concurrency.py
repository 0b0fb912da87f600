"""Recording never makes another transaction wait, and orders no locks.

Up to version 0.1, an entry's place in the chain was a lock held until commit: a guard waited for
every transaction of the site that had recorded before, and two pairs of services deadlocked.
"""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from access import services as access
from core import audit
from devices import services as devices
from devices.models import Command
from incidents import services as incidents
from incidents.models import Incident
from tests.at_once import at_once
from tests.factories import WatchEntryFactory
from tests.gate import GateScene, open_commands, staff

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 20


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def with_lock_timeout(task: Callable[[], object], milliseconds: int) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = %s", [milliseconds])
    return task()


def test_a_guard_opens_the_barrier_while_a_transaction_that_recorded_stays_open(gate) -> None:
    guard, manager = staff("guard"), staff("manager")
    recorded, opened = threading.Event(), threading.Event()

    def long_transaction() -> None:
        with transaction.atomic():
            audit.record(gate.site, manager, "import devices", ("site", gate.site.pk))
            recorded.set()
            assert opened.wait(PATIENCE_S), "the guard waits for this transaction"

    def open_barrier() -> None:
        assert recorded.wait(PATIENCE_S)
        with_lock_timeout(lambda: access.open_lane(gate.entry, guard, "ambulance"), 200)
        assert open_commands(gate.entry) == 1
        opened.set()

    at_once(long_transaction, open_barrier)
    assert [entry.actor for entry in gate.site.audit_entries.order_by("pk")] == ["manager", "guard"]


class Meeting:
    """Makes two threads reach their `audit.record` together, in a chosen order.

    The one that is named records and waits for the other to arrive at its own recording; only
    then does that one record and go on, holding what it has locked so far.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
        self.record = audit.record
        self.first = first
        self.has_recorded, self.has_arrived = threading.Event(), threading.Event()
        self.names: dict[int, str] = {}
        monkeypatch.setattr(audit, "record", self._record)

    def task(self, name: str, service: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            self.names[threading.get_ident()] = name
            return with_lock_timeout(service, 10_000)

        return run

    def _record(self, *args: object, **detail: object) -> object:
        if self.names[threading.get_ident()] == self.first:
            entry = self.record(*args, **detail)
            self.has_recorded.set()
            assert self.has_arrived.wait(PATIENCE_S)
            return entry
        self.has_arrived.set()
        assert self.has_recorded.wait(PATIENCE_S)
        return self.record(*args, **detail)


@pytest.mark.parametrize("first", ["disable", "open"])
def test_disabling_a_device_and_opening_its_barrier(gate, monkeypatch, first) -> None:
    guard, technician = staff("guard"), staff("technician")
    meeting = Meeting(monkeypatch, first)
    barrier = gate.entry.barrier
    at_once(
        meeting.task("disable", lambda: devices.set_enabled(barrier, False, actor=technician)),
        meeting.task("open", lambda: access.open_lane(gate.entry, guard, "ambulance")),
    )
    barrier.refresh_from_db()
    assert not barrier.enabled
    assert Command.objects.filter(device=barrier, action="open").count() == 1
    actions = {entry.action for entry in gate.site.audit_entries.all()}
    assert actions == {"disable device", "lift barrier"}


@pytest.mark.parametrize("first", ["acknowledge", "correct"])
def test_acknowledging_an_incident_and_correcting_the_plate_that_repeats_it(
    gate, monkeypatch, first
) -> None:
    guard, security = staff("guard"), staff("security")
    WatchEntryFactory(site=gate.site, plate="沪A12345")
    gate.sees(gate.entry, "沪A12345")
    incident = Incident.objects.get(kind="plate_watchlist")
    passage = gate.sees(gate.exit, "沪A12346")
    meeting = Meeting(monkeypatch, first)
    at_once(
        meeting.task("acknowledge", lambda: incidents.acknowledge(incident, security)),
        meeting.task(
            "correct", lambda: access.correct_read(passage, "沪A12345", guard, "a 5, not a 6")
        ),
    )
    incident.refresh_from_db()
    assert (incident.acked_by, incident.occurrences) == (security, 2)
    actions = {entry.action for entry in gate.site.audit_entries.all()}
    assert actions == {"acknowledge incident", "correct read"}
