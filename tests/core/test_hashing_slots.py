"""So many passwords are hashed at a time, a few wait, and the rest is refused at once."""

from contextlib import ExitStack

import pytest

from core.sign_in.hashing import HashingSlots, ServerBusy
from tests.at_once import at_once


def test_excess_is_refused_at_once():
    slots = HashingSlots(running=2, waiting=0, patience_s=60)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(slots.slot())
        with pytest.raises(ServerBusy), slots.slot():
            pass
    with slots.slot():
        pass


def test_one_that_waited_too_long_is_refused_and_leaves_its_place():
    slots = HashingSlots(running=1, waiting=1, patience_s=0.01)
    with slots.slot():
        for _ in range(3):
            with pytest.raises(ServerBusy), slots.slot():
                pass


def test_an_error_within_frees_the_slot():
    slots = HashingSlots(running=1, waiting=0, patience_s=0)
    with pytest.raises(RuntimeError), slots.slot():
        raise RuntimeError
    with slots.slot():
        pass


def test_those_that_wait_get_their_turn():
    slots = HashingSlots(running=1, waiting=5, patience_s=20)
    running = []

    def hash_one() -> int:
        with slots.slot():
            running.append(1)
            most = len(running)
            running.pop()
            return most

    assert at_once(*[hash_one] * 6) == [1] * 6
