"""Garbage collection around work that makes many objects at once."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collected_afterwards() -> Iterator[None]:
    """Search for cyclic garbage only after the block, which may decorate a function.

    While tens of thousands of objects are made that live until the end of the block, each search
    visits them all and finds nothing: it took a third of a billing run's time. The block must be
    short enough for its cyclic garbage to fit into memory, such as a chunk of a run.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
