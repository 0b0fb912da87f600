"""Statements of consent are kept while they are in force, and three years after that."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core import clock, retention
from core.models import RetentionReport
from core.retention.holds import Subject
from people import consents
from people.jobs import delete_old_consents
from people.models import ConsentGrant, ConsentStatement, Person
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OLD, YOUNG = 1100, 1000


@pytest.fixture(autouse=True)
def purpose(monkeypatch):
    monkeypatch.setattr(consents, "_purposes", {})
    consents.register_purpose(consents.Purpose("faces", "Faces", "Your face opens doors."))


@pytest.fixture
def person():
    return PersonFactory()


@pytest.fixture
def stated(person, monkeypatch):
    """Record a statement of so many days ago, by the clock of that day."""
    now = clock.now()

    def record(state, days_ago, of=person, recorded_days_ago=None):
        at = now - days_ago * DAY
        recorded = now - (days_ago if recorded_days_ago is None else recorded_days_ago) * DAY
        with monkeypatch.context() as patch:
            patch.setattr("core.clock.now", lambda: recorded)
            return consents.record_statement(
                of, "portal", purpose="faces", state=state, at=at, channel="portal"
            )

    return record


def left(person):
    return list(consents.statements_of(person).order_by("at"))


def test_a_consent_in_force_is_kept_however_old(person, stated):
    statement = stated("given", 3000)
    assert delete_old_consents() == 0
    assert left(person) == [statement]


def test_a_consent_and_its_withdrawal_go_three_years_after_the_withdrawal(person, stated):
    stated("given", 3000), stated("withdrawn", OLD)
    assert delete_old_consents() == 2
    report = RetentionReport.objects.get(site=person.site, code="consents")
    assert (report.deleted, report.held) == (2, 0)
    assert left(person) == []


def test_what_was_withdrawn_later_is_kept_with_its_withdrawal(person, stated):
    found = [stated("given", 3000), stated("withdrawn", YOUNG)]
    assert delete_old_consents() == 0
    assert left(person) == found


def test_what_was_replaced_goes_and_what_replaced_it_stays_in_force(person, stated):
    stated("given", 3000), stated("withdrawn", 2000)
    last = stated("given", OLD)
    assert delete_old_consents() == 2
    assert left(person) == [last]
    assert ConsentGrant.objects.get(person=person).statement == last


def test_a_consent_of_an_erased_person_is_kept_for_three_years_after_the_erasure(person, stated):
    statement = stated("given", 3000)
    ConsentGrant.objects.all().delete()
    Person.objects.filter(pk=person.pk).update(erased_at=clock.now() - YOUNG * DAY)
    assert delete_old_consents() == 0
    assert left(person) == [statement]
    Person.objects.filter(pk=person.pk).update(erased_at=clock.now() - OLD * DAY)
    assert delete_old_consents() == 1


def test_a_statement_that_was_recorded_afterwards_counts_from_then(person, stated):
    stated("withdrawn", 3000, recorded_days_ago=YOUNG)
    assert delete_old_consents() == 0


def test_a_statement_of_another_person_ends_no_consent(person, stated):
    other = PersonFactory(site=person.site)
    kept = stated("given", 3000)
    stated("withdrawn", OLD, of=other)
    assert delete_old_consents() == 1
    assert left(person) == [kept]


def test_a_hold_of_the_person_keeps_the_statements(person, stated):
    found = [stated("given", 3000), stated("withdrawn", OLD)]
    reason, ends_at = "court case 2026-7", clock.now() + 90 * DAY
    subject = Subject(kind="person", person=person.pk)
    retention.place_hold(person.site, UserFactory(), subject, reason=reason, ends_at=ends_at)
    assert delete_old_consents() == 0
    assert left(person) == found
    assert RetentionReport.objects.get(site=person.site, code="consents").held == 2


@pytest.mark.parametrize("days", [YOUNG, 0])
def test_the_database_refuses_to_delete_a_younger_statement(person, stated, days):
    stated("withdrawn", days)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ConsentStatement.objects.all().delete()
