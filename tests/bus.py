"""The event bus in tests: other handlers for one event type, the apps' own put back afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from core import events


@contextmanager
def only_handlers(event_type: type, *handlers: Callable[[Any], None]) -> Iterator[None]:
    """Subscribe these in-transaction handlers in place of those of the apps."""
    before = events.subscribed(event_type)
    _replace(event_type, handlers)
    try:
        yield
    finally:
        _replace(event_type, before)


def _replace(event_type: type, handlers: tuple[Callable[[Any], None], ...]) -> None:
    for handler in events.subscribed(event_type):
        events.unsubscribe(event_type, handler)
    for handler in handlers:
        events.subscribe(event_type, handler)
