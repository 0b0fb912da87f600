"""Record that the bank returned a cheque."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import services
from billing.models import BankLine, Payment
from billing.permissions import BillingPermission
from console.cashier.forms import ReturnForm
from core import clock
from core.models import Site
from core.money import Money
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.pages import SiteRequest


@dialog_page(BillingPermission.MATCH_BANK)
def returned(request: SiteRequest, site: Site, pk: int) -> Change:
    """Record that the bank did not honour a cheque."""
    payment = get_object_or_404(Payment.objects.select_related("site"), site=site, pk=pk)
    amount = Money(payment.amount, payment.currency).written()
    form = ReturnForm(
        posted(request),
        currency=payment.currency,
        is_matched=BankLine.objects.filter(payment=payment).exists(),
        initial={"returned_on": clock.local(clock.now(), site.timezone).date()},
    )
    return Change(
        Dialog(
            title=_("Cheque of %(amount)s returned, receipt %(number)s")
            % {"amount": amount, "number": payment.receipt_no},
            button=gettext_lazy("Record return"),
            lead=gettext_lazy(
                "The charges are owed again, the receipt is marked as void, and late fees accrue "
                "as if the cheque had not been received."
            ),
            tone="danger-soft",
        ),
        form,
        lambda data: services.return_cheque(payment, request.user, **data),
        gettext_lazy("Return recorded."),
        ["live:payment", "live:bill"],
    )
