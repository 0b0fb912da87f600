"""Telling the apps what no message caused: their faults must not undo the field's own state."""

import logging

from django.db import InterfaceError, OperationalError, transaction

from core.events import publish

logger = logging.getLogger(__name__)

# The database did not do its part; what was asked of it may be asked again.
UNAVAILABLE = (OperationalError, InterfaceError)


def tell(event: object) -> None:
    """Hand the event to its subscribers; what a failing one did is undone and logged.

    Raises:
        OperationalError, InterfaceError: the database is away.
    """
    try:
        with transaction.atomic():
            publish(event)
    except UNAVAILABLE:
        raise
    except Exception:
        logger.exception("an app failed to handle %s", event)
