"""Publish events that no message caused, so that a failing app cannot undo the device's state."""

import logging
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, transaction

from core.events import publish, publish_together

logger = logging.getLogger(__name__)

# The database was not available; the same operation may succeed when it is repeated.
UNAVAILABLE = (OperationalError, InterfaceError)


def publish_isolated_together(events: Sequence[object]) -> None:
    """Publish events of one type together; if a handler fails, publish each by itself.

    Raises:
        OperationalError, InterfaceError: the database is not available.
    """
    try:
        with transaction.atomic():
            publish_together(events)
    except UNAVAILABLE:
        raise
    except Exception:
        for event in events:
            publish_isolated(event)


def publish_isolated(event: object) -> None:
    """Publish the event in a savepoint; if a handler fails, roll back to it and log the error.

    Raises:
        OperationalError, InterfaceError: the database is not available.
    """
    try:
        with transaction.atomic():
            publish(event)
    except UNAVAILABLE:
        raise
    except Exception:
        logger.exception("an app failed to handle %s", event)
