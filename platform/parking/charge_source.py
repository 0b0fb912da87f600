"""Stays as a source of charges: the amount due, the title, the facts on a receipt."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from billing.models import Charge
from billing.ports import Offer, ReceiptFact
from core import clock
from core.audit import Subject
from core.money import Money
from parking import charges, quotes, selectors
from parking.models import Quote, Stay


class StayCharges:
    """The charges for stays, as `billing.ports.ChargeSource` describes them."""

    kind = charges.KIND
    income_account = charges.INCOME_ACCOUNT
    account_title = gettext_lazy("parking income")

    def price(self, charge: Charge, at: datetime) -> Offer:
        """Return what is still to pay on the stay if its car leaves at that instant."""
        stay = _stay(charge)
        owed = selectors.due_now(stay, at, received=charge.received)
        return _offer_of(quotes.unsaved(stay, owed))

    def offer(self, charge: Charge, at: datetime) -> Offer:
        """Return the stay's quote; one that holds is offered again."""
        return _offer_of(quotes.make_quote(_stay(charge), at))

    def honour(self, charge: Charge, offer: str, at: datetime) -> Offer | None:
        """Return the offer of an earlier quote of the stay, if it still holds."""
        quote = quotes.honoured(charge.source_id, offer, at, charge.received)
        return _offer_of(quote) if quote is not None else None

    def title(self, charge: Charge, language: str) -> str:
        """Return the title on the provider's page; it does not contain the plate."""
        with override(language or None):
            return _("Parking at %(site)s") % {"site": charge.site.name}

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return the plate, the lot and the entry in the site's time zone."""
        stay = _stay(charge)
        entered = clock.local(stay.entered_at, charge.site.timezone)
        return [
            ReceiptFact("plate", _("Plate"), stay.plate),
            ReceiptFact("lot", _("Car park"), stay.lot.name),
            ReceiptFact("entered", _("Entered"), f"{entered:%Y-%m-%d %H:%M}"),
        ]

    def audit_subject(self, charge: Charge) -> Subject:
        """Return the stay as a subject of the audit log."""
        return "stay", _stay(charge).pk


def _offer_of(quote: Quote) -> Offer:
    return Offer(
        money=Money(quote.due, quote.currency),
        at=quote.at,
        expires_at=quote.expires_at,
        lines=quote.lines,
        basis=quote.tariff,
        subject=("stay", quote.stay_id),
    )


def _stay(charge: Charge) -> Stay:
    return Stay.objects.select_related("site", "lot", "tariff", "visitor_pass").get(
        public_id=charge.source_id
    )
