"""The pages of cards: issue, return, loss, and the cards on a person's page."""

import pytest

from doors.models import Card
from tests.browsers import text
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db


def test_a_card_is_issued_lost_found_and_returned(here, manager):
    person = here.resident
    values = {"name": "any", "person": person.pk, "format": "wiegand26", "facility": "12"}
    values |= {"number": "65000", "begins_on": "2026-01-01"}
    assert manager.post(here.url("issue_card"), values).status_code == 204
    card = Card.objects.get(number=65_000)
    for step, state in (("report_card_lost", "lost"), ("reactivate_card", "active")):
        assert manager.post(here.url(step, card.pk)).status_code == 204
        card.refresh_from_db()
        assert card.state == state
    assert "12-65000" in text(manager.get(here.url("person", person.pk)))
    manager.post(here.url("return_card", card.pk))
    assert "12-65000" not in text(manager.get(here.url("cards")))
    assert "12-65000" in text(manager.get(here.url("cards"), {"state": "returned"}))


def test_a_rejection_stands_at_its_field(here, manager):
    values = {"name": "any", "person": here.resident.pk, "format": "number", "facility": "1"}
    answer = manager.post(
        here.url("issue_card"), {**values, "number": "5", "begins_on": "2026-1-1"}
    )
    assert answer.status_code == 422
    assert "no facility code" in text(answer)


def test_only_people_of_the_register_can_be_chosen(here, manager):
    company = CompanyFactory(site=here.site, name="Harbour Freight")
    found = text(manager.post(here.url("find_cardholders"), {"name": "Harbour"}))
    assert "Harbour Freight" not in found
    values = {"name": "x", "format": "number", "number": "5", "begins_on": "2026-01-01"}
    for chosen in ("new", f"company-{company.pk}", "", "9" * 20):
        answer = manager.post(here.url("issue_card"), {**values, "person": chosen})
        assert answer.status_code == 422
    assert not Card.objects.filter(number=5).exists()


def test_a_card_is_found_by_its_number_or_its_holder(here, manager):
    person = here.card.person
    for query in ("34567", person.name[:4]):
        assert person.name in text(manager.get(here.url("cards"), {"q": query}))
    assert person.name not in text(manager.get(here.url("cards"), {"q": "34568"}))
