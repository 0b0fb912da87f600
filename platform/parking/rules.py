"""Set the rules of a lot; each change is in the audit log with the values before and after."""

from typing import Any

from django.db import transaction

from core import audit
from core.models import User
from estate.models import Lot
from parking.models import LotRules
from parking.selectors import rules_of


def rule_names() -> list[str]:
    """Return the names of a lot's rules: those of parking, and whether watch-listed cars wait."""
    own = [field.name for field in LotRules._meta.concrete_fields if field.name != "lot"]
    return [*own, "hold_watched"]


def rule_values(lot: Lot) -> dict[str, Any]:
    """Return the lot's rules by name."""
    rules = rules_of(lot)
    return {name: getattr(_owner(name, lot, rules), name) for name in rule_names()}


@transaction.atomic
def set_rules(lot: Lot, actor: User, **values: Any) -> dict[str, list[Any]]:
    """Set rules of a lot; the caller has checked the permission.

    Cars that are inside are decided by the new rules from now on.

    Args:
        values: some of `rule_names`, amounts in minor units.

    Returns:
        By name, the values before and after of the rules that changed.
    """
    lot = Lot.objects.select_for_update(of=("self",)).select_related("site").get(pk=lot.pk)
    before, rules = rule_values(lot), rules_of(lot)
    changed = {
        name: [before[name], value] for name, value in values.items() if before[name] != value
    }
    for name, (_old, new) in changed.items():
        setattr(_owner(name, lot, rules), name, new)
    if changed:
        rules.save()
        lot.save(update_fields=["hold_watched"])
        audit.record(lot.site, actor, "set lot rules", ("lot", lot.pk), **changed)
    return changed


def _owner(name: str, lot: Lot, rules: LotRules) -> Lot | LotRules:
    return lot if name == "hold_watched" else rules
