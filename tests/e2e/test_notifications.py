"""The bell in a real browser: live, by keyboard; and a browser that is added for push messages."""

import json

import pytest
from playwright.sync_api import expect

from core.notifications import notify
from core.permissions import StandardRole
from people.models import PushSubscription
from tests.browsers import hire
from tests.notices import declare_kind, leak
from tests.push_service import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A real subscription needs the servers of the browser's maker.
_SUBSCRIBED = """
Notification.requestPermission = async () => "granted";
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async (options) => {
  if (options.applicationServerKey.length !== 65) throw new Error("no key");
  return { toJSON: () => (SUBSCRIPTION) };
};
"""


def test_the_bell_rings_by_itself_and_opens_by_a_key(server, chromium, here):
    declare_kind()
    guard = hire(here.site, StandardRole.GUARD)
    page = server.page(chromium, guard)
    page.goto(here.url("lanes"))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    badge = page.locator(".page-tools [data-badge=notifications]")
    expect(badge).to_be_hidden()
    notify(leak(here.site, guard, params={"place": "Gate 1"}))
    expect(badge).to_contain_text("1")
    page.keyboard.press("n")
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("Leak at Gate 1")
    panel.get_by_role("button", name="Mark all as read").click()
    expect(panel.locator(".is-unread")).to_have_count(0)
    panel.get_by_role("button", name="Close").click()
    expect(badge).to_be_hidden()
    page.context.close()


def test_a_browser_is_added_for_push_messages(server, chromium, here):
    guard = hire(here.site, StandardRole.GUARD)
    page = server.page(chromium, guard)
    made = Browser("https://push.example.com/1").subscription
    page.add_init_script(_SUBSCRIBED.replace("SUBSCRIPTION", json.dumps(made)))
    page.goto("/profile/notifications/")
    page.get_by_role("button", name="Notify me in this browser").click()
    expect(page.get_by_role("button", name="Remove this browser")).to_be_visible()
    assert PushSubscription.objects.get(user=guard).endpoint == made["endpoint"]
    page.context.close()
