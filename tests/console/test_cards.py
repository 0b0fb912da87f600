"""The pages of cards: issue, return, loss, and the cards on a person's page."""

import re
from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from doors import selectors
from doors.codes import pin_digest
from doors.models import Card, PinDigest, Token
from doors.permissions import DoorPermission
from people.models import Role
from people.periods import today
from tests.browsers import hire, signed_in, text
from tests.doors.entrance import Entrance
from tests.factories import CompanyFactory, PersonFactory

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


def pin_in(answer) -> str:
    (pin,) = re.findall(r"\b\d{6}\b", text(answer))
    return str(pin)


def test_a_pin_is_shown_once_and_replaced_after_a_question(here, manager):
    person = PersonFactory(site=here.site)
    address = here.url("issue_pin", person.pk)
    assert "opens nothing any more" not in text(manager.get(address))
    answer = manager.post(address)
    assert answer.headers["Cache-Control"] == "private, no-store"
    first = pin_in(answer)
    assert first not in text(manager.get(here.url("person", person.pk)))
    assert "opens nothing any more" in text(manager.get(address))
    second = pin_in(manager.post(address))
    former, present = Token.objects.filter(person=person).order_by("pk")
    assert (former.state, present.state) == ("ended", "active")
    assert pin_digest(here.site.pk, first) not in set(digests(here.site))
    assert pin_digest(here.site.pk, second) in set(digests(here.site))


def digests(site):
    return PinDigest.objects.filter(site=site).values_list("digest", flat=True)


def test_a_locked_pin_is_unlocked_and_other_credentials_are_handled(here, manager):
    person = PersonFactory(site=here.site)
    manager.post(here.url("issue_pin", person.pk))
    token = Token.objects.get(person=person)
    Token.objects.filter(pk=token.pk).update(refusals=5, locked_at=clock.now())
    page = here.url("person", person.pk)
    assert "locked after five refusals" in text(manager.get(page))
    for step, values, state in (
        ("unlock_pin", {}, "active"),
        ("suspend_token", {"reason": "asked for"}, "suspended"),
        ("reactivate_token", {}, "active"),
        ("report_token_lost", {}, "lost"),
        ("end_token", {}, "ended"),
    ):
        assert here.url(step, token.pk) in manager.get(page).content.decode()
        assert manager.post(here.url(step, token.pk), values).status_code == 204
        token.refresh_from_db()
        assert (token.state, token.locked_at) == (state, None)
    done = AuditEntry.objects.filter(subject_type="door_token", subject_id=str(token.pk))
    assert done.count() == 6


def test_a_code_is_printed_and_the_phone_is_allowed(here, manager):
    person = PersonFactory(site=here.site)
    last = today(here.site) + timedelta(days=10)
    assert (
        manager.post(here.url("issue_printed_code", person.pk), {"ends_on": last}).status_code
        == 204
    )
    code = Token.objects.get(person=person, means="qr")
    assert (code.is_static, code.ends_on) == (True, last + timedelta(days=1))
    shown = manager.get(here.url("printed_code", code.pk)).content.decode()
    assert "<svg" in shown
    assert f"{last:%Y-%m-%d}" in shown
    assert manager.post(here.url("allow_phone", person.pk)).status_code == 204
    page = manager.get(here.url("person", person.pk)).content.decode()
    assert here.url("allow_phone", person.pk) not in page
    manager.post(here.url("end_token", code.pk))
    assert manager.get(here.url("printed_code", code.pk)).status_code == 404


def test_whoever_may_only_look_at_cards_issues_nothing(here):
    guard = signed_in(hire(here.site, StandardRole.GUARD))
    page = guard.get(here.url("person_credentials", here.resident.pk)).content.decode()
    assert str(here.card) in page
    for name in ("issue_pin", "issue_printed_code", "allow_phone"):
        assert here.url(name, here.resident.pk) not in page
    assert here.url("return_card", here.card.pk) not in page


def test_the_last_use_is_for_those_who_may_see_passages(here, manager):
    entrance = Entrance.build(site=here.site)
    person = entrance.resident()
    passage = entrance.asks(person)
    assert selectors.last_uses(person) == {("card", passage.card_id): passage.at}
    shown = text(manager.get(here.url("person_credentials", person.pk)))
    assert "Last used" in shown
    guards = Role.objects.get(site=None, code=StandardRole.GUARD)
    guards.grants.filter(permission__code=DoorPermission.VIEW_DOOR_PASSAGES).delete()
    guard = signed_in(hire(here.site, StandardRole.GUARD))
    assert "Last used" not in text(guard.get(here.url("person_credentials", person.pk)))
