"""The list of opening balances: arrears, prepayments and deposits of payers."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.ledger import Party
from billing.models import Charge
from billing.payers import party_of_holder
from billing.permissions import BillingPermission
from billing.services import opening
from billing.services.opening import OpeningBalance
from core import audit
from core.currencies import exponent
from core.errors import Rejection
from core.imports import Effect, ImportKind, Outcome, Staged, Values, Verdict, in_use, register
from core.models import Site, User
from core.tables import Choice, DateColumn, DecimalColumn, Text
from estate.models import Unit
from estate.unit_lookup import (
    UnitKey,
    building_column,
    find_units,
    key_of,
    require_both,
    require_unit,
    unit_column,
)
from people.imports.matching import folded
from people.models import Company, Occupancy, Person

KINDS = {
    "arrears": gettext_lazy("Arrears"),
    "prepayment": gettext_lazy("Prepayment"),
    "deposit": gettext_lazy("Deposit"),
}


class OpeningBalancesList(ImportKind):
    """An amount a row, that a payer owes, has paid ahead or has left as a deposit."""

    code = "opening_balances"
    title = gettext_lazy("Opening balances")
    about = gettext_lazy("One amount per row that a payer owes, has paid ahead or has deposited.")
    permission = BillingPermission.ISSUE_BILLS
    order = 8
    personal = True
    key_column = "name"
    columns = (
        Choice(
            code="kind",
            title=gettext_lazy("Kind of balance"),
            required=True,
            choices=KINDS,
            also={
                **dict.fromkeys(("欠费", "欠款", "owed"), "arrears"),
                **dict.fromkeys(("预收", "预存", "预收款", "credit"), "prepayment"),
                **dict.fromkeys(("押金", "保证金"), "deposit"),
            },
            aliases=("余额类型", "kind"),
            example="arrears",
        ),
        Text(
            code="name",
            title=gettext_lazy("Name of the payer"),
            help=gettext_lazy("A person or a company of the register."),
            required=True,
            longest=160,
            aliases=("缴费人", "付款方", "姓名", "payer"),
            example="王小明",
        ),
        building_column(),
        unit_column(),
        DecimalColumn(
            code="amount",
            title=gettext_lazy("Amount"),
            help=gettext_lazy("In the currency of the site; more than zero."),
            required=True,
            places=4,
            maximum=Decimal("999999999999.9999"),
            aliases=("金额", "余额"),
            example="487.32",
        ),
        Text(
            code="purpose",
            title=gettext_lazy("What it is for"),
            help=gettext_lazy("As the payer reads it; a deposit must have one."),
            longest=120,
            aliases=("说明", "用途", "费用项目"),
            example="",
        ),
        DateColumn(
            code="due_on",
            title=gettext_lazy("Due since"),
            help=gettext_lazy("Of arrears, from which their age is counted; today if empty."),
            aliases=("应缴日期", "到期日", "due"),
            example="2026-01-15",
        ),
    )

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Check the unit and the amount, and bring texts into one form."""
        require_both(values)
        values["purpose"] = " ".join((values.get("purpose") or "").split())
        if values["kind"] == "deposit" and not values["purpose"]:
            raise Rejection("purpose", "missing", _("the purpose is missing"), _("enter a purpose"))
        _require_amount(site, values["amount"])

    def key(self, values: Values) -> str:
        """Return the payer, the unit, and what the balance is of."""
        names = ("kind", "building", "unit", "purpose", "due_on")
        return "\n".join((folded(values["name"]), *(str(values.get(name) or "") for name in names)))

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Find each row's payer, and what was posted of it before."""
        units = find_units(site, (key_of(row.values) for row in rows))
        payers = _Payers(site, units.values(), [row.values["name"] for row in rows])
        verdicts = [_verdict(site, row.values, units, payers) for row in rows]
        found = [each.target for each in verdicts if each.target is not None]
        posted = opening.posted_before(site, found)
        for verdict in verdicts:
            if verdict.target is not None:
                _compare(site, verdict, posted)
        return verdicts

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Post the balances, each with an entry of its own."""
        return [_post(site, actor, verdict.target) for _row, verdict in rows]

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Take arrears back of which nothing was paid; money that was received stays."""
        if any(each.subject_type != "charge" for each in effects):
            raise Rejection(
                "batch",
                "in_use",
                _("prepayments and deposits are in the books"),
                _("pay them back instead"),
            )
        keys = [each.subject_id for each in effects]
        for charge in Charge.objects.filter(site=site, pk__in=keys).select_related("site"):
            if charge.allocations.exists():
                raise in_use(charge.reference)
            opening.undo_arrears(charge)


class _Payers:
    """The people and companies that rows name, with the units they have or had."""

    def __init__(self, site: Site, units: Iterable[Unit], names: Iterable[str]) -> None:
        self._of_units: dict[int, dict[Party, str]] = {}
        rows = Occupancy.objects.filter(unit__in=list(units)).select_related("person", "company")
        for each in rows:
            found = self._of_units.setdefault(each.unit_id or 0, {})
            if each.person is not None:
                found[party_of_holder(each.person)] = folded(each.person.name)
            if each.company is not None:
                found[party_of_holder(each.company)] = folded(each.company.name)
        wanted = {" ".join(name.split()) for name in names}
        people = Person.objects.filter(site=site, name__in=wanted, erased_at=None)
        companies = Company.objects.filter(site=site, name__in=wanted)
        self._named = {party_of_holder(each): folded(each.name) for each in people}
        self._named |= {party_of_holder(each): folded(each.name) for each in companies}

    def find(self, name: str, unit: Unit | None) -> Party:
        """Return the party of a name, among those who have or had the unit.

        Raises:
            Rejection: there is none of that name, or there are several.
        """
        known = self._named if unit is None else self._of_units.get(unit.pk, {})
        found = [party for party, other in known.items() if other == folded(name)]
        if not found:
            raise Rejection(
                "name",
                "unknown_payer",
                _("is not in the register"),
                _("correct the name or the unit, or import the people first"),
            )
        if len(found) > 1:
            raise Rejection(
                "name",
                "several_people",
                _("several people have this name"),
                _("enter the unit of the one who is meant"),
            )
        return found[0]


def _require_amount(site: Site, amount: Decimal) -> None:
    minor = amount.scaleb(exponent(site.currency))
    if amount <= 0 or minor != minor.to_integral_value():
        raise Rejection(
            "amount",
            "out_of_range",
            _("is not an amount of %(currency)s") % {"currency": site.currency},
            _("enter more than zero, with the decimals of the currency"),
        )


def _verdict(site: Site, values: Values, units: dict[UnitKey, Unit], payers: _Payers) -> Verdict:
    verdict = Verdict()
    try:
        key = key_of(values)
        unit = require_unit(units, key) if key else None
        verdict.target = OpeningBalance(
            kind=values["kind"],
            payer=payers.find(values["name"], unit),
            amount=int(values["amount"].scaleb(exponent(site.currency))),
            currency=site.currency,
            purpose=values["purpose"],
            due_on=values.get("due_on"),
            unit=unit,
        )
    except Rejection as rejection:
        verdict.reject(rejection)
    return verdict


def _compare(site: Site, verdict: Verdict, posted: dict[str, Any]) -> None:
    """Reject another amount than was posted; arrears that were undone are new again."""
    before = posted.get(verdict.target.key(site))
    if before is None or not before:
        return
    if before.minor == verdict.target.amount:
        verdict.outcome = Outcome.UNCHANGED
        return
    verdict.reject(
        Rejection(
            "amount",
            "differs",
            _("%(amount)s is in the books already") % {"amount": before.written()},
            _("correct it there, or undo the import"),
        )
    )


def _post(site: Site, actor: User, balance: OpeningBalance) -> Effect:
    if balance.kind == "arrears":
        charge = opening.post_arrears(site, balance)
        effect = Effect("charge", charge.pk)
    elif balance.kind == "prepayment":
        effect = Effect("payment", opening.post_prepayment(site, balance).pk)
    else:
        effect = Effect("deposit", opening.post_deposit(site, actor, balance).pk)
    audit.record(
        site,
        actor,
        "post opening balance",
        balance.payer,
        kind=balance.kind,
        amount=balance.amount,
        currency=balance.currency,
    )
    return effect


register(OpeningBalancesList())
