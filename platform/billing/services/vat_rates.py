"""Set the VAT rates of a legal entity, by income account and day.

What was charged keeps its VAT: a rate begins today at the earliest, and one that has begun is ended
by another.
"""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ports
from billing.models import VatRate
from billing.services.settings import lock_organisation
from billing.vat import day_of
from core import audit, clock
from core.errors import Rejection
from core.models import Site, User


@transaction.atomic
def set_vat_rate(
    site: Site, actor: User, permission: str, *, account: str, rate: Decimal, valid_from: date
) -> VatRate:
    """Set the VAT that an income account has from a day on, at all sites of the organisation.

    A rate that was set for the same day is replaced.

    Args:
        site: at which it is set; it is audited at each site of the organisation.
        permission: what the actor needs at each site of the organisation.
        account: the code of an income account that charges are posted to.
        rate: in percent, two decimals at most; 0 ends the VAT.
        valid_from: at the site; today or later.

    Raises:
        Rejection: the account or the rate is not valid, the day is past, or the actor lacks the
            permission at another site of the organisation.
    """
    organisation, sites = lock_organisation(site, actor, permission, "account")
    _require_valid(account, rate)
    _require_ahead(site, valid_from)
    entered = {"rate": rate, "entered_at": clock.now(), "entered_by": actor}
    row, _is_new = VatRate.objects.update_or_create(
        organisation=organisation, account=account, valid_from=valid_from, defaults=entered
    )
    _record(sites, actor, "set VAT rate", row)
    return row


@transaction.atomic
def withdraw_vat_rate(site: Site, actor: User, permission: str, rate: VatRate) -> None:
    """Withdraw a rate that has not begun.

    Raises:
        Rejection: it has begun, or the actor lacks the permission at another site.
    """
    organisation, sites = lock_organisation(site, actor, permission, "account")
    row = VatRate.objects.filter(organisation=organisation, pk=rate.pk).first()
    if row is None or row.valid_from <= day_of(site, clock.now()):
        raise Rejection(
            "account",
            "begun",
            _("this rate has begun or was withdrawn"),
            _("set another rate from today on; 0 ends the VAT"),
        )
    row.delete()
    _record(sites, actor, "withdraw VAT rate", row)


def _require_valid(account: str, rate: Decimal) -> None:
    if account not in ports.income_accounts():
        raise Rejection(
            "account", "unknown", _("no charge is posted to this account"), _("choose another one")
        )
    if not 0 <= rate < 100 or rate != round(rate, 2):
        raise Rejection(
            "rate",
            "not_percent",
            _("this is no rate in percent"),
            _("enter a number from 0 to 99.99 with two decimals at most"),
        )


def _require_ahead(site: Site, valid_from: date) -> None:
    today = day_of(site, clock.now())
    if valid_from < today:
        raise Rejection(
            "valid_from",
            "past",
            _("this day is over"),
            _("choose today or a later day; what was charged keeps its VAT"),
        )


def _record(sites: list[Site], actor: User, action: str, row: VatRate) -> None:
    subject = ("organisation", row.organisation_id)
    rate, valid_from = f"{row.rate.normalize():f}", row.valid_from.isoformat()
    facts = {"income": row.account, "valid_from": valid_from, "vat_rate": rate}
    for site in sites:
        audit.record(site, actor, action, subject, **facts)
