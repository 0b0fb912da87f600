"""GA/T 1400: the peer's clock is read at the registration, and the feed's page shows it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core import clock
from core.guarded_http import HttpAnswer
from core.permissions import StandardRole
from incidents.models import FeedEndpoint
from integrations.police.viid.client import local_time
from integrations.police.viid.peer_clock import MOST, read_difference
from integrations.police.viid.registration import is_registered
from integrations.police.viid.sessions import Sessions
from tests.browsers import hire, signed_in, text

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 0, 30, 0, 500_000, tzinfo=UTC)
DAY_S = 86_400.0
PATIENCE_S = 30.0


@pytest.fixture
def unregistered(endpoint, monkeypatch):
    """The feed before its first registration, while our clock stands still."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    endpoint.registered_until = None
    endpoint.valid_until = NOW + timedelta(days=90)
    endpoint.save()
    return endpoint


def told(endpoint, **ahead: float) -> str:
    """The peer's time, on the site's clock."""
    return local_time(NOW + timedelta(**ahead), endpoint.site.timezone)


def answer(local: object) -> bytes:
    found = {"VIIDServerID": "1", "TimeMode": "1", "LocalTime": local, "TimeZone": "+8"}
    return json.dumps({"SystemTimeObject": found}).encode()


def fresh(endpoint) -> FeedEndpoint:
    return FeedEndpoint.objects.get(pk=endpoint.pk)


@pytest.mark.parametrize("seconds", [0, 1, 125, -125, 8 * 3600, -400 * 86_400])
def test_the_difference_is_read_at_the_registration(peer, unregistered, seconds):
    peer.time = answer(told(unregistered, seconds=seconds))
    Sessions(PATIENCE_S).step(0.0)
    assert (fresh(unregistered).clock_ahead_s, fresh(unregistered).clock_read_at) == (seconds, NOW)
    assert is_registered(fresh(unregistered))


def test_half_of_what_the_answer_took_is_taken_off(monkeypatch):
    class Slow:
        """A peer whose clock is right, and whose answer takes four seconds."""

        def call(self, method: str, path: str) -> HttpAnswer:
            at = NOW + timedelta(seconds=2)
            monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=4))
            return HttpAnswer(200, {}, answer(local_time(at, "Asia/Shanghai")), False, "")

    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert read_difference(Slow(), "Asia/Shanghai") == timedelta()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"no json", b"[]", b"{}", b'"20261201083000"', b"[" * 20_000),
        *(answer(wrong) for wrong in ("", "2026-12-01 08:30:00", "20261301083000", None, [1])),
    ],
)
def test_a_peer_that_does_not_tell_its_time_stays_registered(peer, unregistered, body):
    peer.time = body
    Sessions(PATIENCE_S).step(0.0)
    found = fresh(unregistered)
    assert (found.clock_ahead_s, found.clock_read_at) == (None, NOW)
    assert is_registered(found)


def test_the_time_may_be_a_number_and_stand_alone(peer, unregistered):
    peer.time = json.dumps({"LocalTime": int(told(unregistered, minutes=1))}).encode()
    Sessions(PATIENCE_S).step(0.0)
    assert fresh(unregistered).clock_ahead_s == 60


def test_the_clock_is_read_once_a_day_and_at_each_registration(peer, unregistered):
    sessions = Sessions(PATIENCE_S)
    calls = []
    for now in (0.0, 60.0, DAY_S - 60, DAY_S + 1, DAY_S + 61):
        sessions.step(now)
        calls.append(peer.time_calls)
    assert calls == [1, 1, 1, 2, 2]
    fresh_start = Sessions(PATIENCE_S)
    unregistered.registered_until = None
    unregistered.save()
    fresh_start.step(0.0)
    assert peer.time_calls == 3


@pytest.mark.parametrize(
    ("ahead", "shown"),
    [
        (timedelta(), "the same as ours"),
        (timedelta(minutes=2, seconds=5), "2 min 5 s ahead of ours"),
        (timedelta(hours=-8), "8 h behind ours"),
    ],
)
def test_the_page_shows_the_difference_and_warns_of_minutes(peer, unregistered, ahead, shown):
    peer.time = answer(local_time(NOW + ahead, unregistered.site.timezone))
    Sessions(PATIENCE_S).step(0.0)
    site = unregistered.site
    browser = signed_in(hire(site, StandardRole.MANAGER))
    page = text(browser.get(f"/s/{site.slug}/feeds/{unregistered.pk}/"))
    assert shown in page
    assert ("differs from ours" in page) == (abs(ahead) > MOST)


def test_a_clock_that_is_not_told_is_said_to_be_unknown(peer, unregistered):
    Sessions(PATIENCE_S).step(0.0)
    site = unregistered.site
    browser = signed_in(hire(site, StandardRole.MANAGER))
    assert "not told" in text(browser.get(f"/s/{site.slug}/feeds/{unregistered.pk}/"))
