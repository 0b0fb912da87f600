"""Coalescing of the live channel: many changes become few messages."""

from itertools import pairwise

from core.live_bundles import BULK_EVERY, BULK_SPREAD, BUNDLE_EVERY, GATHER, Bundler
from core.live_changes import MAX_IDS, Changes, ChangeSet


def test_a_row_that_changes_often_counts_once():
    changes = ChangeSet()
    for _ in range(3):
        changes.add("bay", 7)
    assert changes.pop_all() == [("bay", Changes({7}))]
    assert not changes


def test_a_change_of_the_whole_topic_covers_its_rows():
    changes = ChangeSet()
    changes.add("bay", 7)
    changes.add("bay", None)
    changes.add("bay", 8)
    assert changes.pop_all() == [("bay", Changes(whole=True))]


def test_more_rows_than_the_limit_are_a_bulk_change_of_the_topic():
    changes = ChangeSet()
    for row_id in range(MAX_IDS):
        changes.add("bay", row_id)
    assert dict(changes)["bay"] == Changes(set(range(MAX_IDS)))
    changes.merge("bay", Changes({MAX_IDS}))
    assert changes.pop_all() == [("bay", Changes(whole=True, bulk=True))]


def test_keys_are_coalesced_apart_and_stay_in_order():
    changes = ChangeSet()
    for key in ("lane", "bay", "lane"):
        changes.add(key, 1)
    assert [key for key, _ in changes.pop_all()] == ["lane", "bay"]


def bundles(bundler: Bundler, until: float) -> list[tuple[float, list]]:
    """Send each bundle when it is due; return them with their times."""
    sent = []
    while (due := bundler.due()) is not None and due <= until:
        if events := bundler.pop(due):
            sent.append((round(due, 3), events))
    return sent


def test_a_first_change_waits_only_for_the_rest_of_its_transaction():
    bundler = Bundler()
    bundler.add("lane", Changes({1}), now=10.0)
    bundler.add("lane", Changes({2}), now=10.01)
    events = [{"topic": "lane", "id": 1}, {"topic": "lane", "id": 2}]
    assert bundles(bundler, until=20) == [(10.0 + GATHER, events)]
    assert bundler.due() is None


def test_a_page_gets_at_most_four_bundles_a_second():
    bundler, sent = Bundler(), []
    for step in range(100):
        now = step / 100
        sent += bundles(bundler, until=now)
        bundler.add("lane", Changes({step % 3}), now)
    sent += bundles(bundler, until=2.0)
    times = [time for time, _ in sent]
    assert len(times) == 5
    gaps = [round(b - a, 3) for a, b in pairwise(times)]
    assert min(gaps) >= BUNDLE_EVERY


def test_a_bulk_change_waits_for_a_random_part_of_a_second():
    for chance in (0.0, 0.5, 1.0):
        bundler = Bundler(chance=lambda part=chance: part)
        bundler.add("stay", Changes(whole=True, bulk=True), now=10.0)
        expected = 10.0 + chance * BULK_SPREAD
        assert bundles(bundler, until=20) == [(expected, [{"topic": "stay"}])]


def test_a_bulk_change_delays_no_prompt_one():
    bundler = Bundler(chance=lambda: 1.0)
    bundler.add("stay", Changes(whole=True, bulk=True), now=10.0)
    bundler.add("lane", Changes({3}), now=10.1)
    sent = bundles(bundler, until=20)
    assert sent == [
        (10.1 + GATHER, [{"topic": "lane", "id": 3}]),
        (10.0 + BULK_SPREAD, [{"topic": "stay"}]),
    ]


def test_a_long_run_makes_a_page_reload_every_two_seconds_at_most():
    bundler, sent = Bundler(chance=lambda: 0.0), []
    for step in range(1000):  # ten seconds, a hundred transactions a second
        now = step / 100
        sent += bundles(bundler, until=now)
        bundler.add("stay", Changes(whole=True, bulk=True), now)
    assert len(sent) == 10 / BULK_EVERY


def test_single_rows_that_become_many_in_one_bundle_become_a_bulk_change():
    bundler = Bundler(chance=lambda: 0.0)
    for row_id in range(MAX_IDS + 1):
        bundler.add("stay", Changes({row_id}), now=10.0)
    assert [events for _, events in bundles(bundler, until=20)] == [[{"topic": "stay"}]]
