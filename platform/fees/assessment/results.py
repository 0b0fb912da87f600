"""What a unit owes for a fee item and a month, or why it is not charged."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from fees.charge_sources import kind_of
from fees.models import FeeItem

#: Type and key of a payer, as charges name them.
Payer = tuple[str, str]
JsonLine = dict[str, Any]


class Omitted(TextChoices):
    """Why nothing is charged."""

    NO_PAYER = "no_payer", _("nobody pays this fee")
    NO_PRICE = "no_price", _("no price applies")
    NO_AREA = "no_area", _("the area is not known")
    NO_METER = "no_meter", _("the unit has no meter")
    NO_READING = "no_reading", _("a reading is missing")
    IMPLAUSIBLE = "implausible_reading", _("a reading is to be reviewed")
    OVERCHARGED = "overcharged", _("more was charged before than was used")
    EXEMPT = "exempt", _("the unit is exempt")
    VACANT = "vacant_exempt", _("the unit is vacant")
    GIFT = "gift_month", _("a gift month")
    PAID_AHEAD = "paid_ahead", _("paid ahead")
    CHARGED = "charged_already", _("charged already")
    NOTHING = "nothing_due", _("nothing is due")


class Assessment(NamedTuple):
    """What one payer owes of a unit's fee for days of a month.

    Attributes:
        period: the month, such as ``2026-11``; with the day where the payer's days begin later in
            it, such as ``2026-11-16``, and a number after a month that was credited.
        payer: None where nobody pays.
        amount: in minor units, VAT included.
        vat_rate: in percent.
        lines: the explanation as plain JSON, in order; the amounts add up to the amount.
        begins_on, ends_on: the days charged, the end excluded.
        omitted: of `Omitted`; empty where it is charged.
    """

    item: FeeItem
    unit_id: int
    period: str
    payer: Payer | None
    amount: int
    vat_rate: Decimal
    vat_amount: int
    lines: list[JsonLine]
    begins_on: date
    ends_on: date
    due_on: date
    omitted: str = ""

    @property
    def currency(self) -> str:
        """The currency of the amount."""
        return self.item.currency

    @property
    def source_type(self) -> str:
        """The type of the charge, which names the income account."""
        return kind_of(self.item)

    @property
    def source_id(self) -> str:
        """What the charge names as its cause, see `source_id_of`."""
        return source_id_of(self.item, self.unit_id)


def source_id_of(item: FeeItem, unit_id: int) -> str:
    """Return the id of the cause of a unit's charges for a fee item: ``12-4711``."""
    return f"{item.pk}-{unit_id}"
