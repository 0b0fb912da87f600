"""Consents: every statement is kept, the latest one counts."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import audit, clock
from core.errors import Rejection
from people import consents
from people.consents import Purpose
from people.models import ConsentGrant, ConsentStatement
from tests.at_once import at_once
from tests.factories import PersonFactory
from tests.gate import staff

pytestmark = pytest.mark.django_db
DOORS = Purpose("face_at_doors", "Face at doors", "Your face opens doors.", version=2)


@pytest.fixture(autouse=True)
def purpose(monkeypatch):
    monkeypatch.setattr(consents, "_purposes", {})
    consents.register_purpose(DOORS)


def state(person, stated="given", *, ago=0, **more):
    values = {"purpose": DOORS.code, "channel": "paper", **more}
    at = clock.now() - timedelta(hours=ago)
    return consents.record_statement(person, staff("li"), state=stated, at=at, **values)


def test_a_given_consent_is_in_force_with_the_version_of_its_text():
    person = PersonFactory()
    statement = state(person)
    grant = ConsentGrant.objects.get()
    assert (grant.person, grant.purpose, grant.statement) == (person, DOORS.code, statement)
    assert (statement.text_version, statement.recorded_by) == (2, "li")
    assert consents.has_consented(person, DOORS.code)
    assert audit.history(person.site, ("person", person.pk)).get().action == "consent given"


def test_a_withdrawal_ends_the_consent_and_keeps_both_statements():
    person = PersonFactory()
    state(person, ago=2)
    state(person, "withdrawn", ago=1)
    assert not consents.has_consented(person, DOORS.code)
    stated = consents.statements_of(person).values_list("state", flat=True)
    assert list(stated) == ["withdrawn", "given"]


def test_an_older_statement_that_arrives_late_changes_nothing():
    person = PersonFactory()
    state(person, "withdrawn", ago=1)
    state(person, ago=2)
    assert not consents.has_consented(person, DOORS.code)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["given", "withdrawn"])), max_size=7))
def test_the_latest_statement_counts_in_whichever_order_they_arrive(stated):
    with transaction.atomic():
        person, start = PersonFactory(), clock.now()
        for hours, what in stated:
            consents.record_statement(
                person,
                "portal",
                purpose=DOORS.code,
                state=what,
                at=start - timedelta(hours=hours),
                channel="portal",
            )
        latest = min((hours for hours, _what in stated), default=None)
        last = {what for hours, what in stated if hours == latest}
        assert consents.has_consented(person, DOORS.code) == (last == {"given"})
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"purpose": "marketing"}, "purpose"),
        ({"text_version": 3}, "text_version"),
        ({"text_version": 0}, "text_version"),
        ({"ago": -1}, "at"),
        ({"stated": "maybe"}, "state"),
        ({"channel": ""}, "channel"),
        ({"guardian": "x" * 121}, "guardian"),
    ],
)
def test_an_impossible_statement_is_rejected_at_its_field(values, field):
    with pytest.raises(Rejection) as rejected:
        state(PersonFactory(), **values)
    assert rejected.value.field == field
    assert not ConsentStatement.objects.exists()


def test_a_guardian_gives_the_consent_of_a_child_who_may_withdraw_it():
    today = clock.now().date()
    child = PersonFactory(born_on=today.replace(year=today.year - 14, day=1) + timedelta(days=60))
    with pytest.raises(Rejection) as rejected:
        state(child)
    assert rejected.value.field == "guardian"
    assert state(child, guardian=" Chen  Jing ").guardian == "Chen Jing"
    state(child, "withdrawn")
    assert not consents.has_consented(child, DOORS.code)


def test_who_has_turned_fourteen_consents_alone():
    today = clock.now().date()
    state(PersonFactory(born_on=today.replace(year=today.year - 14, day=1)))


def test_statements_are_not_changed_or_deleted():
    statement = state(PersonFactory())
    ConsentGrant.objects.all().delete()
    rows = ConsentStatement.objects.filter(pk=statement.pk)
    for change in (lambda: rows.update(state="withdrawn"), rows.delete):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    rows.update(guardian="")


def test_a_grant_names_its_person():
    statement = state(PersonFactory())
    other = PersonFactory(site=statement.site)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentGrant.objects.filter(statement=statement).update(person=other)


@pytest.mark.django_db(transaction=True)
def test_statements_that_arrive_at_once_leave_one_grant():
    person, now = PersonFactory(), clock.now()

    def give(hours):
        return consents.record_statement(
            person,
            "portal",
            purpose=DOORS.code,
            state="given",
            at=now - timedelta(hours=hours),
            channel="portal",
        )

    at_once(*(lambda hours=hours: give(hours) for hours in (3, 1, 2)))
    assert ConsentGrant.objects.get().statement.at == now - timedelta(hours=1)
