"""The offset of a device's clock: several messages that agree, the least delayed of them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from devices import clock_offsets, events
from devices.clock_offsets import AGREEING, KEPT, MAX_LAG_MS, TOLERANCE_MS, Measured, Sample
from devices.presence import Presence
from tests.factories import DeviceFactory

UNKNOWN = Measured(None, [])


def after(*offsets_ms: int, before: Measured = UNKNOWN, prompt: bool = False) -> Measured:
    """Return what is measured after messages, each of which arrived some time after the other."""
    for each in offsets_ms:
        before = clock_offsets.measure(before, [Sample(each, prompt)])
    return before


# -- one message proves nothing --------------------------------------------------------------------


@pytest.mark.parametrize("ahead_s", [120, 61, 50, 290, 3, -20])
@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_messages_do_not_move_the_offset(ahead_s, n):
    known = after(*[-200] * KEPT)
    assert after(*[ahead_s * 1000] * n, before=known).offset_ms == -200
    assert after(*[ahead_s * 1000] * n).offset_ms is None


@pytest.mark.parametrize("ahead_s", [120, 61, 50, 290, -250])
def test_three_that_agree_correct_it(ahead_s):
    known = after(*[-200] * KEPT)
    moved = after(*[ahead_s * 1000] * 3, before=known, prompt=True)
    assert moved.offset_ms == ahead_s * 1000


def test_messages_of_different_times_agree_on_nothing():
    known = after(*[0] * KEPT)
    assert after(40_000, 90_000, 160_000, 230_000, before=known).offset_ms == 0


# -- a delay is no drift ---------------------------------------------------------------------------


def test_of_those_that_agree_the_least_delayed_counts():
    assert after(-1_500, -300, -900, -5_000, -20_000).offset_ms == -300


def test_a_batch_recorded_offline_is_no_slow_clock():
    known = after(*[-200] * KEPT)
    assert after(*[-90_000] * KEPT, before=known).offset_ms == -200
    assert after(*[-25_000] * 5, before=known).offset_ms == -200


def test_a_clock_that_was_set_is_followed_after_three_messages():
    fast = after(*[55_000] * KEPT)
    assert after(*[100] * 2, before=fast).offset_ms == 55_000
    assert after(*[100] * 3, before=fast) == Measured(100, [100] * 3)


def test_a_device_s_own_status_shows_its_clock_however_slow():
    known = after(*[-200] * KEPT)
    assert after(*[-300_000] * 3, before=known, prompt=True).offset_ms == -300_000


@given(
    drift=st.integers(-300_000, 290_000),
    prompt=st.lists(st.integers(0, TOLERANCE_MS), min_size=AGREEING, max_size=5),
    delayed=st.lists(st.integers(0, MAX_LAG_MS), max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_the_offset_is_the_drift_less_the_delay_of_the_promptest(drift, prompt, delayed, order):
    samples = [Sample(drift - each, True) for each in (*prompt, *delayed)]
    order.shuffle(samples)
    measured = after(*[each.offset_ms for each in samples], prompt=True)
    assert drift - TOLERANCE_MS <= measured.offset_ms <= drift


@given(
    drift=st.integers(-20_000, 290_000),
    delays=st.lists(st.integers(0, 1_000), min_size=KEPT, max_size=20),
    wrong=st.lists(st.integers(TOLERANCE_MS, 600_000), max_size=2),
    at=st.integers(AGREEING, 20),
)
def test_two_wrong_times_among_many_right_ones_change_nothing(drift, delays, wrong, at):
    offsets = [drift - each for each in delays]
    offsets[at:at] = [drift + 1 + each for each in wrong]
    measured = after(*offsets)
    assert drift - 1_000 <= measured.offset_ms <= drift


# -- as stored -------------------------------------------------------------------------------------


@pytest.fixture
def camera(db):
    return DeviceFactory(driver="vzenith-mqtt", serial="8c5f0100-d3a1", kind="camera")


def send(presence: Presence, device, ahead_s: float, **more: object) -> None:
    now = clock.now()
    at = now + timedelta(seconds=ahead_s)
    envelope = {"device_id": device.pk, "site_id": device.site_id, "key": "e1"}
    presence.record(
        events.BayChanged(at=at, received_at=now, occupied=True, **envelope, **more),
    )


def stored_offset(device) -> int | None:
    device.refresh_from_db()
    return device.clock_offset_ms


def test_the_offset_is_stored_with_the_contact(camera):
    presence = Presence()
    for ahead_s in (2.5, 120, 2.4, 2.5, 0.1):
        send(presence, camera, ahead_s)
        presence.write()
    assert stored_offset(camera) == 2500
    assert camera.recent_offsets == [2500, 120_000, 2400, 2500, 100]


def test_a_message_without_a_time_of_its_own_measures_nothing(camera):
    presence = Presence()
    for _ in range(KEPT):
        send(presence, camera, 0)
        presence.write()
    assert (stored_offset(camera), camera.recent_offsets, camera.state) == (None, [], "online")


def test_a_record_made_offline_measures_nothing(camera):
    presence = Presence()
    for _ in range(KEPT):
        send(presence, camera, -20, buffered=True)
        presence.write()
    assert stored_offset(camera) is None


def test_messages_that_arrive_together_do_not_replace_all_measured_before(camera):
    presence = Presence()
    for _ in range(AGREEING):
        send(presence, camera, -0.2)
        presence.write()
    for _ in range(50):
        send(presence, camera, -25)
    presence.write()
    assert stored_offset(camera) == -200
