"""When a share has fallen: bounds, windows, and how often chance alone raises an alarm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.proportions import (
    FALL,
    LEAST_RECENT,
    LEAST_USUAL,
    WINDOW,
    Share,
    bounds,
    has_fallen,
    has_recovered,
    split,
)

HOURS, PER_HOUR = 28 * 12, 20
RECENT_HOURS = WINDOW // PER_HOUR

totals = st.integers(min_value=0, max_value=5000)
shares = totals.flatmap(lambda n: st.integers(0, n).map(lambda hits: Share(hits, n)))


def first_alarm(hits: np.ndarray) -> int | None:
    """The number of the hour after which a camera with these right readings raises an alarm."""
    before = np.concatenate([[0], np.cumsum(hits)])

    def share(first: int, last: int) -> Share:
        return Share(int(before[last] - before[first]), (last - first) * PER_HOUR)

    for now in range(HOURS + RECENT_HOURS, len(hits) + 1):
        begin = now - RECENT_HOURS
        if has_fallen(share(begin, now), share(begin - HOURS, begin)):
            return now
    return None


@given(shares)
def test_the_bounds_enclose_the_share(share):
    low, high = bounds(share)
    assert 0 <= low <= high <= 1
    if share.total:
        assert low - 1e-9 <= share.value <= high + 1e-9


@given(st.lists(shares, max_size=40), st.integers(0, 40))
def test_every_reading_is_either_recent_or_usual(counts, latest):
    recent, usual = split(counts, min(latest, len(counts)))
    assert recent + usual == sum(counts, Share(0, 0))


@given(shares, shares)
def test_what_has_fallen_has_not_recovered(recent, usual):
    assert not (has_fallen(recent, usual) and has_recovered(recent, usual))


@given(shares, shares)
def test_nothing_is_concluded_from_few_readings_or_a_small_fall(recent, usual):
    few = recent.total < LEAST_RECENT or usual.total < LEAST_USUAL
    if few or usual.value - recent.value < FALL:
        assert not has_fallen(recent, usual)


@pytest.mark.parametrize("share", [0.99, 0.95, 0.8])
def test_a_steady_camera_raises_an_alarm_in_one_of_a_hundred_months_at_most(share):
    chance = np.random.default_rng(20261201)
    months = chance.binomial(PER_HOUR, share, size=(500, 2 * HOURS + RECENT_HOURS))
    raised = sum(first_alarm(hits) is not None for hits in months)
    assert raised <= 5


def test_a_fall_from_95_to_80_percent_raises_an_alarm_within_300_readings():
    chance = np.random.default_rng(20261202)
    until = HOURS + RECENT_HOURS
    for _camera in range(200):
        before = chance.binomial(PER_HOUR, 0.95, size=until)
        after = chance.binomial(PER_HOUR, 0.80, size=300 // PER_HOUR)
        alarm = first_alarm(np.concatenate([before, after]))
        assert alarm is not None
        assert alarm > until, "before the fall"


def test_a_window_takes_the_latest_readings_only():
    counts = [Share(0, WINDOW // 2)] * 3
    assert split(counts, 3) == (Share(0, WINDOW), Share(0, WINDOW // 2))
    assert split(counts, 1) == (Share(0, WINDOW // 2), Share(0, WINDOW))
