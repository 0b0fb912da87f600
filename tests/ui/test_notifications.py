"""The bell, the page of all notifications, and the settings in the profile."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import translation
from PIL import Image

from core.models import Notification, Site, User
from core.notifications import channels, mark_read, notify
from core.permissions import StandardRole
from people.models import NotificationChoice, PushSubscription
from people.notification_settings import settings_of
from tests.browsers import hire, signed_in, text
from tests.factories import MembershipFactory, SiteFactory
from tests.laws import check_page
from tests.notices import RecordingChannel, declare_kind, leak
from tests.push_service import Browser

pytestmark = pytest.mark.django_db
PAGES = ("/notifications/", "/notifications/panel/", "/profile/notifications/")


@pytest.fixture(autouse=True)
def kind() -> None:
    declare_kind()


@pytest.fixture
def site() -> Site:
    return SiteFactory(name="Harbour Park")


@pytest.fixture
def guard(site: Site) -> User:
    return hire(site, StandardRole.GUARD)


@pytest.fixture
def browser(guard: User) -> Client:
    return signed_in(guard)


def badge(browser: Client, site: Site) -> int:
    answer = browser.get(f"/s/{site.slug}/counts/")
    return json.loads(answer["HX-Trigger"])["badges"]["notifications"]


def test_the_bell_counts_what_is_unread(browser: Client, guard: User, site: Site) -> None:
    assert badge(browser, site) == 0
    notify(leak(site, guard))
    assert badge(browser, site) == 1
    page = text(browser.get(f"/s/{site.slug}/lanes/"))
    assert re.search(r'data-badge="notifications">\s*<b>1</b>', page)
    mark_read(guard)
    assert badge(browser, site) == 0


def test_the_panel_shows_the_unread_first_and_marks_all_as_read(
    browser: Client, guard: User, site: Site
) -> None:
    notify(leak(site, guard, params={"place": "Gate 1"}))
    mark_read(guard)
    notify(leak(site, guard, group_key="leak:2", params={"place": "Gate 2"}))
    page = text(browser.get("/notifications/panel/"))
    assert page.index("Leak at Gate 2") < page.index("Leak at Gate 1")
    assert page.count("is-unread") == 1
    answer = browser.post("/notifications/read/", headers={"HX-Request": "true"})
    assert "is-unread" not in text(answer)


def test_a_notification_is_read_when_it_is_opened(browser: Client, guard: User, site: Site) -> None:
    (row,) = notify(leak(site, guard, path="/s/park/leaks/7/"))
    answer = browser.get(f"/notifications/{row.uid}/")
    assert answer["Location"] == "/s/park/leaks/7/"
    row.refresh_from_db()
    assert row.read_at is not None


def test_a_notification_of_another_person_is_neither_shown_nor_opened_nor_read(
    browser: Client, site: Site
) -> None:
    (row,) = notify(leak(site, MembershipFactory(site=site).user))
    assert "Leak" not in text(browser.get("/notifications/"))
    assert browser.get(f"/notifications/{row.uid}/").status_code == 404
    browser.post("/notifications/read/", {"uid": row.uid})
    assert Notification.objects.get().read_at is None


def test_one_notification_is_marked_as_read_and_a_malformed_id_changes_nothing(
    browser: Client, guard: User, site: Site
) -> None:
    (row,) = notify(leak(site, guard))
    browser.post("/notifications/read/", {"uid": "x"})
    assert Notification.objects.filter(read_at=None).exists()
    browser.post("/notifications/read/", {"uid": row.uid})
    assert not Notification.objects.filter(read_at=None).exists()
    assert "Leak" not in text(browser.get("/notifications/?unread"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_have_a_language_and_no_inline_code(
    browser: Client, guard: User, site: Site, path: str, language: str
) -> None:
    notify(leak(site, guard, text="hint"))
    guard.language = language
    guard.save()
    with translation.override(language):
        check_page(browser.get(path), language)


@pytest.mark.parametrize("path", [*PAGES, "/notifications/6c2a0f9e-1c39-4b59-9a3e-8d2e2b0f7a11/"])
def test_a_visitor_has_to_sign_in(path: str) -> None:
    assert Client().get(path)["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "path",
    ["/notifications/read/", "/profile/notifications/", "/profile/notifications/browsers/add/"],
)
def test_forms_without_a_csrf_token_are_rejected(guard: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(guard)
    assert client.post(path).status_code == 403


def test_the_settings_are_changed_on_the_page(
    browser: Client, guard: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wired = {"mail": RecordingChannel(), "sms": RecordingChannel()}
    monkeypatch.setattr(channels, "_channels", wired)
    values = {
        "test_leak-mail": "off",
        "test_leak-sms": "severe",
        "phone": "+86 138 0000 1234",
        "quiet_from": "22:00",
        "quiet_until": "06:30",
    }
    assert browser.post("/profile/notifications/", values).status_code == 302
    rows = NotificationChoice.objects.order_by("channel").values_list("channel", "least")
    assert list(rows) == [("mail", ""), ("sms", "severe")]
    assert str(settings_of(guard).quiet_until) == "06:30:00"
    page = text(browser.get("/profile/notifications/"))
    assert 'value="22:00"' in page
    answer = browser.post("/profile/notifications/", {**values, "quiet_until": ""})
    assert answer.status_code == 422
    assert "quiet hours need both times" in text(answer).lower()


def test_a_browser_subscribes_and_is_removed(browser: Client, guard: User) -> None:
    made = Browser("https://push.example.com/1")
    path = "/profile/notifications/browsers/add/"
    answer = browser.post(path, json.dumps(made.subscription), "application/json")
    assert answer.status_code == 200
    row = PushSubscription.objects.get(user=guard)
    assert "Remove this browser" in text(browser.get("/profile/notifications/"))
    other = signed_in(MembershipFactory().user)
    remove = f"/profile/notifications/browsers/{row.pk}/remove/"
    assert other.post(remove).status_code == 404
    browser.post(remove)
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"endpoint": "https://x.example", "keys": 3}'])
def test_a_malformed_subscription_is_rejected(browser: Client, body: str) -> None:
    path = "/profile/notifications/browsers/add/"
    answer = browser.post(path, body, "application/json")
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_the_service_worker_covers_all_pages() -> None:
    answer = Client().get("/service-worker.js")
    assert answer["Content-Type"] == "text/javascript"
    assert b'addEventListener("push"' in answer.content


def test_the_web_app_can_be_added_to_a_home_screen() -> None:
    """As Safari on iPhones requires it for push messages."""
    answer = Client().get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    values = answer.json()
    assert (values["display"], values["start_url"], values["scope"]) == ("standalone", "/", "/")
    for icon in values["icons"]:
        name = icon["src"].removeprefix("/static/")
        with Image.open(str(finders.find(name))) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]


def test_pages_name_the_manifest_and_the_icon_of_home_screens(browser: Client) -> None:
    page = browser.get("/profile/notifications/").content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert '<link rel="apple-touch-icon" href="/static/ui/icon-180.png">' in page
    assert "not set up here" in page  # no provider of text messages is configured
