"""The steps by which a site reminds of unpaid bills, and units that are not reminded."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, validation
from core.errors import Rejection
from core.models import Site, User
from estate.models import Unit
from fees.models import ReminderPause, ReminderStep
from people.accounts.ports import sms
from people.periods import today

EARLIEST, LATEST = -60, 365
Channels = ReminderStep.Channels


@transaction.atomic
def add_step(site: Site, actor: User, *, days: int, channels: str = Channels.MAIL) -> ReminderStep:
    """Remind of bills that are unpaid so many days after their due date; below zero before it.

    Args:
        channels: one of `ReminderStep.Channels`.

    Raises:
        Rejection: the days are out of range, there is such a step, or text messages are wanted
            where none are sent.
    """
    _require_sms(channels)
    if not EARLIEST <= days <= LATEST:
        raise Rejection(
            "days",
            "out_of_range",
            _("this is not a number from %(first)s to %(last)s")
            % {"first": EARLIEST, "last": LATEST},
            _("enter days after the due date, below zero for days before it"),
        )
    step, is_new = ReminderStep.objects.get_or_create(
        site=site, days=days, defaults={"channels": channels}
    )
    if not is_new:
        raise Rejection(
            "days", "taken", _("there is such a reminder"), _("choose another number of days")
        )
    detail = {"days": days, "channels": str(channels)}
    audit.record(site, actor, "add reminder step", ("reminder_step", step.pk), **detail)
    return step


@transaction.atomic
def change_step(step: ReminderStep, actor: User, *, channels: str) -> ReminderStep:
    """Change by what a step reminds; what waits to be sent stays as it is.

    Raises:
        Rejection: text messages are wanted where none are sent.
    """
    _require_sms(channels)
    step = ReminderStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
    step.channels = channels
    step.save(update_fields=["channels"])
    detail = {"days": step.days, "channels": str(channels)}
    audit.record(step.site, actor, "change reminder step", ("reminder_step", step.pk), **detail)
    return step


@transaction.atomic
def remove_step(step: ReminderStep, actor: User) -> None:
    """Remind no more at a step; what was sent stays recorded."""
    detail = {"days": step.days}
    audit.record(step.site, actor, "remove reminder step", ("reminder_step", step.pk), **detail)
    step.delete()


@transaction.atomic
def pause_reminders(unit: Unit, actor: User, *, until: date, reason: str) -> ReminderPause:
    """Send no reminders of a unit's bills until the end of a day; a former pause is replaced.

    Raises:
        Rejection: there is no reason, or the day is past.
    """
    validation.require_reason(reason)
    if until < today(unit.site):
        raise Rejection("until", "past", _("this day is past"), _("choose a later day"))
    values = {
        "site": unit.site,
        "until": until,
        "reason": reason.strip(),
        "entered_at": clock.now(),
        "entered_by": actor,
    }
    pause, _is_new = ReminderPause.objects.update_or_create(unit=unit, defaults=values)
    detail = {"until": until.isoformat(), "reason": reason.strip()}
    audit.record(unit.site, actor, "pause reminders", ("unit", unit.pk), **detail)
    return pause


@transaction.atomic
def resume_reminders(pause: ReminderPause, actor: User) -> None:
    """Remind of a unit's bills again."""
    audit.record(pause.site, actor, "resume reminders", ("unit", pause.unit_id))
    pause.delete()


def _require_sms(channels: str) -> None:
    if channels != Channels.MAIL and sms() is None:
        raise Rejection(
            "channels",
            "not_set_up",
            _("text messages are not set up"),
            _("remind by mail, or set GATEHOUSE_SMS"),
        )
