"""A resident's doors in the portal: opening by the phone, the code, the PIN, a lost card."""

import re

import pytest
from django.urls import reverse

from core import clock
from devices.models import Command
from doors import codes, granting, lock_downs, own_credentials, services, tokens
from doors.granting import Holder
from doors.models import Card, DoorPassage, Token
from tests.browsers import signed_in, text
from tests.doors.entrance import Entrance
from tests.factories import BindingFactory, DoorFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    return Entrance.build()


@pytest.fixture
def binding(entrance):
    found = BindingFactory(site=entrance.site, person__site=entrance.site)
    holder = Holder(person=found.person)
    granting.grant(entrance.group, "test", holder, reason="moved in")
    return found


@pytest.fixture
def resident(binding):
    return signed_in(binding.user)


def url(binding, name, *args):
    return reverse(f"portal:{name}", args=[binding.pk, *args])


def press(resident, binding, door):
    """Press the button of a door; return the page that follows."""
    return text(resident.post(url(binding, "open_own_door", door.pk), follow=True))


def issue_pin(resident, binding) -> str:
    """Have a PIN issued; return what the page shows."""
    found = re.search(r"\b\d{6}\b", text(resident.post(url(binding, "own_pin"))))
    assert found is not None
    return found[0]


def test_the_button_opens_a_door_and_the_passage_is_the_resident_s(entrance, binding, resident):
    assert f"{entrance.door.name} opens now." in press(resident, binding, entrance.door)
    passage = DoorPassage.objects.get(door=entrance.door)
    assert (passage.person, passage.means, passage.granted) == (binding.person, "phone", True)
    assert Command.objects.get(device=entrance.reader).action == "open"


def test_only_doors_with_a_right_are_offered_and_opened(entrance, binding, resident):
    other = DoorFactory(site=entrance.site, name="Boiler room")
    shown = text(resident.get(url(binding, "own_doors")))
    assert entrance.door.name in shown
    assert "Boiler room" not in shown
    assert resident.post(url(binding, "open_own_door", other.pk)).status_code == 404


def test_a_door_that_stays_closed_says_why(entrance, binding, resident):
    asked = lock_downs.request(entrance.group, UserFactory(), "intruder")
    lock_downs.confirm(asked, UserFactory())
    shown = press(resident, binding, entrance.door)
    assert f"{entrance.door.name} stays closed: the doors are locked down." in shown


@pytest.mark.parametrize("state", ["suspended", "lost"])
def test_a_phone_that_was_taken_away_opens_nothing_until_it_is_given_back(
    entrance, binding, resident, state
):
    phone = own_credentials.own_phone(binding.person, binding.user)
    Token.objects.filter(pk=phone.pk).update(state=state)
    assert "ask the management" in press(resident, binding, entrance.door)
    tokens.reactivate_token(phone, "test")
    assert "opens now" in press(resident, binding, entrance.door)


def test_the_code_is_issued_once_and_opens_the_door(entrance, binding, resident):
    for _ in range(2):
        assert "segno" in text(resident.post(url(binding, "own_door_code")))
    token = Token.objects.get(person=binding.person, means="qr")
    shown = tokens.shown_code(token, clock.now())
    assert codes.read_code(entrance.site.pk, shown) is not None
    assert entrance.decides(means="qr", value=shown) == "admitted"


def test_an_open_page_fetches_the_code_of_the_moment_alone(binding, resident):
    own_credentials.own_code(binding.person, binding.user)
    part = text(resident.get(url(binding, "own_door_code"), headers={"HX-Request": "true"}))
    assert "segno" in part
    assert "<html" not in part


def test_a_suspended_code_is_not_shown_nor_issued_anew(binding, resident):
    token = own_credentials.own_code(binding.person, binding.user)
    tokens.suspend_token(token, "test", "moved out")
    assert "segno" not in text(resident.get(url(binding, "own_door_code")))
    assert resident.post(url(binding, "own_door_code")).status_code == 422


def test_a_new_pin_is_shown_once_and_ends_the_former_one(entrance, binding, resident):
    first, second = issue_pin(resident, binding), issue_pin(resident, binding)
    assert entrance.decides(means="pin", value=first) == "unknown"
    assert entrance.decides(means="pin", value=second) == "admitted"
    assert second not in text(resident.get(url(binding, "own_pin")))


def test_a_suspended_pin_is_not_replaced(binding, resident):
    issue_pin(resident, binding)
    token = Token.objects.get(person=binding.person, means="pin", state="active")
    tokens.suspend_token(token, "test", "lent out")
    assert resident.post(url(binding, "own_pin")).status_code == 422
    assert Token.objects.get(pk=token.pk).state == "suspended"


def test_a_lost_card_opens_nothing_from_then_on(entrance, binding, resident):
    entrance.card_of(binding.person)
    card = Card.objects.get(person=binding.person)
    resident.post(url(binding, "lose_own_card", card.pk))
    assert entrance.decides(binding.person) == "not_active"
    assert resident.get(url(binding, "lose_own_card", card.pk)).status_code == 404


def test_a_stranger_s_card_is_not_found(entrance, binding, resident):
    stranger = entrance.resident()
    card = services.issue_card(entrance.site, "test", person=stranger, number=99)
    assert resident.post(url(binding, "lose_own_card", card.pk)).status_code == 404
    card.refresh_from_db()
    assert card.state == "active"


def test_the_latest_passages_are_the_resident_s_own(entrance, binding, resident):
    entrance.card_of(binding.person)
    entrance.asks(binding.person)
    entrance.asks(entrance.resident(), direction="out")
    shown = text(resident.get(url(binding, "own_doors")))
    assert len(re.findall(r"\bcard,", shown)) == 1
