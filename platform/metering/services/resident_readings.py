"""Readings that residents send from the portal, within the site's window, with a photo."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from core.models import Site, User
from core.photos import sanitises_photo, stored
from core.rate_limits import Limit, count_attempt
from metering import topics
from metering.models import Meter, MeterReading, ReadingWindow
from metering.plausibility import ProposedReading, find_problem, neighbours_of
from metering.services.common import (
    PHOTOS,
    accept_waiting,
    check_register,
    check_time,
    create_reading,
    lock_meter,
    record_change,
)

LAST_DAY = 28
# Photos are large, and a household corrects itself a few times at most.
OF_READINGS = Limit("resident-readings", free=6, first_s=600, longest_s=3600, window_s=86_400)


@transaction.atomic
def set_reading_window(
    site: Site, actor: User, *, first_day: int | None, last_day: int | None
) -> ReadingWindow | None:
    """Set on which days of each month residents may send readings; None for both: never.

    Raises:
        Rejection: a day is not from 1 to 28, or only one is given.
    """
    days = (first_day, last_day)
    if days == (None, None):
        ReadingWindow.objects.filter(site=site).delete()
        _record_window(site, actor, "")
        return None
    for name, day in zip(("first_day", "last_day"), days, strict=True):
        if day is None or not 1 <= day <= LAST_DAY:
            hint = _("enter a day from 1 to 28, or leave both empty to close the window")
            raise Rejection(name, "not_a_day", _("that is no day of every month"), hint)
    values = {"first_day": first_day, "last_day": last_day}
    window, _created = ReadingWindow.objects.update_or_create(site=site, defaults=values)
    _record_window(site, actor, str(window))
    return window


def is_window_open(site: Site) -> bool:
    """Return whether residents may send readings today."""
    window = ReadingWindow.objects.filter(site=site).first()
    return bool(window and window.contains(clock.local(clock.now(), site.timezone).day))


@sanitises_photo
@transaction.atomic
def submit_reading(
    meter: Meter, resident: User, *, register: Decimal, photo: bytes, confirmed: bool = False
) -> MeterReading:
    """Store the reading that a resident sends; the caller checks that the home is theirs.

    A plausible reading is in force. Another one is stored for review where the resident confirms
    that the register shows it.

    Args:
        register: the value that the register shows now.
        photo: a JPEG or PNG of it.
        confirmed: the value is right although it is implausible.

    Raises:
        Rejection: the window is closed, or the digits or the photo are invalid; or the reading is
            implausible and ``override`` names the confirmation.
        TooManyAttempts: the household has sent several readings today.
    """
    meter, at = lock_meter(meter), clock.now()
    if not is_window_open(meter.site):
        hint = _("the page of the meters shows when readings can be sent")
        raise Rejection("register", "closed", _("readings can't be sent today"), hint)
    check_register(meter, register)
    check_time(meter, at)
    proposed = ProposedReading(register, at)
    problem = find_problem(meter, proposed, neighbours_of(meter, at))
    if problem is not None and not confirmed:
        hint = _("check the digits, or confirm them: the management then checks the photo")
        raise Rejection("register", problem.code, problem.message, hint, override="confirmed")
    count_attempt((OF_READINGS, str(meter.pk)))
    state = MeterReading.State.REVIEW if problem else MeterReading.State.IN_FORCE
    kind = problem.problem if problem else MeterReading.Problem.NONE
    with stored(photo, at, PHOTOS) as name:
        reading = create_reading(meter, resident, proposed, photo=name, state=state, problem=kind)
        accept_waiting(meter)
        record_change(meter, resident, "send reading", reading=reading.pk, register=reading.shown)
    return reading


def _record_window(site: Site, actor: User, days: str) -> None:
    audit.record(site, actor, "set reading window", ("site", site.pk), days=days)
    live.announce(topics.METER, site.pk)
