"""Bills: charges of one payer, numbered, dated and final once issued."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from billing import ports, topics
from billing.ledger import Party
from billing.models import Bill, BillLine, Charge, NumberCounter, OrganisationBilling
from billing.numbering import next_numbers, number_text
from billing.outstanding import payers_with_credit
from billing.payment_references import payment_reference
from billing.postings import payer_of
from billing.services.bulk import NewCharge, create_charges
from billing.services.charging import Cause
from billing.services.credit import apply_credit
from billing.settings import legal_entity_of, settings_of
from billing.vat import Vat
from core import clock, live
from core.copying import copy_rows, copy_values, new_row
from core.errors import Rejection
from core.models import Site


class BillCharge(NamedTuple):
    """A charge that is opened together with its bill.

    Attributes:
        cause: what it is for; each cause is charged once.
        amount: in minor units, 0 or more, VAT included.
        lines: the explanation of the amount.
        titles: what it is called, by language code.
        vat: the VAT in the amount; that of the income account by default.
        begins_at, ends_at: the period of service.
    """

    cause: Cause
    amount: int
    lines: Sequence[dict[str, Any]]
    titles: dict[str, str]
    vat: Vat | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None


class BillDraft(NamedTuple):
    """What a bill says before it has a number.

    Attributes:
        payer: who owes it, as (type, id).
        charges: charges that are opened by the bill.
        posted: charges of the payer that are open already, such as late fees.
        unit: the key of the unit that it is for, with its name; None for none.
        period: such as ``2026-11``; empty for single charges.
        due_on: in the site's time zone.
    """

    payer: Party
    payer_name: str
    due_on: date
    charges: Sequence[BillCharge] = ()
    posted: Sequence[Charge] = ()
    payer_address: str = ""
    unit: int | None = None
    unit_name: str = ""
    period: str = ""
    extra: Mapping[str, Any] = MappingProxyType({})


@transaction.atomic
def issue_bills(site: Site, drafts: Sequence[BillDraft], at: datetime | None = None) -> list[Bill]:
    """Issue bills with a few statements for all of them, and pay them from their payers' credit.

    Charges are opened and posted, numbers are consecutive in the order of the drafts.

    Args:
        site: whose bills.
        drafts: each of at least one charge, all in the site's currency.
        at: when they are issued; now by default.

    Raises:
        Rejection: a draft has no charge, one of another payer, or one that is billed already.
        IntegrityError: a cause is charged already.
    """
    now = at or clock.now()
    for draft in drafts:
        _check(draft)
    charged = _open_charges(site, drafts, now)
    bills = _numbered(site, drafts, charged, now)
    copy_values(
        BillLine,
        ("bill_id", "charge_id", "position", "titles"),
        (
            (bill.pk, charge.pk, position, titles)
            for bill, rows in zip(bills, charged, strict=True)
            for position, (charge, titles) in enumerate(rows, start=1)
        ),
    )
    if settings_of(site).applies_credit:
        for payer in sorted(payers_with_credit(site, (each.payer for each in drafts))):
            apply_credit(site, payer, now)
    live.announce(topics.BILL, site.pk)
    return bills


def _check(draft: BillDraft) -> None:
    if not draft.charges and not draft.posted:
        raise Rejection("charges", "missing", _("the bill has no charge"), _("add one"))
    for charge in draft.posted:
        if payer_of(charge) != draft.payer or charge.state != Charge.State.OPEN:
            raise Rejection(
                "charges",
                "not_billable",
                _("this charge is not an open one of the payer"),
                _("choose open charges of one payer"),
            )
    if BillLine.objects.filter(charge__in=draft.posted).exists() if draft.posted else False:
        raise Rejection(
            "charges",
            "billed",
            _("this charge is on a bill already"),
            _("choose charges that are not billed"),
        )


Titled = tuple[Charge, dict[str, str]]


def _open_charges(site: Site, drafts: Sequence[BillDraft], at: datetime) -> list[list[Titled]]:
    """Open the charges of all drafts; return those of each draft with their titles."""
    new = [
        NewCharge(
            cause=each.cause,
            state=Charge.State.OPEN,
            currency=site.currency,
            begins_at=each.begins_at,
            amount=each.amount,
            lines=each.lines,
            ends_at=each.ends_at,
            created_at=at,
            payer=draft.payer,
            vat=each.vat,
            opened_at=at,
            due_at=clock.midnight(draft.due_on, site.timezone),
        )
        for draft in drafts
        for each in draft.charges
    ]
    created = iter(create_charges(site, new))
    return [
        [(next(created), each.titles) for each in draft.charges]
        + [(each, _titles(each)) for each in draft.posted]
        for draft in drafts
    ]


def _titles(charge: Charge) -> dict[str, str]:
    source = ports.source_of(charge)
    return {code: source.title(charge, code) for code, _name in settings.LANGUAGES}


def _numbered(
    site: Site, drafts: Sequence[BillDraft], charged: Sequence[Sequence[Titled]], at: datetime
) -> list[Bill]:
    """Insert the bills with their numbers."""
    day = clock.local(at, site.timezone).date()
    entity = legal_entity_of(site)
    numbers = next_numbers(site, NumberCounter.Kind.BILL, day.year, len(drafts))
    return copy_rows(
        new_row(
            Bill,
            {"site": site},
            number=number_text(entity.bill_prefix, site, day.year, number),
            payer_type=draft.payer[0],
            payer_id=draft.payer[1],
            payer_name=draft.payer_name,
            payer_address=draft.payer_address,
            unit_id=draft.unit,
            period=draft.period,
            issued_at=at,
            issued_on=day,
            due_on=draft.due_on,
            currency=site.currency,
            total=sum(charge.amount for charge, _titles in rows),
            vat_total=sum(charge.vat_amount for charge, _titles in rows),
            payment_reference=payment_reference(site.pk, day.year, number),
            snapshot=_snapshot(site, entity, draft),
        )
        for draft, rows, number in zip(drafts, charged, numbers, strict=True)
    )


def _snapshot(site: Site, entity: OrganisationBilling, draft: BillDraft) -> dict[str, Any]:
    organisation = site.organisation
    issuer = {
        "name": organisation.name,
        "tax_number": organisation.tax_number,
        "address": organisation.address,
        "bank_name": entity.bank_name,
        "bank_account": entity.bank_account,
        "phone": entity.phone,
    }
    return {"issuer": issuer, "site": site.name, "unit": draft.unit_name, **draft.extra}
