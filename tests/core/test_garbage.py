"""Cyclic garbage is collected after work that makes many objects at once."""

import gc

import pytest

from core.garbage import collected_afterwards


def test_nothing_is_collected_within_the_block_and_again_afterwards() -> None:
    with collected_afterwards():
        assert not gc.isenabled()
        with collected_afterwards():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_failed_block_leaves_collection_on() -> None:
    @collected_afterwards()
    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert gc.isenabled()
