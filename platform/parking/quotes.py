"""Quotes: the one amount that the lane, the payment page and the cash dialog show for a stay.

A quote is honoured for its lifetime: while it lasts, a further unit that begins does not raise the
amount, and every page shows the same one. It is replaced when it expires, when money is received,
and when the price falls.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from access.selectors import plate_records
from billing.selectors import Received
from core import clock
from parking import selectors
from parking.charging import QUOTE_HOLDS, Due
from parking.models import Quote, Stay


def standing_quote(stay: Stay, owed: Due) -> Quote | None:
    """Return the stay's latest quote, if it still holds for what the stay owes now."""
    latest = stay.quotes.filter(expires_at__gt=owed.at, at__lte=owed.at).order_by("-at", "-pk")
    quote = latest.first()
    if quote is None or not holds(quote, owed, selectors.due_now(stay, quote.at)):
        return None
    return quote


def quoted_due(stay: Stay, at: datetime | None = None) -> Due:
    """Return what the stay costs as a page shows it: by its quote where something is due."""
    owed = selectors.due_now(stay, at or clock.now())
    if not owed.due:
        return owed
    quote = make_quote(stay, owed=owed)
    return replace(owed, price=quote.price, due=quote.due, lines=quote.lines)


@transaction.atomic(savepoint=False)
def make_quote(stay: Stay, at: datetime | None = None, owed: Due | None = None) -> Quote:
    """Return a stored quote for what is due; one that still holds is returned again.

    Args:
        owed: what the stay costs at that instant, where the caller has calculated it already.
    """
    owed = owed or selectors.due_now(stay, at or clock.now())
    quote = standing_quote(stay, owed)
    if quote is None:
        quote = unsaved(stay, owed)
        quote.save(force_insert=True)
    return quote


def find_quote(stay_public_id: str, quote_id: str) -> Quote | None:
    """Return the stay's quote with that primary key; None where it has none."""
    if not quote_id.isdecimal() or len(quote_id) > 18:
        return None
    return (
        Quote.objects.filter(pk=quote_id, stay__public_id=stay_public_id)
        .select_related("stay__site", "stay__lot", "stay__tariff", "stay__visitor_pass")
        .first()
    )


def honoured(
    stay_public_id: str, quote_id: str, at: datetime, received: Sequence[Received] | None = None
) -> Quote | None:
    """Return the stay's quote with that primary key, if it still holds at that instant.

    Args:
        received: what was received for the stay, where the caller has read it already.
    """
    quote = find_quote(stay_public_id, quote_id)
    if quote is None:
        return None
    stay = quote.stay
    records = plate_records(stay.site_id, stay.plate)
    owed, then = (
        selectors.due_now(stay, instant, records, received=received) for instant in (at, quote.at)
    )
    return quote if holds(quote, owed, then) else None


def holds(quote: Quote, owed: Due, then: Due) -> bool:
    """Whether a quote is still honoured.

    Args:
        quote: the quote.
        owed: what its stay costs now.
        then: what the stay costs at the quote's instant, by what is known now. It is another
            amount once money was received, the entry was corrected or a permit was added.
    """
    if not quote.at <= owed.at < quote.expires_at:
        return False
    if (then.price, then.due) != (quote.price, quote.due):
        return False
    # A quote of zero promises nothing: time that is free now will be charged later.
    return quote.due <= owed.due if quote.due else not owed.due


def unsaved(stay: Stay, owed: Due) -> Quote:
    """Return what a quote for that amount would be."""
    return Quote(
        stay=stay,
        at=owed.at,
        expires_at=owed.at + QUOTE_HOLDS,
        price=owed.price,
        due=owed.due,
        currency=owed.currency,
        lines=owed.lines,
        tariff=owed.tariff,
    )
