"""The lists of bills, credit notes and write-offs: columns, filters and what an export holds."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.bill_accounts import credit_notes
from billing.models import Bill, BillLine, WriteOff
from billing.outstanding import bills, overdue, unpaid
from billing.payers import names_of
from billing.permissions import BillingPermission
from billing.topics import BILL, PAYMENT
from console.bills.search import numbered
from core.models import Site
from core.money import Money
from people.periods import today
from ui.forms import Day
from ui.lists import (
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    containing,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, link, shows, shows_moment, state, unbroken
from ui.templatetags.gatehouse import money

_UNPAID, _OVERDUE = "unpaid", "overdue"
_STATES = dict(Bill.State.choices)
_TONES: dict[str, str] = {
    Bill.State.ISSUED: "wait",
    Bill.State.PART_PAID: "wait",
    Bill.State.SETTLED: "go",
}


class BillFilter(ListFilter):
    """Filters of bills."""

    private = frozenset({"payer"})

    q = search_filter(_("Number or payment reference"))
    payer = forms.CharField(label=_("Payer"), required=False, max_length=100)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=20)
    period = forms.CharField(label=_("Period"), required=False, max_length=20)
    state = choice_filter(
        _("State"),
        [
            (_UNPAID, _("to be paid")),
            (_OVERDUE, _("overdue")),
            (Bill.State.SETTLED, _("paid")),
            (Bill.State.CREDITED, _("with a credit note")),
            (Bill.State.WRITTEN_OFF, _("with a write-off")),
        ],
    )
    since = Day(label=_("Issued from"), required=False)
    until = Day(label=_("Issued until"), required=False)


def _in_state(site: Site, rows: QuerySet[Bill], value: str) -> QuerySet[Bill]:
    """Narrow by what indexes answer: the sums of a state are read for the shown rows only."""
    if value == _OVERDUE:
        return overdue(rows, today(site))
    if value == Bill.State.CREDITED:
        return rows.filter(Q(pk__in=credit_notes(site.pk).order_by().values("bill")))
    if value == Bill.State.WRITTEN_OFF:
        done = WriteOff.objects.filter(site=site, state=WriteOff.State.DONE)
        lines = BillLine.objects.filter(charge__write_offs__write_off__in=done)
        return rows.filter(pk__in=lines.values("bill"))
    return rows.filter(unpaid() if value == _UNPAID else ~unpaid())


def _number(bill: Bill, page: RowPage) -> SafeString:
    return unbroken(link(page.address("console:bill", bill.pk), bill.number))


def state_of(bill: Any) -> SafeString:
    """Return the state of a bill of `outstanding.bills` as a label."""
    if bill.owed > 0 and bill.due_on < timezone.localdate():
        return state(gettext("overdue"), "stop")
    return state(_STATES[bill.state], _TONES.get(bill.state, ""))


def _rows(site: Site) -> QuerySet[Bill]:
    return bills(site).select_related("unit__building").defer("snapshot", "payer_address")


BILLS = Listing(
    name="bills",
    title=_("Bills"),
    rows=_rows,
    columns=(
        Column("number", pgettext_lazy("document", "Number"), lambda bill: bill.number, fixed=True),
        Column("payer", _("Payer"), lambda bill: bill.payer_name),
        Column("unit", _("Unit"), lambda bill: str(bill.unit or "")),
        Column("period", _("Period"), lambda bill: bill.period),
        Column("due", pgettext_lazy("a date", "Due"), lambda bill: bill.due_on),
        Column("state", _("State"), lambda bill: _STATES[bill.state]),
        Column(
            "total",
            _("Amount"),
            lambda bill: Money(bill.total, bill.currency).major(),
            numeric=True,
        ),
        Column(
            "owed",
            _("To pay"),
            lambda bill: Money(max(0, bill.owed), bill.currency).major(),
            numeric=True,
        ),
        Column(
            "issued",
            pgettext_lazy("a document", "Issued"),
            lambda bill: bill.issued_on,
            sort="issued_on",
        ),
        Column("reference", _("Payment reference"), lambda bill: bill.payment_reference),
        Column("currency", _("Currency"), lambda bill: bill.currency, exported=True),
    ),
    cells={
        "number": _number,
        "issued": shows(lambda bill: bill.issued_on),
        "due": shows(lambda bill: bill.due_on),
        "state": lambda bill, _page: state_of(bill),
        "total": shows(lambda bill: money(bill.total, bill.currency)),
        "owed": shows(lambda bill: money(max(0, bill.owed), bill.currency)),
    },
    sort="-issued",
    filters=BillFilter,
    lookups={
        "q": lambda _site, rows, text: rows.filter(numbered(text)),
        "payer": containing("payer_name"),
        "unit": "unit__code__iexact",
        "period": "period",
        "state": _in_state,
        "since": "issued_on__gte",
        "until": "issued_on__lte",
    },
    presets=(
        Preset(_("All"), {}),
        Preset(_("To be paid"), {"state": _UNPAID}),
        Preset(_("Overdue"), {"state": _OVERDUE}),
    ),
    topics=(BILL.name, PAYMENT.name),
    empty=_("No bills yet. A fee run issues them, and the account of a person or company does."),
)


class NoteFilter(ListFilter):
    """Filters of credit notes."""

    q = search_filter(pgettext_lazy("document", "Number"))
    since = Day(label=_("Issued from"), required=False)
    until = Day(label=_("Issued until"), required=False)


def _with_number(_site: Site, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(number=text.strip()) | Q(bill__number=text.strip()))


CREDIT_NOTES = Listing(
    name="credit_notes",
    title=_("Credit notes"),
    rows=lambda site: credit_notes(site.pk),
    columns=(
        Column("number", pgettext_lazy("document", "Number"), lambda note: note.number, fixed=True),
        Column("bill", _("Bill"), lambda note: note.bill.number),
        Column(
            "issued",
            pgettext_lazy("a document", "Issued"),
            lambda note: note.issued_on,
            sort="issued_on",
        ),
        Column("reason", _("Reason"), lambda note: note.reason, prose=True),
        Column(
            "by", pgettext_lazy("document", "Issued by"), lambda note: str(note.issued_by or "")
        ),
        Column("currency", _("Currency"), lambda note: note.currency, exported=True),
        Column(
            "amount",
            _("Amount"),
            lambda note: Money(note.amount, note.currency).major(),
            numeric=True,
        ),
    ),
    cells={
        "number": lambda note, page: link(
            page.address("console:credit_note_pdf", note.pk), f"{note.number} (PDF)"
        ),
        "bill": lambda note, page: link(
            page.address("console:bill", note.bill_id), note.bill.number
        ),
        "issued": shows(lambda note: note.issued_on),
        "amount": shows(lambda note: money(note.amount, note.currency)),
    },
    sort="-issued",
    filters=NoteFilter,
    lookups={"q": _with_number, "since": "issued_on__gte", "until": "issued_on__lte"},
    topics=(BILL.name,),
    empty=_("No credit notes yet. A bill that is wrong is credited on its page."),
)


class WriteOffFilter(ListFilter):
    """Filters of write-offs."""

    state = choice_filter(_("State"), WriteOff.State.choices)


def _acts(row: WriteOff, page: RowPage) -> SafeString:
    """Return the dialogs of a write-off; who requested it can only cancel it."""
    if BillingPermission.WRITE_OFF not in page.permissions:
        return SafeString("")
    offered: list[tuple[str, Any]] = []
    if row.state == WriteOff.State.REQUESTED:
        own = row.requested_by_id == page.user.pk
        offered = [] if own else [("approve_write_off", _("Approve"))]
        offered.append(("cancel_write_off", pgettext_lazy("write-off", "Cancel")))
    elif row.state == WriteOff.State.DONE:
        offered = [("reverse_write_off", pgettext_lazy("write-off", "Reverse"))]
    buttons = (
        (dialog_button(page.address(f"console:{name}", row.pk), label),) for name, label in offered
    )
    return format_html_join("", "{}", buttons)


def _with_names(rows: list[Any]) -> list[Any]:
    names = names_of(rows[0].site, (row.payer for row in rows)) if rows else {}
    for row in rows:
        row.payer_name = names.get(row.payer, "")
    return rows


WRITE_OFFS = Listing(
    name="write_offs",
    title=_("Write-offs"),
    rows=lambda site: WriteOff.objects.filter(site=site).select_related(
        "site", "requested_by", "decided_by"
    ),
    columns=(
        Column("when", _("Requested"), lambda row: row.requested_at, sort="requested_at"),
        Column("payer", _("Payer"), None),
        Column("reason", _("Reason"), lambda row: row.reason, prose=True),
        Column("by", _("Requested by"), lambda row: str(row.requested_by)),
        Column("decided", _("Decided by"), lambda row: str(row.decided_by or "")),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("currency", _("Currency"), lambda row: row.currency, exported=True),
        Column(
            "amount", _("Amount"), lambda row: Money(row.amount, row.currency).major(), numeric=True
        ),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "when": shows_moment(lambda row: row.requested_at),
        "payer": shows(lambda row: row.payer_name),
        "state": lambda row, _page: state(row.get_state_display()),
        "amount": shows(lambda row: money(row.amount, row.currency)),
        "acts": _acts,
    },
    sort="-when",
    filters=WriteOffFilter,
    lookups={"state": "state"},
    prepare=_with_names,
    presets=(
        Preset(_("All"), {}),
        Preset(_("Waiting for approval"), {"state": WriteOff.State.REQUESTED}),
    ),
    topics=(BILL.name,),
    empty=_("No write-offs. What a payer will never pay is written off on the page of the bill."),
)
