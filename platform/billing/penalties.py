"""What is owed of penalties on charges today: those that are posted, and what accrued since."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing.accruals import accrued_on, open_penalties
from billing.bill_details import titles_of
from billing.models import Charge
from billing.outstanding import owed_of_causes
from billing.services.charging import Cause
from core.money import Money


@dataclass(frozen=True, slots=True)
class PenaltyDue:
    """A penalty that is owed today.

    Attributes:
        charge: the penalty as it was posted, or the charge on which it has accrued.
        title: in the active language.
    """

    charge: Charge
    title: str
    money: Money


def penalties_due(charges: Sequence[Charge]) -> list[PenaltyDue]:
    """Return the penalties of charges of one site that a payment of today finds.

    Those that are among the charges are left out.
    """
    chosen = {Cause.of(each) for each in charges}
    posted = [each for each in open_penalties(charges) if Cause.of(each) not in chosen]
    owed = owed_of_causes(posted)
    titles = titles_of(each.charge for each in owed)
    shown = [PenaltyDue(each.charge, titles[each.charge.pk], each.money) for each in owed]
    return shown + accrued_penalties(charges)


def accrued_penalties(charges: Sequence[Charge]) -> list[PenaltyDue]:
    """Return what has accrued on charges of one site until today, and is not posted."""
    accrued = accrued_on(charges)
    titles = titles_of(each.charge for each in accrued)
    return [
        PenaltyDue(
            each.charge,
            _("Late fee until today: %(title)s") % {"title": titles[each.charge.pk]},
            each.money,
        )
        for each in accrued
    ]


def total_of(penalties: Sequence[PenaltyDue], currency: str) -> Money:
    """Return what penalties in a currency come to."""
    return Money(
        sum(each.money.minor for each in penalties if each.money.currency == currency), currency
    )
