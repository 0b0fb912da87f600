"""Import what registers the field's kinds of runs, so that a worker knows them."""

from devices import replays

__all__ = ["replays"]
