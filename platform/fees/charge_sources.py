"""Fees as sources of charges: two for each income account, by month and entered by hand."""

from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from billing.models import Charge
from billing.ports import ReceiptFact, source_of
from billing.sources import FixedSource
from core.audit import Subject
from estate.models import Unit
from fees.models import FeeItem, OneOffCharge

#: The type of the charges of an item, by its income account.
KINDS: dict[str, str] = {
    FeeItem.Income.PROPERTY: "fee",
    FeeItem.Income.UTILITIES: "fee_utilities",
    FeeItem.Income.RENT: "fee_rent",
    FeeItem.Income.OTHER: "fee_other",
}
ONE_OFF = "one_off"
#: The type of the charges that are entered by hand, by the income account of their item.
ONE_OFF_KINDS: dict[str, str] = {
    FeeItem.Income.PROPERTY: "one_off_property",
    FeeItem.Income.UTILITIES: "one_off_utilities",
    FeeItem.Income.RENT: "one_off_rent",
    FeeItem.Income.OTHER: ONE_OFF,
}
LATE_FEE = "late_fee"
#: The kind of a line that lowers a late fee, since its fee was credited.
CREDITED = "fee_credited"


def kind_of(item: FeeItem) -> str:
    """Return the type of an item's charges."""
    kinds = ONE_OFF_KINDS if item.method == FeeItem.Method.ONE_OFF else KINDS
    return kinds[item.income]


def title_of(item: FeeItem, period: str, language: str) -> str:
    """Return what a charge of an item is called on bills: it names no person."""
    with override(language or None):
        return _("%(item)s, %(period)s") % {"item": item, "period": period[:7]}


class FeeCharges(FixedSource):
    """The charges of fee items with one income account; the cause is item and unit."""

    def __init__(self, kind: str, income_account: str) -> None:
        self.kind, self.income_account = kind, income_account
        self.account_title = FeeItem.Income(income_account).label

    def of_unit(self, unit: Unit) -> Q:
        """Return the condition for the charges of a unit."""
        return Q(source_type=self.kind, source_id__endswith=f"-{unit.pk}")

    def title(self, charge: Charge, language: str) -> str:
        """Return the item and the month."""
        item, _unit = charge.source_id.split("-")
        return title_of(FeeItem.objects.get(pk=item), charge.period, language)

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return the unit and the month."""
        _item, unit = charge.source_id.split("-")
        name = str(Unit.objects.select_related("building").get(pk=unit))
        return [
            ReceiptFact("unit", _("Unit"), name),
            ReceiptFact("period", _("Period"), charge.period[:7]),
        ]

    def audit_subject(self, charge: Charge) -> Subject:
        """Return the fee item as a subject of the audit log."""
        return "fee_item", charge.source_id.split("-")[0]


class OneOffCharges(FixedSource):
    """The charges that staff enter by hand with one income account."""

    def __init__(self, kind: str, income_account: str) -> None:
        self.kind, self.income_account = kind, income_account
        self.account_title = FeeItem.Income(income_account).label

    def of_unit(self, unit: Unit) -> Q:
        """Return the condition for the charges of a unit."""
        entries = OneOffCharge.objects.filter(unit=unit)
        return Q(source_type=self.kind, source_id__in=entries.values("public_id"))

    def title(self, charge: Charge, language: str) -> str:
        """Return what it is for, as staff entered it."""
        return OneOffCharge.objects.get(public_id=charge.source_id).description

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return the day and the unit."""
        entry = OneOffCharge.objects.select_related("unit__building").get(
            public_id=charge.source_id
        )
        facts = [ReceiptFact("day", pgettext("a date", "Day"), entry.happened_on.isoformat())]
        if entry.unit is not None:
            facts.append(ReceiptFact("unit", _("Unit"), str(entry.unit)))
        return facts

    def audit_subject(self, charge: Charge) -> Subject:
        """Return the entry as a subject of the audit log."""
        return ONE_OFF, charge.source_id


class LateFees(FixedSource):
    """Late fees; the cause is the charge that was paid late, and the month."""

    kind = LATE_FEE
    income_account = "penalty_income"
    account_title = gettext_lazy("late fees")
    is_penalty = True

    def of_unit(self, unit: Unit) -> Q:
        """Return the condition for the late fees of a unit's charges."""
        late = Charge.objects.filter(
            source_type__in=KINDS.values(), source_id__endswith=f"-{unit.pk}"
        ).annotate(key=Cast("pk", CharField()))
        return Q(source_type=LATE_FEE, source_id__in=late.values("key"))

    def title(self, charge: Charge, language: str) -> str:
        """Return what was paid late."""
        principal = Charge.objects.get(pk=charge.source_id)
        title = source_of(principal).title(principal, language)
        with override(language or None):
            return _("Late fee: %(title)s") % {"title": title}

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return the facts of what was paid late."""
        principal = Charge.objects.get(pk=charge.source_id)
        return source_of(principal).receipt_facts(principal)

    def audit_subject(self, charge: Charge) -> Subject:
        """Return the charge that was paid late as a subject of the audit log."""
        return "charge", charge.source_id
