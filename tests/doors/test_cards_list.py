"""The list of cards: numbers with the people who hold them."""

import pytest

from doors import services
from doors.models import Card
from tests.factories import PersonFactory, SiteFactory, UserFactory
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "number,format,facility,name,phone,from,until\n"
LIST = (
    HEAD + "0034567,wiegand26,12,Wang Min,13800001234,2026-01-01,2099-12-31\n７００１,,,Li Na,,,\n"
)


@pytest.fixture
def site():
    site = SiteFactory()
    PersonFactory(site=site, name="Wang Min", phone="+86 138 0000 1234")
    PersonFactory(site=site, name="Wang Min", phone="13900000000")
    PersonFactory(site=site, name="Li Na")
    return site


@pytest.fixture
def user():
    return UserFactory()


def test_cards_are_issued_to_the_people_who_are_meant(site, user):
    assert counts(imported(site, user, "cards", LIST)) == (2, 0, 0, 0)
    card = Card.objects.get(number=34_567)
    assert (card.person.phone, str(card), f"{card.ends_on:%F}") == (
        *("+86 138 0000 1234", "12-34567", "2100-01-01"),
    )
    assert Card.objects.get(number=7001).format == Card.Format.NUMBER


def test_the_same_list_again_changes_nothing_and_another_end_does(site, user):
    imported(site, user, "cards", LIST)
    assert counts(checked(site, user, "cards", LIST)) == (0, 0, 2, 0)
    batch = imported(site, user, "cards", LIST.replace("2099-12-31", "2098-12-31"))
    assert counts(batch) == (0, 1, 1, 0)
    undone(batch, user)
    assert f"{Card.objects.get(number=34_567).ends_on:%F}" == "2100-01-01"


def test_what_contradicts_the_register_is_rejected_at_its_cell(site, user):
    imported(site, user, "cards", LIST)
    rows = (
        "7001,,,Wang Min,13900000000,,",
        "8,,,Wang Min,,,",
        "9,,,Nobody,,,",
        "10,wiegand26,300,Li Na,,,",
        "11,number,4,Li Na,,,",
        "x1,,,Li Na,,,",
        "1.38E+10,,,Li Na,,,",
        "12,,,Li Na,,2026-02-01,2026-01-01",
        "34567,wiegand26,12,Wang Min,13800001234,,2020-01-01",
    )
    batch = checked(site, user, "cards", HEAD + "\n".join(rows))
    assert problems(batch) == [
        (2, "number", "already_issued"),
        (3, "name", "several_people"),
        (4, "name", "unknown_person"),
        (5, "facility", "out_of_range"),
        (6, "facility", "no_facility"),
        (7, "number", "not_digits"),
        (8, "number", "scientific_number"),
        (9, "ends_on", "end_before_begin"),
        (10, "ends_on", "end_before_begin"),
    ]


def test_an_import_is_undone_unless_a_card_was_handled_since(site, user):
    batch = imported(site, user, "cards", LIST)
    services.report_lost(Card.objects.get(number=7001), user)
    batch = undone(batch, user)
    assert (batch.state, batch.problem["code"]) == ("applied", "in_use")
    services.reactivate_card(Card.objects.get(number=7001), user)
    assert undone(batch, user).state == "undone"
    assert not Card.objects.exists()
