"""The dialog that bills again what a bill should have been, after a correction of its facts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import services
from billing.models import Bill
from billing.permissions import BillingPermission
from billing.services import Rebilled
from console.bills.forms import RebillForm
from console.bills.views.changes import CHANGED
from console.bills.views.detail import find_bill
from core.errors import Rejection
from core.models import Site
from core.money import Money
from fees.corrections import Correction, corrections_of
from ui.forms import posted
from ui.guided import GuidedChange, guided_page
from ui.pages import SiteRequest, Text


@dataclass(frozen=True, slots=True)
class RebillPlan:
    """What changes on a bill; ``paid`` is the money that becomes credit for the new one."""

    bill: Bill
    corrections: list[Correction]
    total: Money
    paid: Money
    due_on: date
    reason: str


@guided_page(BillingPermission.ISSUE_BILLS)
def rebill(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Credit a bill and bill it again by today's areas, prices and agreements."""
    bill = find_bill(site, pk)

    def perform(data: dict[str, Any]) -> Rebilled:
        corrected = {each.line.pk: each.corrected for each in corrections_of(bill)}
        return services.rebill(bill, request.user, corrected, **data)

    return GuidedChange(
        title=_("Credit bill %(number)s and bill it again") % {"number": bill.number},
        button=_("Credit and bill again"),
        form=RebillForm(site, posted(request)),
        plan=lambda data: _plan(bill, **data),
        template="console/bills/rebill_plan.html",
        perform=perform,
        done=_done,
        lead=_("Its fees are worked out again by the areas, prices and agreements of today."),
        tone="danger-soft",
        events=CHANGED,
    )


def _plan(bill: Any, *, reason: str, due_on: date) -> RebillPlan:
    """Return what would change.

    Raises:
        Rejection: no line of the bill would have another amount.
    """
    corrections = corrections_of(bill)
    if not corrections:
        raise Rejection(
            "reason",
            "nothing_to_correct",
            gettext("every line of this bill is right by today's areas, prices and agreements"),
            gettext("correct the unit, the price or the agreement first"),
        )
    change = sum(each.after.minor - each.before.minor for each in corrections)
    total = Money(bill.total + change, bill.currency)
    return RebillPlan(
        bill, corrections, total, Money(max(0, bill.paid), bill.currency), due_on, reason
    )


def _done(result: Rebilled) -> Text:
    if result.bill is None:
        return _("Credited. Nothing is owed any more.")
    return _("Bill %(number)s issued.") % {"number": result.bill.number}
