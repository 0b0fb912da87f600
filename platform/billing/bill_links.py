"""Signed links of bills: each opens one bill without signing in, until it expires."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.urls import reverse

from billing.models import Bill
from billing.outstanding import with_state
from billing.settings import settings_of


def token_of(bill: Bill) -> str:
    """Return a new token of the bill; it is a credential for that bill alone."""
    return _signer().sign(bill.public_id)


def bill_link(bill: Bill) -> str:
    """Return a new absolute link of the bill."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("portal:bill_link", args=[token_of(bill)])


def bill_of_token(token: str) -> Bill | None:
    """Return the bill of a token, with its state; None for one that is forged or has expired.

    How long a token is valid is a setting of the site, counted from when it was made.
    """
    try:
        public_id = _signer().unsign(token)
    except BadSignature:
        return None
    rows = with_state(Bill.objects.filter(public_id=public_id))
    bill = rows.select_related("site__organisation", "unit").first()
    if bill is None:
        return None
    try:
        _signer().unsign(token, max_age=timedelta(days=settings_of(bill.site).link_days))
    except SignatureExpired:
        return None
    return bill


def _signer() -> TimestampSigner:
    """Return the signer; made when it is needed, since some commands run without a secret key."""
    return TimestampSigner(salt="billing.bill-link")
