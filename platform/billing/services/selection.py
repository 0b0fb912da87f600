"""The charges that a payer chooses to pay at once, and how much of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from billing.models import Charge
from billing.ports import Offer
from billing.services.charging import Cause
from billing.settings import settings_of
from core.errors import Rejection
from core.models import Site
from core.money import Money

#: The most charges of one checkout: Stripe's limit of line items.
MOST_CHARGES = 100


@dataclass(frozen=True, slots=True)
class Selected:
    """A charge that a payer chose to pay.

    Attributes:
        amount: a part of what is due, in minor units; None for all of it.
    """

    charge: Charge
    amount: int | None = None


def check_selection(selected: Sequence[Selected], amount: int | None = None) -> None:
    """Require charges of one site and currency, each cause once and not too many.

    Args:
        amount: a part of what is due of all of them, in minor units; None for all of it.

    Raises:
        Rejection: they cannot be paid at once, or a part of one cannot be paid at this site.
    """
    causes = {Cause.of(each.charge) for each in selected}
    ledgers = {(each.charge.site_id, each.charge.currency) for each in selected}
    if not selected or len(causes) < len(selected) or len(ledgers) > 1:
        raise Rejection(
            "charges",
            "not_payable_together",
            _("these charges cannot be paid together"),
            _("choose charges of one site and one currency, each once"),
        )
    site = selected[0].charge.site
    in_part = amount is not None or any(each.amount is not None for each in selected)
    if in_part and not _allows_parts(site):
        raise Rejection(
            "amount",
            "whole_only",
            _("a part of a charge cannot be paid at this site"),
            _("pay the whole charge"),
        )
    require_few(len(selected))


def require_few(count: int) -> None:
    """Require that so many charges can be paid at once.

    Raises:
        Rejection: they are too many.
    """
    if count > MOST_CHARGES:
        raise Rejection(
            "charges",
            "too_many",
            _("at most %(count)s charges can be paid at once") % {"count": MOST_CHARGES},
            _("choose fewer, and pay the others afterwards"),
        )


def _allows_parts(site: Site) -> bool:
    return settings_of(site).allows_part_payment


def amounts_to_pay(selected: Sequence[Selected], offers: Mapping[Cause, Offer]) -> dict[Cause, int]:
    """Return the amount to pay of each cause, without those of which nothing is due.

    Raises:
        Rejection: a chosen amount is not above zero, or exceeds what is due.
    """
    amounts = {}
    for each in selected:
        cause = Cause.of(each.charge)
        due = offers[cause].money
        if each.amount is not None and not 0 < each.amount <= due.minor:
            raise _not_due(due)
        amounts[cause] = due.minor if each.amount is None else each.amount
    return {cause: amount for cause, amount in amounts.items() if amount}


def spread(
    amount: int, selected: Sequence[Selected], offers: Mapping[Cause, Offer]
) -> dict[Cause, int]:
    """Return the amount to pay of each cause where a part of all is paid: the first ones in full.

    Raises:
        Rejection: the amount is not above zero, or exceeds what is due.
    """
    dues = {Cause.of(each.charge): offers[Cause.of(each.charge)].money for each in selected}
    total = Money(sum(due.minor for due in dues.values()), selected[0].charge.currency)
    if not 0 < amount <= total.minor:
        raise _not_due(total)
    amounts = {}
    for cause, due in dues.items():
        part = min(amount, due.minor)
        amount -= part
        if part:
            amounts[cause] = part
    return amounts


def _not_due(due: Money) -> Rejection:
    return Rejection(
        "amount",
        "not_due",
        _("%(due)s is due") % {"due": due.written()},
        _("enter an amount above zero, and not more than what is due"),
    )
