"""Changing one's own password: the current one once, the new one twice; other sessions end."""

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.live_sessions import sign_in_of
from core.models import AuditEntry, User
from tests.browsers import signed_in
from tests.factories import UserFactory

PASSWORD = "correct horse battery"
NEW = "staple 4 tall giraffes"


@pytest.fixture
def user(db) -> User:
    return UserFactory(username="meera")


@pytest.fixture
def browser(user) -> Client:
    return signed_in(user)


def change(browser: Client, current: str = PASSWORD, new: str = NEW, repeated: str | None = None):
    form = {"current": current, "new": new, "repeated": new if repeated is None else repeated}
    return browser.post(reverse("password"), form)


def has(user: User, password: str) -> bool:
    user.refresh_from_db()
    return user.check_password(password)


def test_the_new_password_is_valid_from_now_on_and_the_change_is_recorded(user, browser):
    answer = change(browser)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert has(user, NEW)
    entry = AuditEntry.objects.get(action="change password")
    assert (entry.actor, entry.subject) == ("meera", ("user", str(user.pk)))
    assert NEW not in str(entry.detail)


def test_this_session_goes_on_and_all_others_end(user, browser):
    other = signed_in(user)
    keys = [each.session.session_key for each in (browser, other)]
    change(browser)
    assert browser.get("/").status_code == 200
    assert other.get("/")["Location"].startswith("/login/")
    assert sign_in_of(keys[1]) is None
    assert sign_in_of(browser.session.session_key) is not None


@pytest.mark.parametrize(
    ("current", "new", "repeated", "text"),
    [
        ("wrong", NEW, NEW, "The current password is incorrect."),
        (PASSWORD, NEW, NEW + "x", "The two new passwords differ."),
        (PASSWORD, PASSWORD, PASSWORD, "This is the current password."),
        (PASSWORD, "short7", "short7", "This password is too short."),
        (PASSWORD, "password1", "password1", "This password is too common."),
        (PASSWORD, "73012984651", "73012984651", "This password is entirely numeric."),
        (PASSWORD, "meera2031", "meera2031", "too similar to the username"),
        (PASSWORD, "", "", "This field is required."),
    ],
)
def test_what_is_wrong_is_reported_and_nothing_changes(user, browser, current, new, repeated, text):
    answer = change(browser, current, new, repeated)
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert has(user, PASSWORD)


@pytest.mark.usefixtures("stopped_clock")
def test_guesses_of_the_current_password_are_delayed(user, browser):
    statuses = [change(browser, f"guess {n}").status_code for n in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    assert change(browser).status_code == 429


def test_a_visitor_is_redirected_to_the_login(client, db):
    assert client.get(reverse("password"))["Location"].startswith("/login/")


def test_the_page_is_in_chinese_too(browser):
    answer = browser.get(reverse("password"), headers={"Accept-Language": "zh-hans"})
    assert "修改密码" in answer.content.decode()


def test_a_user_whose_password_was_generated_reaches_nothing_else(user, browser):
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    for path in ("/", "/s/riverside/stays/", "/hooks/stripe/"):
        assert browser.get(path)["Location"] == reverse("password")
    assert browser.get("/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert sign_in_of(browser.session.session_key) is None
    assert browser.get(reverse("password")).status_code == 200
    change(browser)
    assert browser.get("/").status_code == 200


class AnyPassword(TestCase):
    """No text makes an error, and an accepted one signs in."""

    @given(st.text(max_size=60))
    def test_any_text_is_accepted_or_rejected(self, new: str) -> None:
        user = UserFactory()
        answer = change(signed_in(user), new=new)
        assert answer.status_code in (302, 422)
        assert has(user, new if answer.status_code == 302 else PASSWORD)
