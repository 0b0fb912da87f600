"""Evidence is collected after an incident is raised, each piece once, and erased in time."""

from datetime import timedelta

import pytest

from access.models import Passage
from core import clock, jobs, photos, retention
from core.holdings import Identity, PlateUse
from core.models import Job
from core.retention.holds import Subject
from incidents import services
from incidents.evidence import collecting, holdings
from incidents.evidence.retention import erase_evidence
from incidents.evidence.storing import digest_of
from incidents.evidence.values import live_curves
from incidents.models import Evidence, Incident, Occurrence
from tests.devices.telemetry.measuring import measure
from tests.factories import UserFactory, WatchEntryFactory
from tests.gate import GateScene
from tests.incidents.evidence.scene import force_barrier
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def collected(incident, **fields):
    jobs.run_waiting()
    return list(Evidence.objects.filter(incident=incident, **fields).order_by("pk"))


def later(monkeypatch, span):
    now = clock.now() + span
    monkeypatch.setattr(clock, "now", lambda: now)
    return now


def end(incident, ago):
    ended_at = clock.now() - ago
    Incident.objects.filter(pk=incident.pk).update(state="closed", ended_at=ended_at, cleared=True)


class TestPassages:
    def test_the_hit_of_the_watch_list_is_kept_with_a_copy_of_its_photo(self, gate):
        entry = WatchEntryFactory(site=gate.site)
        passage = gate.sees(gate.entry, entry.plate, image=jpeg())
        (piece,) = collected(Incident.objects.get(), kind="passage")
        assert piece.values["plate"] == entry.plate
        assert piece.image != passage.image
        assert photos.load(piece.image) == jpeg()
        assert piece.sha256 == digest_of(jpeg(), {})

    def test_cars_at_the_lane_around_the_moment_are_kept_and_others_are_not(self, gate):
        minute = timedelta(minutes=1)
        near = gate.sees(gate.entry, "沪A11111", image=jpeg(), ago=minute)
        gate.sees(gate.entry, "沪A22222", image=jpeg(), ago=5 * minute)
        gate.sees(gate.exit, "沪A33333", image=jpeg(), ago=minute)
        pieces = collected(force_barrier(gate.entry), kind="passage")
        assert [each.values["passage"] for each in pieces] == [near.pk]

    def test_cars_around_the_hit_of_the_watch_list_are_not_collected(self, gate):
        entry = WatchEntryFactory(site=gate.site)
        gate.sees(gate.entry, "沪A11111", image=jpeg())
        hit = gate.sees(gate.entry, entry.plate, image=jpeg())
        gate.sees(gate.entry, "沪A22222", image=jpeg())
        (piece,) = collected(Incident.objects.get(), kind="passage")
        assert (piece.values["passage"], piece.is_own) == (hit.pk, True)

    def test_only_the_passage_that_is_named_and_those_of_its_plate_are_the_incident_s_own(
        self, gate
    ):
        named = gate.sees(gate.entry, "沪A11111", ago=timedelta(seconds=60))
        again = gate.sees(gate.entry, "沪A11111", ago=timedelta(seconds=20))
        other = gate.sees(gate.entry, "沪A22222", ago=timedelta(seconds=10))
        incident = force_barrier(gate.entry, passage=named.pk, plate=named.plate)
        found = {int(each.key): each.is_own for each in collected(incident, kind="passage")}
        assert found == {named.pk: True, again.pk: True, other.pk: False}

    def test_a_car_that_came_afterwards_is_added_once(self, gate, monkeypatch):
        incident = force_barrier(gate.entry)
        assert collected(incident, kind="passage") == []
        gate.sees(gate.entry, "沪A11111", image=jpeg())
        later(monkeypatch, collecting.AGAIN_AFTER)
        for _time in range(2):
            assert len(collected(incident, kind="passage")) == 1
            collecting.collect_of(Occurrence.objects.get())


class TestCurves:
    def test_the_curve_before_comes_at_once_and_the_one_after_a_quarter_of_an_hour_later(
        self, gate, monkeypatch
    ):
        device, moment = gate.entry.camera, clock.now()
        minutes = {number: moment + timedelta(minutes=number) for number in (-20, -10, -1)}
        measure(device, {at: float(number) for number, at in minutes.items()}, "temperature.c")
        incident = services.raise_incident(
            gate.site.pk, "device_tampered", f"device:{device.pk}", "moderate", moment, {}
        )
        (before,) = collected(incident, kind="curve")
        assert (before.values["metric"], before.values["part"]) == ("temperature.c", "before")
        assert [point[1] for point in before.values["points"]] == [-10.0, -1.0]
        later(monkeypatch, collecting.AGAIN_AFTER)
        after = {moment + timedelta(minutes=number): float(number) for number in (2, 14)}
        measure(device, after, "temperature.c")
        _before, found = collected(incident, kind="curve")
        assert [point[1] for point in found.values["points"]] == [2.0, 14.0]

    def test_the_curve_goes_on_live_until_its_rest_is_stored(self, gate, monkeypatch):
        device, moment = gate.entry.camera, clock.now()
        minutes = {number: moment + timedelta(minutes=number) for number in (-10, -3)}
        measure(device, {at: float(number) for number, at in minutes.items()}, "temperature.c")
        incident = services.raise_incident(
            gate.site.pk, "device_tampered", f"device:{device.pk}", "moderate", moment, {}
        )
        collected(incident)
        assert live_curves(incident) == []
        # The last minute before the moment arrives after the curve before it was stored.
        late = {moment + timedelta(minutes=number): float(number) for number in (-1, 1)}
        later(monkeypatch, timedelta(minutes=2))
        measure(device, late, "temperature.c")
        (piece,) = live_curves(incident)
        assert [point[1] for point in piece.values["points"]] == [-1.0, 1.0]
        later(monkeypatch, collecting.AGAIN_AFTER)
        _before, found = collected(incident, kind="curve")
        assert found.values["points"] == piece.values["points"]
        assert live_curves(incident) == []

    def test_an_incident_of_a_lane_without_measurements_has_no_curve(self, gate):
        assert collected(force_barrier(gate.entry), kind="curve") == []


class TestBounds:
    def test_the_details_of_each_occurrence_are_kept_up_to_a_bound(self, gate):
        for number in range(8):
            incident = force_barrier(gate.entry, number=number)
            jobs.run_waiting()
        pieces = collected(incident, provider="details")
        numbers = [each.values["number"] for each in pieces]
        assert numbers == list(range(collecting.MOST_OCCURRENCES))

    def test_occurrences_that_come_before_the_first_job_runs_are_collected(self, gate):
        for number in range(8):
            incident = force_barrier(gate.entry, number=number)
        pieces = collected(incident, provider="details")
        numbers = [each.values["number"] for each in pieces]
        assert numbers == list(range(collecting.MOST_OCCURRENCES))

    def test_what_a_merge_brings_is_collected_though_its_own_job_had_not_run(self, gate):
        survivor = force_barrier(gate.entry, number=1)
        jobs.run_waiting()
        incident = force_barrier(gate.exit, number=2)
        Job.objects.all().delete()
        services.merge(incident, survivor, UserFactory(), "one cause")
        pieces = collected(survivor, provider="details")
        assert [each.values["number"] for each in pieces] == [1, 2]

    def test_a_second_run_of_the_job_stores_no_piece_twice(self, gate):
        incident = force_barrier(gate.entry, number=1)
        number = len(collected(incident))
        collecting.collect(incident.pk)
        collecting.collect_of(Occurrence.objects.get())
        assert len(collected(incident)) == number

    def test_an_incident_that_is_rolled_back_leaves_no_job(self, gate):
        from django.db import transaction

        with transaction.atomic():
            force_barrier(gate.entry)
            transaction.set_rollback(True)
        jobs.run_waiting()
        assert not Evidence.objects.exists()


class TestErasure:
    def hit(self, gate):
        entry = WatchEntryFactory(site=gate.site)
        gate.sees(gate.entry, entry.plate, image=jpeg())
        incident = Incident.objects.get()
        (piece,) = collected(incident, kind="passage")
        return incident, piece, entry.plate

    def test_evidence_is_erased_180_days_after_the_end_and_its_digest_stays(self, gate):
        incident, piece, _plate = self.hit(gate)
        assert erase_evidence() == 0, "an active incident keeps all"
        end(incident, 179 * DAY)
        assert erase_evidence() == 0
        end(incident, 181 * DAY)
        assert erase_evidence() == Evidence.objects.count()
        image, digest = piece.image, piece.sha256
        piece.refresh_from_db()
        assert (piece.image, piece.values, piece.sha256) == ("", {}, digest)
        with pytest.raises(FileNotFoundError):
            photos.load(image)

    @pytest.mark.parametrize("kind", ["incident", "plate", "period"])
    def test_a_legal_hold_keeps_the_evidence(self, gate, kind):
        incident, _piece, plate = self.hit(gate)
        end(incident, 400 * DAY)
        now = clock.now()
        subject = {
            "incident": Subject(kind="incident", incident=incident.pk),
            "plate": Subject(kind="plate", plate=plate),
            "period": Subject(kind="period", begins_at=now - DAY, until_at=now + DAY),
        }[kind]
        retention.place_hold(gate.site, UserFactory(), subject, reason="a case", ends_at=now + DAY)
        erase_evidence()
        assert Evidence.objects.filter(kind="passage", erased=False).exists()

    def test_a_person_receives_and_may_erase_what_names_the_persons_plate(self, gate):
        incident, _piece, plate = self.hit(gate)
        identity = Identity(gate.site.pk, 0, (PlateUse(plate, plate),))
        ((name, rows),) = holdings.export(identity)
        assert (name, {row["kind"] for row in rows}) == ("evidence", {"passage", "values"})
        assert holdings.erase(identity).rows == 0, "the incident is active"
        end(incident, DAY)
        assert holdings.erase(identity).rows == len(rows)
        assert not Passage.objects.filter(evidence=True, redacted=True).exists()
