"""Attempts are free at first, then each makes the next wait longer, and none lasts for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.client_address import client_address
from core.models import RateLimit
from core.rate_limits import (
    Limit,
    TooManyAttempts,
    count_attempt,
    delete_old_counts,
    forget_attempts,
    take_back_attempt,
)
from tests.at_once import at_once

LIMIT = Limit("test", free=3, first_s=2, longest_s=10, window_s=3600)
OTHER = Limit("other", free=1, first_s=60, longest_s=60, window_s=3600)
START = datetime(2031, 5, 17, 8, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    """Set the clock to so many seconds after the start."""

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: START + timedelta(seconds=seconds))

    set_clock(0)
    return set_clock


def admitted(*subjects) -> bool:
    try:
        count_attempt(*subjects)
    except TooManyAttempts:
        return False
    return True


@pytest.mark.django_db
def test_delays_double_from_the_last_free_attempt_up_to_the_longest(at):
    at_s, waits = 0, []
    for _ in range(7):
        at(at_s)
        count_attempt((LIMIT, "a"))
        try:
            count_attempt((LIMIT, "a"))
        except TooManyAttempts as error:
            waits.append(error.wait_s)
            at_s += error.wait_s
        else:
            waits.append(0)
    assert waits == [0, 2, 4, 8, 10, 10, 10]


@pytest.mark.django_db
def test_an_attempt_that_comes_too_early_does_not_extend_the_delay(at):
    for _ in range(3):
        count_attempt((LIMIT, "a"))
    for tenths in range(20):
        at(tenths / 10)
        assert not admitted((LIMIT, "a"))
    at(2)
    assert admitted((LIMIT, "a"))


@pytest.mark.django_db
def test_subjects_and_limits_are_counted_apart(at):
    for _ in range(3):
        count_attempt((LIMIT, "a"))
    assert admitted((LIMIT, "b"))
    assert admitted((OTHER, "a"))
    assert not admitted((LIMIT, "a"))


@pytest.mark.django_db
def test_an_attempt_that_one_limit_refuses_counts_for_none(at):
    count_attempt((OTHER, "a"))
    for _ in range(5):
        assert not admitted((LIMIT, "a"), (OTHER, "a"))
    assert count_attempt((LIMIT, "a")) == {"test": 1}


@pytest.mark.django_db
def test_the_count_starts_again_after_the_window(at):
    for _ in range(3):
        count_attempt((LIMIT, "a"))
    at(3600)
    assert count_attempt((LIMIT, "a")) == {"test": 1}


@pytest.mark.django_db
def test_a_success_forgets_and_an_attempt_taken_back_counts_once_less(at):
    for _ in range(3):
        count_attempt((LIMIT, "a"), (LIMIT, "b"))
    forget_attempts((LIMIT, "a"))
    take_back_attempt((LIMIT, "b"))
    assert count_attempt((LIMIT, "a")) == {"test": 1}
    assert count_attempt((LIMIT, "b")) == {"test": 3}


@pytest.mark.django_db
def test_what_is_counted_is_not_stored(at):
    count_attempt((LIMIT, "沪A12345"))
    assert "12345" not in str(list(RateLimit.objects.values()))


@pytest.mark.django_db
def test_old_counts_are_deleted(at):
    count_attempt((LIMIT, "a"))
    at(3 * 86_400)
    count_attempt((LIMIT, "b"))
    delete_old_counts()
    assert RateLimit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_parallel_attempts_only_the_free_ones_are_admitted():
    results = at_once(*[lambda: admitted((LIMIT, "a"), (LIMIT, "b"))] * 12)
    assert results.count(True) == 3


@given(st.integers(1, 50), st.integers(0, 10_000))
def test_no_delay_is_above_the_longest(free, count):
    limit = Limit("x", free=free, first_s=0.5, longest_s=300, window_s=1)
    assert timedelta() <= limit.delay(count) <= timedelta(seconds=300)
    assert limit.delay(count) <= limit.delay(count + 1)


@pytest.mark.parametrize(
    ("reported", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
        ("²", "unknown"),
    ],
)
def test_clients_are_counted_by_ipv4_address_or_ipv6_network(reported, counted):
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=reported)) == counted
