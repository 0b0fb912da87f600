"""The demo sites' allow lists, block lists and visitor passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from access import lists
from core import clock
from core.models import Site, User
from people.models import Occupancy


@dataclass(frozen=True)
class Lists:
    """The lists of a demo site.

    Attributes:
        visitors: plates that have a visitor pass.
        allowed, blocked: plates with the reason, in English.
        free_minutes: how long a visit is free.
    """

    visitors: Sequence[str]
    allowed: Sequence[tuple[str, str]]
    blocked: Sequence[tuple[str, str]]
    free_minutes: int


COMMUNITY = Lists(
    visitors=["沪E9N456", "粤B5T118", "苏A7M369"],
    allowed=[("沪G3W901", _("waste collection")), ("沪H1Y234", _("parcel delivery"))],
    blocked=[("皖A4Q404", _("left three times without paying"))],
    free_minutes=120,
)
PARK = Lists(
    visitors=["沪M5B720", "浙B2K816"],
    allowed=[("沪D09511", _("waste collection")), ("沪A2G633", _("fire safety inspection"))],
    blocked=[("皖C61208", _("drove over the speed limit in the yard"))],
    free_minutes=240,
)


def fill_lists(site: Site, actor: User, listed: Lists) -> None:
    """Add the entries of both lists, and issue the visitor passes."""
    now = clock.now()
    rows = [("allow", *row) for row in listed.allowed] + [("block", *row) for row in listed.blocked]
    for kind, plate, reason in rows:
        written = gettext(reason)
        lists.add_entry(site, actor, kind=kind, plate=plate, reason=written, begins_at=now)
    homes = Occupancy.objects.filter(site=site, person__isnull=False, unit__isnull=False)
    for plate, home in zip(listed.visitors, cycle(homes.order_by("pk")), strict=False):
        lists.issue_pass(
            site,
            actor,
            plate=plate,
            begins_at=now - timedelta(minutes=5),
            ends_at=now + timedelta(days=30),
            host=home.person,
            unit=home.unit,
            entries_allowed=100,
            free_minutes=listed.free_minutes,
        )
