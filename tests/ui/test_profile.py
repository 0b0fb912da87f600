"""A user's own profile: name, language, and the sessions that can be ended."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from core.live_sessions import sign_in_of
from core.models import AuditEntry, User
from people.models import SignInSession
from tests.browsers import text
from tests.factories import UserFactory
from ui.accounts.browser_names import browser_name

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def user(db) -> User:
    cache.clear()
    return UserFactory(username="meera")


def browser_of(user: User, agent: str = FIREFOX) -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    client.force_login(user)
    client.get("/")
    return client


def key_of(browser: Client) -> str:
    return browser.session.session_key


def test_a_name_and_a_language_are_saved_and_the_pages_follow(user):
    browser = browser_of(user)
    answer = browser.post(reverse("profile"), {"name": " 李 娜 ", "language": "zh-hans"})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.get_full_name(), user.language) == ("李 娜", "zh-hans")
    assert 'lang="zh-hans"' in text(browser.get(reverse("profile")))
    assert AuditEntry.objects.get(action="change profile").subject == ("user", str(user.pk))
    browser.post(reverse("profile"), {"name": "李 娜", "language": ""})
    assert 'lang="en"' in text(browser.get(reverse("profile")))


def test_the_language_is_that_of_the_user_in_another_browser_too(user, client):
    User.objects.filter(pk=user.pk).update(language="zh-hans")
    client.post(reverse("login"), {"username": user.username, "password": "correct horse battery"})
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"


def test_the_stored_language_holds_in_a_browser_with_another_one(user):
    browser = browser_of(user)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    User.objects.filter(pk=user.pk).update(language="zh-hans")
    assert 'lang="zh-hans"' in text(browser.get(reverse("profile")))


def test_the_switch_of_the_language_is_stored(user):
    browser = browser_of(user)
    answer = browser.post(reverse("set_language"), {"language": "zh-hans", "next": "/profile/"})
    assert answer["Location"] == "/profile/"
    assert 'lang="zh-hans"' in text(browser_of(user).get(reverse("profile")))
    browser.post(reverse("set_language"), {"language": "tlh"})
    user.refresh_from_db()
    assert user.language == "zh-hans"


def test_a_visitor_switches_the_language_of_the_browser(db):
    visitor = Client()
    visitor.post(reverse("set_language"), {"language": "zh-hans"})
    assert 'lang="zh-hans"' in text(visitor.get(reverse("login")))


@pytest.mark.parametrize(
    ("chosen", "painted", "followed"),
    [("dark", "dark", "dark"), ("light", "light", "light"), ("", "light", "system")],
)
def test_pages_are_sent_in_the_theme_of_the_profile(user, chosen, painted, followed):
    browser = browser_of(user)
    browser.post(reverse("profile"), {"name": "Meera", "theme": chosen})
    page = text(browser_of(user).get(reverse("profile")))
    assert f'data-bs-theme="{painted}"' in page
    assert f'data-theme="{followed}"' in page


def test_the_switch_of_the_theme_is_stored(user):
    assert browser_of(user).post(reverse("set_theme"), {"theme": "dark"}).status_code == 204
    assert 'data-theme="dark"' in text(browser_of(user).get(reverse("profile")))
    browser_of(user).post(reverse("set_theme"), {"theme": "purple"})
    user.refresh_from_db()
    assert user.theme == "dark"


def test_a_visitor_has_no_theme_on_the_server(db):
    visitor = Client()
    assert visitor.post(reverse("set_theme"), {"theme": "dark"}).status_code == 204
    assert "data-theme=" not in text(visitor.get(reverse("login")))


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "1"}, {"language": "tlh"}, {"theme": "purple"}]
)
def test_an_invalid_profile_is_rejected(user, wrong):
    sent = {"name": "Meera", "language": "en", **wrong}
    assert browser_of(user).post(reverse("profile"), sent).status_code == 422
    user.refresh_from_db()
    assert (user.get_full_name(), user.language) == ("", "")


def test_sessions_are_listed_with_browser_and_address(user):
    browser = browser_of(user)
    browser_of(user, PHONE)
    page = text(browser.get(reverse("profile")))
    assert ["Firefox on Windows" in page, "Safari on iPhone" in page] == [True, True]
    assert "127.0.0.1" in page
    assert page.count("this one") == 1


def test_one_session_is_ended_and_the_others_go_on(user):
    here, phone, third = browser_of(user), browser_of(user, PHONE), browser_of(user)
    row = SignInSession.objects.get(session_key=key_of(phone))
    phone_key = key_of(phone)
    assert here.post(reverse("end_session", args=[row.pk])).status_code == 302
    assert sign_in_of(phone_key) is None
    assert phone.get("/")["Location"].startswith("/login/")
    assert sign_in_of(key_of(third)) is not None
    assert AuditEntry.objects.filter(action="end session").count() == 1


def test_all_other_sessions_are_ended_also_those_that_were_never_recorded(user):
    here, phone = browser_of(user), browser_of(user, PHONE)
    SignInSession.objects.filter(session_key=key_of(phone)).delete()
    stranger = browser_of(UserFactory())
    phone_key = key_of(phone)
    here.post(reverse("end_other_sessions"))
    assert sign_in_of(phone_key) is None
    assert sign_in_of(key_of(here)) is not None
    assert sign_in_of(key_of(stranger)) is not None
    assert AuditEntry.objects.get(action="end other sessions").detail == {"count": 1}


def test_a_session_of_another_user_is_not_found(user):
    browser_of(UserFactory())
    other = SignInSession.objects.exclude(user=user).get()
    assert browser_of(user).post(reverse("end_session", args=[other.pk])).status_code == 404
    assert SignInSession.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("name", ["profile", "end_other_sessions"])
def test_an_anonymous_visitor_is_redirected_to_the_login(db, client, name):
    answer = client.post(reverse(name))
    assert answer["Location"].startswith("/login/")


def test_records_of_sessions_that_are_gone_are_removed_with_the_next_sign_in(user):
    browser_of(user).logout()
    later = browser_of(user)
    assert [row.session_key for row in SignInSession.objects.filter(user=user)] == [key_of(later)]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.5", "unknown browser"),
        ("", "unknown browser"),
    ],
)
def test_browsers_are_named(agent, name):
    assert browser_name(agent) == name
