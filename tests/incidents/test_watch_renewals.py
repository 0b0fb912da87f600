"""The watch-list: renewals with a fresh approval, the end by itself, and hits as reviewed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from incidents import selectors, services
from incidents.models import WatchEntry
from incidents.watch_hits import Hits, hits_by_basis, hits_of, with_hits
from incidents.watch_renewals import periods_of, renew_watch_entry
from tests.factories import SiteFactory, UserFactory, WatchEntryFactory

pytestmark = pytest.mark.django_db


def renewed(entry, creator=None, **changed):
    fields = {
        "document_no": "PR-2",
        "requesting_org": "District police",
        "requesting_officer": "Officer Li",
        "reason": "the inquiry goes on",
        "ends_at": entry.ends_at + timedelta(days=60),
    } | changed
    return renew_watch_entry(entry, creator or UserFactory(), **fields)


def in_force(entry, at):
    return selectors.entries_in_force(entry.site_id, entry.plate, at)


def test_a_renewal_is_a_period_of_its_own_after_the_entry_and_keeps_it():
    entry = WatchEntryFactory()
    before = WatchEntry.objects.filter(pk=entry.pk).values().get()
    renewal = renewed(entry)
    assert (renewal.plate, renewal.begins_at, renewal.renews) == (entry.plate, entry.ends_at, entry)
    assert WatchEntry.objects.filter(pk=entry.pk).values().get() == before
    assert periods_of(entry) == periods_of(renewal) == [renewal, entry]


def test_a_renewal_takes_effect_only_when_another_person_approves_it():
    entry, creator = WatchEntryFactory(), UserFactory()
    renewal = renewed(entry, creator)
    later = renewal.begins_at + timedelta(days=1)
    assert in_force(entry, later) == []
    with pytest.raises(Rejection, match="you created this entry"):
        services.approve_watch_entry(renewal, creator)
    services.approve_watch_entry(renewal, UserFactory())
    assert in_force(entry, later) == [renewal]
    assert in_force(entry, clock.now()) == [entry], "one period at a time"


def test_an_entry_that_has_ended_is_renewed_from_now_on():
    now = clock.now()
    entry = WatchEntryFactory(begins_at=now - timedelta(days=40), ends_at=now - timedelta(days=3))
    assert renewed(entry, ends_at=now + timedelta(days=9)).begins_at >= now


@given(days=st.integers(1, 300), minutes=st.integers(-2, 2))
def test_a_period_of_a_renewal_has_ninety_days_at_most(days, minutes):
    entry = WatchEntryFactory()
    length = timedelta(days=days, minutes=minutes)
    with transaction.atomic():
        if length <= services.MAX_WATCH_PERIOD:
            renewed(entry, ends_at=entry.ends_at + length)
        else:
            with pytest.raises(Rejection) as refused:
                renewed(entry, ends_at=entry.ends_at + length)
            assert refused.value.code == "range_too_long"


@pytest.mark.parametrize("field", ["document_no", "requesting_org", "requesting_officer", "reason"])
def test_a_renewal_needs_a_document_a_requester_and_a_reason(field):
    with pytest.raises(Rejection) as refused:
        renewed(WatchEntryFactory(), **{field: " "})
    assert refused.value.field == field


def test_only_an_approved_entry_that_was_not_ended_early_is_renewed_and_once():
    with pytest.raises(Rejection, match="only an approved entry"):
        renewed(WatchEntryFactory(approved_by=None, approved_at=None))
    ended = WatchEntryFactory()
    services.end_watch_entry(ended, UserFactory(), "car found")
    with pytest.raises(Rejection, match="ended early"):
        renewed(ended)
    entry = WatchEntryFactory()
    first = renewed(entry)
    with pytest.raises(Rejection, match="has a renewal"):
        renewed(entry)
    services.end_watch_entry(first, UserFactory(), "not needed")
    again = renewed(entry)
    assert {each.pk for each in periods_of(entry)} == {entry.pk, first.pk, again.pk}


def test_the_database_allows_one_renewal():
    entry = WatchEntryFactory()
    renewed(entry)
    with pytest.raises(IntegrityError), transaction.atomic():
        WatchEntryFactory(site=entry.site, renews=entry)


def test_the_early_end_of_an_entry_ends_its_renewal_and_keeps_who_and_why():
    entry, actor = WatchEntryFactory(), UserFactory()
    renewal = services.approve_watch_entry(renewed(entry), UserFactory())
    services.end_watch_entry(entry, actor, "car found")
    for each in (entry, renewal):
        each.refresh_from_db()
        assert (each.ended_by, each.end_reason) == (actor, "car found")
    assert in_force(entry, clock.now() + timedelta(days=40)) == []
    assert AuditEntry.objects.filter(action="end watch-list entry").count() == 2


def test_an_entry_ends_by_itself_with_all_jobs_stopped():
    """No job, no event and no write: the query alone compares with the time."""
    entry = WatchEntryFactory()
    just_before = entry.ends_at - timedelta(microseconds=1)
    assert in_force(entry, just_before) == [entry]
    assert in_force(entry, entry.ends_at) == []


def test_an_entry_that_has_ended_is_not_approved():
    now = clock.now()
    entry = WatchEntryFactory(
        approved_by=None,
        approved_at=None,
        begins_at=now - timedelta(days=9),
        ends_at=now - timedelta(days=1),
    )
    with pytest.raises(Rejection, match="has ended"):
        services.approve_watch_entry(entry, UserFactory())


def hit(entry, confirmed=None):
    incident = services.raise_incident(
        entry.site_id, "plate_watchlist", f"watch:{entry.pk}", "severe", clock.now(), {}, entry
    )
    if confirmed is not None:
        services.review(incident, UserFactory(), confirmed=confirmed, reason="seen")
    if confirmed:
        services.close(incident, UserFactory(), "handed over")


def test_hits_are_counted_as_people_have_reviewed_them_by_entry_and_basis():
    site = SiteFactory()
    wanted = WatchEntryFactory(site=site, legal_basis="court_order")
    stolen = WatchEntryFactory(site=site, legal_basis="stolen_vehicle")
    for confirmed in (True, True, False, None):
        hit(wanted, confirmed)
    hit(stolen)
    hit(WatchEntryFactory(), confirmed=True)  # of another site
    found = {each.pk: hits_of(each) for each in with_hits(selectors.watch_entries(site))}
    assert found == {wanted.pk: Hits(4, 2, 1), stolen.pk: Hits(1, 0, 0)}
    assert hits_by_basis(site) == {"court_order": Hits(4, 2, 1), "stolen_vehicle": Hits(1, 0, 0)}
    assert (found[wanted.pk].precision, found[wanted.pk].open) == (67, 1)
    assert found[stolen.pk].precision is None
