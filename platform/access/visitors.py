"""Visitors at the lane: a pass for the car that waits there."""

from datetime import datetime
from typing import Any

from django.db import transaction

from access import lists, services
from access.models import Passage, VisitorPass
from core.models import User


@transaction.atomic
def admit_visitor(
    passage: Passage, actor: User, *, plate: str, ends_at: datetime, **more: Any
) -> VisitorPass:
    """Issue a visitor pass that begins when the car was seen, and decide about the car again.

    The barrier opens only if the checks permit it: a blocked plate stays outside.

    Args:
        plate: as the guard reads it; it should be the passage's plate.
        more: ``visitor_name`` and ``unusual_plate``, see `access.lists.issue_pass`.

    Raises:
        Rejection: the plate is invalid, or the pass ends before it begins.
    """
    passage = services.lock_passage(passage)
    made = lists.issue_pass(
        passage.site, actor, plate=plate, begins_at=passage.seen_at, ends_at=ends_at, **more
    )
    services.re_evaluate(passage)
    return made
