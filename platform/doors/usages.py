"""What refers to doors and groups of doors, and hinders their end."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import ngettext

from core import clock
from doors.models import Right
from estate.models import DoorGroup, Place
from estate.ports import Usage


def of_place(place: Place) -> Iterator[Usage]:
    """Yield the rights at a group of doors, which end before the group does."""
    if not isinstance(place, DoorGroup):
        return
    lasting = Q(ends_at=None) | Q(ends_at__gt=clock.now())
    count = Right.objects.filter(lasting, group=place).count()
    if count:
        text = ngettext(
            "%(count)s right is for these doors", "%(count)s rights are for these doors", count
        )
        yield Usage(text % {"count": count}, blocks=True)
