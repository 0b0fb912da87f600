"""How long a page receives changes: its session, its user's roles, its origin."""

import gc
import socket
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from websockets.exceptions import InvalidStatus

from access.topics import LANE
from core import clock, live
from core.live_consumer import NOT_ALLOWED
from core.models import User
from estate.topics import BAY
from people.models import Membership, Role
from tests.browsers import signed_in
from tests.config.running import eventually
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


# -- the session ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anonymous", "without a role there"])
def test_who_has_no_role_there_is_refused(open_page, who):
    user = UserFactory() if who != "anonymous" else None
    assert open_page(user).close_code() == NOT_ALLOWED


def test_a_log_out_closes_the_pages_of_that_browser_within_a_second(open_page, guard):
    browser, other_browser = signed_in(guard), signed_in(guard)
    page, other = open_page(browser), open_page(other_browser)
    page.subscribe("lane")
    other.subscribe("lane")
    browser.post(reverse("logout"))
    assert page.close_code(patience=1.0) == NOT_ALLOWED
    assert other.subscribe("bay") == ["bay"]


def test_a_changed_password_closes_all_pages_of_the_user_within_a_second(open_page, guard):
    page = open_page(guard)
    page.subscribe("lane")
    guard.set_password("another one")
    guard.save()
    assert page.close_code(patience=1.0) == NOT_ALLOWED


def test_a_deactivated_user_is_closed_out_within_a_second(open_page, guard):
    page = open_page(guard)
    page.subscribe("lane")
    guard.is_active = False
    guard.save(update_fields=["is_active"])
    assert page.close_code(patience=1.0) == NOT_ALLOWED


def test_a_removed_role_closes_the_site_s_pages_within_a_second(open_page, guard):
    page = open_page(guard)
    page.subscribe("lane")
    Membership.objects.get(user=guard).delete()
    assert page.close_code(patience=1.0) == NOT_ALLOWED


@pytest.mark.parametrize("bulk", [False, True])
def test_a_permission_removed_from_a_role_stops_its_topics_within_a_second(
    open_page, site, guard, bulk
):
    page = open_page(guard)
    page.subscribe("lane", "bay")
    role, other = (Role.objects.get(site=None, code=code) for code in ("guard", "manager"))
    grant = role.grants.get(permission__code=LANE.permission)
    try:
        if bulk:
            role.permissions.remove(grant.permission)
        else:
            grant.delete()
        assert eventually(lambda: page.subscribe("lane") == [])
        other.permissions.remove(grant.permission)  # no role of the guard's
        live.announce(LANE, site.pk, 1)
        live.announce(BAY, site.pk, 2)
        assert page.receive() == {"events": [{"topic": "bay", "id": 2}]}
    finally:
        role.permissions.add(grant.permission)
        other.permissions.add(grant.permission)
    assert eventually(lambda: page.subscribe("lane") == ["lane"])


def test_a_page_that_vanishes_leaves_no_unhandled_exception(open_page, site, guard, caplog):
    pages = [open_page(guard) for _ in range(3)]
    for page in pages:
        page.subscribe("lane")
    for page in pages:
        page.socket.socket.shutdown(socket.SHUT_RDWR)
        live.announce(LANE, site.pk, 1)
    left = open_page(guard)
    left.subscribe("lane")
    live.announce(LANE, site.pk, 2)
    left.receive()
    gc.collect()
    assert "never retrieved" not in caplog.text
    assert "was destroyed" not in caplog.text


def test_a_page_ends_when_its_session_expires(open_page, guard):
    browser = signed_in(guard)
    soon = clock.now() + timedelta(seconds=1.5)
    Session.objects.update(expire_date=soon)
    page = open_page(browser)
    page.subscribe("lane")
    assert page.close_code() == NOT_ALLOWED
    assert clock.now() >= soon


def test_what_nothing_was_notified_of_is_found_by_the_next_check(open_page, guard, monkeypatch):
    monkeypatch.setattr("core.live_consumer.RECHECK_EVERY", 0.2)
    page = open_page(guard)
    page.subscribe("lane")
    User.objects.filter(pk=guard.pk).update(is_active=False)
    assert page.close_code() == NOT_ALLOWED


def test_signing_in_elsewhere_leaves_a_page_open(open_page, guard):
    page = open_page(guard)
    page.subscribe("lane")
    signed_in(guard)
    assert page.subscribe("bay") == ["bay"]


# -- the origin -----------------------------------------------------------------------------------


def test_a_page_of_the_server_s_own_origin_connects(open_page, host, guard):
    page = open_page(guard, origin=f"http://{host}")
    assert page.subscribe("lane") == ["lane"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://{host}",
        "http://{host}.evil.example",
        "http://localhost:{port}",
        "null",
    ],
)
def test_a_page_of_another_scheme_host_or_port_does_not_connect(open_page, host, guard, origin):
    origin = origin.format(host=host, port=host.partition(":")[2])
    with pytest.raises(InvalidStatus) as refused:
        open_page(guard, origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["https://park.example", "https://a.park.example:8443"])
def test_a_trusted_origin_connects(open_page, guard, origin, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://park.example", "https://*.park.example:8443"]
    assert open_page(guard, origin=origin).subscribe("lane") == ["lane"]


@pytest.mark.parametrize(
    "origin", ["http://park.example", "https://a.park.example", "https://park"]
)
def test_what_only_resembles_a_trusted_origin_does_not_connect(open_page, guard, origin, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://park.example", "https://*.park.example:8443"]
    with pytest.raises(InvalidStatus):
        open_page(guard, origin=origin)
