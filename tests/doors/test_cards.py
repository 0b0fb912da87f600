"""Cards of people: issued once, lost, suspended, returned, and ended with the last occupancy."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from doors import jobs, services
from doors.models import Card
from people import ports
from people import services as people
from people.periods import today
from tests.factories import OccupancyFactory, PersonFactory
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
State = Card.State


@pytest.fixture
def home():
    return OccupancyFactory()


@pytest.fixture
def person(home):
    return home.person


def issue(person, number=34_567, **values):
    return services.issue_card(person.site, staff(), person=person, number=number, **values)


def test_a_number_in_use_is_held_by_one_person_until_its_return(person):
    card, other = issue(person), PersonFactory(site=person.site)
    assert rejected(issue, other) == ("number", "already_issued")
    services.report_lost(card, staff())
    assert rejected(issue, other) == ("number", "already_issued")
    services.return_card(card, staff())
    assert issue(other).person == other
    assert issue(PersonFactory()).number == card.number


def test_the_database_refuses_a_second_card_of_a_number_in_use(person):
    card = issue(person, facility=1, format="wiegand26")
    card.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        card.save(force_insert=True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"format": "wiegand26", "facility": 256, "number": 1}, ("facility", "out_of_range")),
        ({"format": "wiegand26", "facility": 1, "number": 65_536}, ("number", "out_of_range")),
        ({"facility": 1, "number": 1}, ("facility", "no_facility")),
        ({"format": "pencil", "number": 1}, ("format", "not_a_choice")),
        ({"number": 2**56}, ("number", "out_of_range")),
    ],
)
def test_numbers_that_no_reader_reports_are_rejected(person, values, expected):
    assert rejected(issue, person, **values) == expected


def test_a_card_is_of_the_site_s_people_and_ends_after_it_begins(person):
    stranger = PersonFactory()
    wrong = {"person": stranger, "number": 1}
    assert rejected(services.issue_card, person.site, staff(), **wrong)[1] == "not_a_choice"
    assert rejected(issue, person, ends_on=today(person.site))[1] == "end_before_begin"


@pytest.mark.parametrize(
    ("steps", "refused"),
    [
        ([services.report_lost], services.report_lost),
        ([services.report_lost, services.reactivate_card], services.reactivate_card),
        ([services.return_card], services.reactivate_card),
        ([services.return_card], services.report_lost),
        ([], services.reactivate_card),
    ],
)
def test_a_state_follows_only_from_the_right_one(person, steps, refused):
    card = issue(person)
    for step in steps:
        card = step(card, staff())
    assert rejected(refused, card, staff()) == ("card", "wrong_state")


def test_a_suspended_card_has_a_reason_and_is_activated_again(person):
    card = issue(person)
    assert rejected(services.suspend_card, card, staff(), " ") == ("reason", "missing")
    services.suspend_card(card, staff(), "used by another person")
    assert services.reactivate_card(card, staff()).state == State.ACTIVE
    actions = AuditEntry.objects.filter(subject_type="card", subject_id=str(card.pk))
    assert list(actions.order_by("pk").values_list("action", flat=True)) == [
        *("issue card", "suspend card", "reactivate card")
    ]


def test_cards_end_with_the_holder_s_last_occupancy_but_a_lost_one_stays_lost(home, person):
    card, lost = issue(person), services.report_lost(issue(person, 2), staff())
    assert [right.name for right in ports.rights_of(person, clock.now())] == ["34567"]
    people.move_out(home, staff(), on=today(person.site))
    card.refresh_from_db()
    lost.refresh_from_db()
    assert (card.state, lost.state) == (State.ENDED, State.LOST)


def test_an_end_ahead_is_the_card_s_last_day(home, person):
    card, day = issue(person), today(person.site) + timedelta(days=3)
    services.end_cards_of(person, staff(), clock.midnight(day, person.site.timezone))
    card.refresh_from_db()
    assert (card.state, card.ends_on) == (State.ACTIVE, day)
    assert jobs.end_cards(person.site_id, day.isoformat()) == 1
    card.refresh_from_db()
    assert card.state == State.ENDED


def test_returning_several_cards_is_undone_unless_a_number_was_issued_again(person):
    cards = [issue(person, number) for number in (1, 2)]
    changes = services.return_cards(cards, staff())
    again = issue(person, 1)
    with pytest.raises(Rejection) as caught:
        services.undo_return(person.site, staff(), changes)
    assert caught.value.code == "already_issued"
    again.delete()
    services.undo_return(person.site, staff(), changes)
    assert {each.state for each in Card.objects.all()} == {State.ACTIVE}


def test_another_last_day_is_ahead_and_of_a_card_in_use(person):
    card = issue(person)
    day = today(person.site)
    assert rejected(services.change_card_end, card, staff(), day)[1] == "end_before_begin"
    services.change_card_end(card, staff(), day + timedelta(days=9))
    services.return_card(card, staff())
    assert rejected(services.change_card_end, card, staff(), None) == ("card", "wrong_state")
