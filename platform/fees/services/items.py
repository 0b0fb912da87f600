"""Add, change and end fee items."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, revisions
from core.errors import Rejection
from core.models import Site
from estate.services.common import Actor, insert, validate
from fees.models import FeeItem, LateFeeRule

#: The values that a form changes; the method and the currency stay as they were.
EDITABLE = (
    "title",
    "title_zh",
    "vat_rate",
    "income",
    "due_day",
    "due_months",
    "uses",
    "for_all",
    "basis",
    "utility",
    "tier_cycle",
)


@transaction.atomic
def add_item(site: Site, actor: Actor, *, code: str, method: str, **values: Any) -> FeeItem:
    """Add a fee item in the site's currency.

    Args:
        code: unique at the site, also the kind of fee by which people pay.
        method: of `FeeItem.Method`.
        values: of the fields in `EDITABLE`.

    Raises:
        Rejection: a value is malformed, the code is taken, or a metered fee has no utility.
    """
    item = FeeItem(site=site, code=code.strip(), method=method, currency=site.currency, **values)
    _require_complete(item)
    validate(item, ("code", "method", "currency", *EDITABLE))
    insert(item, "code", item.code)
    audit.record(site, actor, "add fee item", ("fee_item", item.pk), code=item.code)
    return item


@transaction.atomic
def change_item(item: FeeItem, actor: Actor, *, revision: str = "", **values: Any) -> FeeItem:
    """Change a fee item; what was charged before stays as it is.

    Args:
        revision: the token of the values that the form showed; empty without a form.

    Raises:
        Rejection: a value is malformed, or the item was changed meanwhile or has ended.
    """
    locked = lock_item(item)
    before = values_of(locked)
    revisions.require_revision(revision, before, locked.site, ("fee_item", locked.pk))
    for name, value in values.items():
        setattr(locked, name, value.strip() if isinstance(value, str) else value)
    _require_complete(locked)
    validate(locked, values)
    changed = revisions.changed_values(before, values_of(locked))
    if changed:
        locked.save(update_fields=list(changed))
        audit.record(locked.site, actor, "change fee item", ("fee_item", locked.pk), **changed)
    return locked


@transaction.atomic
def end_item(item: FeeItem, actor: Actor) -> FeeItem:
    """End a fee item: it is charged no more, and its code stays taken.

    Raises:
        Rejection: it has ended already.
    """
    locked = lock_item(item)
    locked.ended_at = clock.now()
    locked.save(update_fields=["ended_at"])
    audit.record(locked.site, actor, "end fee item", ("fee_item", locked.pk), code=locked.code)
    return locked


@transaction.atomic
def set_late_fee(
    item: FeeItem,
    actor: Actor,
    *,
    rate_per_day: Decimal | None,
    grace_days: int = 0,
    cap: Decimal = Decimal(100),
) -> LateFeeRule | None:
    """Set the late fee of an item, which has none by default.

    Args:
        rate_per_day: a share of the unpaid principal, such as 0.0005; None for no late fee.
        cap: percent of the principal that all late fees may reach.

    Raises:
        Rejection: a value is out of range, or the item has ended.
    """
    locked = lock_item(item)
    LateFeeRule.objects.filter(item=locked).delete()
    rule = None
    if rate_per_day is not None:
        rule = LateFeeRule(item=locked, rate_per_day=rate_per_day, grace_days=grace_days, cap=cap)
        _require_share(rate_per_day, Decimal(1), "rate_per_day")
        _require_share(cap, Decimal(100), "cap")
        validate(rule, ("rate_per_day", "grace_days", "cap"))
        rule.save()
    rate = str(rate_per_day) if rate_per_day is not None else None
    audit.record(locked.site, actor, "set late fee", ("fee_item", locked.pk), rate_per_day=rate)
    return rule


def values_of(item: FeeItem) -> dict[str, Any]:
    """Return the values of an item that a form changes, as JSON can represent them."""
    return {name: _plain(getattr(item, name)) for name in EDITABLE}


def revision_of(item: FeeItem) -> str:
    """Return the token of an item's values that its form carries."""
    return revisions.revision_of(values_of(item))


def lock_item(item: FeeItem) -> FeeItem:
    """Return the item as it is now, locked until the transaction ends.

    Raises:
        Rejection: it has ended.
    """
    rows = FeeItem.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    locked = rows.get(pk=item.pk)
    if locked.ended_at is not None:
        raise Rejection(
            "item",
            "has_ended",
            _("%(item)s has ended") % {"item": locked},
            _("choose another fee item"),
        )
    return locked


def _require_complete(item: FeeItem) -> None:
    if item.method == FeeItem.Method.METER and not item.utility:
        raise Rejection(
            "utility", "missing", _("a metered fee needs a utility"), _("choose what is metered")
        )


def _require_share(value: Decimal, most: Decimal, field: str) -> None:
    if not 0 < value <= most:
        raise Rejection(
            field,
            "out_of_range",
            _("this is not between 0 and %(most)s") % {"most": most},
            _("enter a smaller number above 0"),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return list(value) if isinstance(value, list) else value
