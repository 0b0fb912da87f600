"""Batches of late records are short enough for the cars that arrive meanwhile."""

import pytest

from devices.record_batches import FEWEST, MOST, SLOW_S, RecordBatches


def sizes(batches: RecordBatches, first_s: float, each_s: float, number: int = 30) -> list[int]:
    """The sizes of so many batches, each of which takes a time for itself and for each record."""
    found = []
    for _ in range(number):
        found.append(batches.size)
        batches.note_batch(batches.size, first_s + batches.size * each_s)
    return found


@pytest.mark.parametrize(("each_s", "size"), [(0.0001, MOST), (0.001, 70), (0.01, FEWEST)])
def test_a_batch_is_as_large_as_fits_into_a_tenth_of_a_second(each_s, size):
    found = sizes(RecordBatches(), 0.03, each_s)
    assert found[0] == FEWEST
    assert found == sorted(found)
    assert size - 5 <= found[-1] <= size


def test_it_takes_half_of_that_while_cars_arrive():
    batches = RecordBatches()
    batches.note_car()
    assert FEWEST <= sizes(batches, 0.03, 0.001)[-1] <= 20


def test_records_that_take_long_are_handled_a_few_at_a_time():
    found = sizes(RecordBatches(), 0.02, 0.04)
    assert found[-1] * 0.04 + 0.02 <= SLOW_S


def test_batches_grow_again_after_slow_ones():
    batches = RecordBatches()
    batches.note_batch(FEWEST, 1.0)
    assert batches.size == FEWEST // 2
    assert sizes(batches, 0.03, 0.001)[-1] > FEWEST


def test_the_last_few_records_of_a_camera_do_not_shrink_the_next_batch():
    batches = RecordBatches()
    batches.note_batch(2, 0.03)
    assert batches.size == FEWEST
