"""Retention: sites set their own periods, holds keep rows, and each run is reported."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.jobs import redact_passages
from access.models import Passage
from core import clock, retention
from core.errors import Rejection
from core.models import AuditEntry, LegalHold, RetentionReport
from core.retention.holds import Subject
from tests.factories import LaneFactory, PersonFactory, SiteFactory, UserFactory, VehicleFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PLATES = ("沪A11111", "沪A22222", "沪A33333")


def passes(lane, plate, days_ago):
    """A passage of so many days ago that no stay needs."""
    at = clock.now() - timedelta(days=days_ago)
    return Passage.objects.create(
        site=lane.gate.site,
        lane=lane,
        direction="entry",
        at=at,
        received_at=at,
        seen_at=at,
        plate=plate,
        folded=plate,
        state="passed",
    )


def hold(site, **subject):
    reason, ends_at = "court case 2026-7", clock.now() + 90 * DAY
    return retention.place_hold(
        site, UserFactory(), Subject(**subject), reason=reason, ends_at=ends_at
    )


def kept_plates():
    return sorted(Passage.objects.exclude(plate="").values_list("plate", flat=True))


class TestPeriods:
    def test_a_site_without_its_own_period_has_the_standard_one(self, settings):
        assert retention.days(SiteFactory().pk, "passages") == settings.PASSAGE_DAYS

    def test_a_site_may_shorten_a_period_without_a_reason(self):
        lane = LaneFactory()
        other = LaneFactory()
        for each in (lane, other):
            passes(each, PLATES[0], 10)
        retention.set_period(lane.gate.site, UserFactory(), "passages", 7, "")
        assert redact_passages() == 1
        assert Passage.objects.get(redacted=True).site == lane.gate.site

    def test_a_longer_period_needs_a_law(self):
        site = SiteFactory()
        with pytest.raises(Rejection) as error:
            retention.set_period(site, UserFactory(), "passages", 90, " ")
        assert (error.value.field, error.value.code) == ("legal_basis", "missing")
        retention.set_period(site, UserFactory(), "passages", 90, "Parking bylaw, article 12")
        lane = LaneFactory(gate__site=site, lot__site=site)
        passes(lane, PLATES[0], 60)
        assert redact_passages() == 0

    @pytest.mark.parametrize("days", [0, 5000])
    def test_a_period_outside_the_bounds_is_rejected(self, days):
        with pytest.raises(Rejection) as error:
            retention.set_period(SiteFactory(), UserFactory(), "passages", days, "law")
        assert (error.value.field, error.value.code) == ("days", "out_of_bounds")

    def test_a_change_is_audited_with_both_numbers(self):
        site = SiteFactory()
        retention.set_period(site, UserFactory(), "passages", 7, "")
        entry = AuditEntry.objects.get(site=site, action="set retention period")
        assert entry.detail["kept_days"] == [30, 7]


class TestHolds:
    def test_a_hold_of_a_plate_keeps_its_passages(self):
        lane = LaneFactory()
        for plate in PLATES[:2]:
            passes(lane, plate, 40)
        hold(lane.gate.site, kind="plate", plate=PLATES[0])
        assert redact_passages() == 1
        assert kept_plates() == [PLATES[0]]

    def test_a_hold_of_a_person_keeps_the_passages_of_the_persons_cars(self):
        lane = LaneFactory()
        person = PersonFactory(site=lane.gate.site)
        hold(lane.gate.site, kind="person", person=person.pk)
        # A car that was registered after the hold is covered, too.
        VehicleFactory(site=lane.gate.site, person=person, plate=PLATES[0], folded=PLATES[0])
        for plate in PLATES[:2]:
            passes(lane, plate, 40)
        assert redact_passages() == 1
        assert kept_plates() == [PLATES[0]]

    def test_a_hold_of_a_period_keeps_what_happened_in_it(self):
        lane = LaneFactory()
        for plate, days in zip(PLATES, (50, 45, 40), strict=True):
            passes(lane, plate, days)
        now = clock.now()
        hold(lane.gate.site, kind="period", begins_at=now - 47 * DAY, until_at=now - 42 * DAY)
        assert redact_passages() == 2
        assert kept_plates() == [PLATES[1]]

    def test_a_hold_of_one_site_keeps_no_rows_of_another(self):
        lane = LaneFactory()
        passes(lane, PLATES[0], 40)
        hold(SiteFactory(), kind="plate", plate=PLATES[0])
        assert redact_passages() == 1

    def test_a_hold_past_its_end_stays_until_another_person_releases_it(self):
        lane = LaneFactory()
        passes(lane, PLATES[0], 40)
        placed = hold(lane.gate.site, kind="plate", plate=PLATES[0])
        LegalHold.objects.update(created_at=clock.now() - 9 * DAY, ends_at=clock.now() - DAY)
        assert list(retention.due_holds(lane.gate.site)) == [placed]
        assert redact_passages() == 0
        with pytest.raises(Rejection) as error:
            retention.release_hold(placed, placed.owner, "the case is closed")
        assert error.value.code == "own_hold"
        retention.release_hold(placed, UserFactory(), "the case is closed")
        assert redact_passages() == 1

    def test_the_database_refuses_a_release_by_the_owner(self):
        placed = hold(SiteFactory(), kind="plate", plate=PLATES[0])
        with pytest.raises(IntegrityError), transaction.atomic():
            LegalHold.objects.update(released_at=clock.now(), released_by=placed.owner)

    def test_a_released_hold_cannot_be_released_or_extended(self):
        placed = hold(SiteFactory(), kind="plate", plate=PLATES[0])
        retention.release_hold(placed, UserFactory(), "the case is closed")
        for change in (
            lambda: retention.release_hold(placed, UserFactory(), "again"),
            lambda: retention.extend_hold(placed, UserFactory(), clock.now() + DAY, "again"),
        ):
            with pytest.raises(Rejection) as error:
                change()
            assert error.value.code == "released"

    def test_an_extended_hold_is_due_later(self):
        placed = hold(SiteFactory(), kind="plate", plate=PLATES[0])
        later = placed.ends_at + 30 * DAY
        assert retention.extend_hold(placed, placed.owner, later, "an appeal").ends_at == later

    def test_a_hold_is_not_extended_to_an_earlier_date(self):
        placed = hold(SiteFactory(), kind="plate", plate=PLATES[0])
        with pytest.raises(Rejection) as error:
            retention.extend_hold(placed, placed.owner, placed.ends_at - DAY, "an appeal")
        assert (error.value.field, error.value.code) == ("ends_at", "not_later")

    @pytest.mark.parametrize(
        ("subject", "field"),
        [
            ({"kind": "plate"}, "plate"),
            ({"kind": "incident"}, "incident"),
            ({"kind": "person"}, "person"),
            ({"kind": "period"}, "begins_at"),
        ],
    )
    def test_a_hold_names_its_subject(self, subject, field):
        with pytest.raises(Rejection) as error:
            hold(SiteFactory(), **subject)
        assert (error.value.field, error.value.code) == (field, "missing")

    def test_a_person_under_a_hold_is_not_erased(self):
        person = PersonFactory()
        hold(person.site, kind="person", person=person.pk)
        assert retention.is_person_held(person.site_id, person.pk, ())
        assert not retention.is_person_held(person.site_id, person.pk + 1, ())


class TestReports:
    def test_a_run_reports_what_it_deleted_and_what_a_hold_keeps(self):
        lane = LaneFactory()
        for plate in PLATES:
            passes(lane, plate, 40)
        hold(lane.gate.site, kind="plate", plate=PLATES[0])
        redact_passages()
        report = RetentionReport.objects.get()
        assert (report.site, report.code) == (lane.gate.site, "passages")
        assert (report.deleted, report.held) == (2, 1)

    def test_a_run_that_changes_no_number_is_not_reported(self):
        lane = LaneFactory()
        passes(lane, PLATES[0], 40)
        hold(lane.gate.site, kind="plate", plate=PLATES[0])
        redact_passages()
        redact_passages()
        assert RetentionReport.objects.count() == 1


SEEN = st.lists(st.tuples(st.sampled_from(PLATES), st.integers(0, 80)), min_size=1, max_size=8)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seen=SEEN,
    days=st.integers(1, 70),
    held=st.sets(st.sampled_from(PLATES), max_size=2),
    period=st.none() | st.tuples(st.integers(1, 80), st.integers(1, 20)),
)
def test_what_is_held_stays_and_all_else_past_its_period_goes(db, seen, days, held, period):
    with transaction.atomic():
        lane = LaneFactory()
        site, now = lane.gate.site, clock.now()
        retention.set_period(site, UserFactory(), "passages", days, "the law of the place")
        rows = {passes(lane, plate, ago - 0.5).pk: (plate, ago) for plate, ago in seen}
        for plate in held:
            hold(site, kind="plate", plate=plate)
        if period is not None:
            begins = now - period[0] * DAY
            hold(site, kind="period", begins_at=begins, until_at=begins + period[1] * DAY)

        redact_passages()

        in_period = (
            (lambda ago: False)
            if period is None
            else (lambda ago: period[0] - period[1] < ago - 0.5 <= period[0])
        )
        expected = {
            pk
            for pk, (plate, ago) in rows.items()
            if ago - 0.5 <= days or plate in held or in_period(ago)
        }
        assert set(Passage.objects.exclude(plate="").values_list("pk", flat=True)) == expected
        transaction.set_rollback(True)
