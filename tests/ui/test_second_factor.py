"""Signing in with a second factor, and the pages that set it up."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from core.permissions import StandardRole
from people import second_factor
from people.models import Role
from tests.browsers import hire, signed_in, text
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
CODE = reverse("sign_in_code")


@pytest.fixture
def user() -> User:
    return UserFactory(username="meera")


def with_factor(user: User) -> list[str]:
    secret = second_factor.new_secret()
    return second_factor.set_up(user, secret, second_factor.current_code(secret))


def enter_password(client: Client, next_url: str = ""):
    form = {"username": "meera", "password": PASSWORD, "next": next_url}
    return client.post(reverse("login"), form)


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("profile")).status_code == 200


def test_the_password_alone_signs_nobody_in(client, user):
    codes = with_factor(user)
    assert enter_password(client, "/profile/")["Location"] == CODE
    assert not is_signed_in(client)
    assert client.post(CODE, {"code": "000000"}).status_code == 422
    assert client.post(CODE, {"code": ""}).status_code == 422
    assert not is_signed_in(client)
    assert client.post(CODE, {"code": codes[0]})["Location"] == "/profile/"
    assert is_signed_in(client)


def test_a_code_without_a_password_leads_to_the_login(client, user):
    codes = with_factor(user)
    assert client.post(CODE, {"code": codes[0]})["Location"].startswith("/login/")
    assert client.get(CODE).status_code == 302


@pytest.mark.parametrize("change", ["time", "password", "deactivated"])
def test_a_pending_sign_in_ends(client, user, stopped_clock, change):
    codes = with_factor(user)
    enter_password(client)
    if change == "time":
        stopped_clock(601)
    elif change == "password":
        user.set_password("staple 4 tall giraffes")
        user.save()
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.post(CODE, {"code": codes[0]})["Location"].startswith("/login/")
    assert not is_signed_in(client)


def test_it_leads_to_no_other_server(client, user):
    codes = with_factor(user)
    enter_password(client, "https://example.com/")
    assert client.post(CODE, {"code": codes[0]})["Location"] == "/"


def test_many_guesses_are_refused(client, user):
    with_factor(user)
    enter_password(client)
    answers = [client.post(CODE, {"code": "000000"}).status_code for _guess in range(8)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_it_is_set_up_with_the_first_code_and_shows_recovery_codes_once(user):
    browser = signed_in(user)
    page = text(browser.get(reverse("second_factor")))
    assert "qr-code" in page
    secret = re.search(r'<code class="break-any">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")
    wrong = browser.post(reverse("second_factor"), {"code": "000000"})
    assert (wrong.status_code, secret[:4] in text(wrong)) == (422, True)
    code = second_factor.current_code(secret)
    answer = text(browser.post(reverse("second_factor"), {"code": code}))
    assert len(re.findall(r"<li><code>[a-z0-9]{5}-[a-z0-9]{5}</code>", answer)) == 10
    assert "qr-code" not in text(browser.get(reverse("second_factor")))


def test_it_is_turned_off_on_the_page(user):
    codes, browser = with_factor(user), signed_in(user)
    assert browser.post(reverse("turn_off_second_factor"), {"code": "0"}).status_code == 422
    answer = browser.post(reverse("turn_off_second_factor"), {"code": codes[0]})
    assert answer["Location"] == reverse("profile")
    assert not second_factor.has_second_factor(user)


def test_a_person_of_a_role_that_requires_it_is_led_to_the_page():
    site = SiteFactory()
    guard = hire(site, StandardRole.GUARD)
    Role.objects.filter(code="guard").update(requires_second_factor=True)
    browser, address = signed_in(guard), f"/s/{site.slug}/counts/"
    assert browser.get(address)["Location"] == reverse("second_factor")
    assert browser.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "requires a second factor" in text(browser.get(reverse("second_factor")))
    with_factor(guard)
    assert browser.get(address).status_code == 204
    assert browser.get(f"/s/{site.slug}/staff/").status_code == 403
