"""The event bus: an app reacts to an event without being imported by the one that publishes it.

Events are frozen dataclasses. Facts of the field are declared in ``devices/events.py``, those of an
app in ``<app>/events.py``; an app subscribes in its ``handlers.py`` and nowhere else.

There are two kinds of handlers. `publish` calls in-transaction handlers at once: what they write is
committed or rolled back together with the event's cause. Events that arrive together are published
with `publish_together`, so that a handler may read at once what it needs for all of them.
`publish_durable` queues one job for each durable handler: it runs after the commit, survives a
crash, and may run more than once.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from typing import Any, TypeVar

import msgspec
from django.db import transaction
from django.utils.module_loading import import_string

from core import jobs

E = TypeVar("E")
Handler = Callable[[Any], None]
_handlers: dict[type, list[Handler]] = defaultdict(list)
_taking_several: set[Handler] = set()
_durable_handlers: dict[type, list[Handler]] = defaultdict(list)
_durable_types: dict[str, type] = {}


def subscribe(event_type: type[E], handler: Callable[[E], None]) -> None:
    """Call the handler with each event of exactly this type, inside its transaction.

    Handlers run in the order of their subscription; a second subscription changes nothing.
    """
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)


def subscribe_together(event_type: type[E], handler: Callable[[Sequence[E]], None]) -> None:
    """Call the handler with all events of exactly this type that are published together.

    One that is published alone comes as a list of one.
    """
    _taking_several.add(handler)
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)


def unsubscribe(event_type: type[E], handler: Callable[[E], None]) -> None:
    """Remove the handler, in-transaction or durable; one that is not subscribed is ignored."""
    for registry in (_handlers, _durable_handlers):
        if handler in registry[event_type]:
            registry[event_type].remove(handler)


def subscribed(event_type: type) -> tuple[Handler, ...]:
    """Return the in-transaction handlers of the event type, in the order they are called."""
    return tuple(_handlers[event_type])


def publish(event: object) -> None:
    """Call the event's in-transaction handlers, in the order of their subscription.

    An exception of a handler reaches the publisher, so that the transaction is rolled back.
    """
    publish_together([event])


def publish_together(events: Sequence[object]) -> None:
    """Call the in-transaction handlers with one or more events of one type, as `publish` does."""
    for handler in subscribed(type(events[0])):
        if handler in _taking_several:
            handler(events)
        else:
            for event in events:
                handler(event)


def subscribe_durable(event_type: type[E], handler: Callable[[E], None]) -> None:
    """Call the handler with each event of exactly this type, after its transaction has committed.

    The handler is delivered to at least once, so it must be idempotent. It is stored by its dotted
    path: one that is moved or renamed must stay importable under its old path until the queue is
    empty.

    Raises:
        TypeError: the event type is not a dataclass whose fields JSON can represent.
        core.jobs.JobError: the handler is not a function at the top level of a module.
    """
    if not is_dataclass(event_type):
        raise TypeError(f"{event_type.__qualname__} is not a dataclass")
    msgspec.json.schema(event_type)  # raises TypeError for a field that JSON cannot represent
    jobs.path_of(handler)
    _durable_types[_name_of(event_type)] = event_type
    if handler not in _durable_handlers[event_type]:
        _durable_handlers[event_type].append(handler)


@transaction.atomic(savepoint=False)
def publish_durable(event: object) -> None:
    """Queue the event for each of its durable handlers, in the caller's transaction.

    The jobs become visible with the commit and vanish with a rollback.
    """
    payload = msgspec.to_builtins(event)
    for handler in _durable_handlers[type(event)]:
        path = jobs.path_of(handler)
        jobs.enqueue(deliver, _name_of(type(event)), payload, path, queue=jobs.FAST)


def deliver(event_name: str, payload: dict[str, Any], handler_path: str) -> None:
    """Call one durable handler with the event restored from its payload, as a job.

    The handler's writes are one transaction; when it fails, the job queue retries it.

    Raises:
        LookupError: no durable handler is subscribed to an event type of that name.
        msgspec.ValidationError: the payload does not fit the event type.
    """
    if event_name not in _durable_types:
        raise LookupError(f"no durable handler is subscribed to {event_name}")
    event: object = msgspec.convert(payload, type=_durable_types[event_name])
    handler: Handler = import_string(handler_path)
    with transaction.atomic():
        handler(event)


def _name_of(event_type: type) -> str:
    return f"{event_type.__module__}.{event_type.__qualname__}"
