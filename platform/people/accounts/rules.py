"""What residents of a site may do themselves, as its management has set it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, revisions
from core.errors import Rejection
from core.models import Site, User
from people.models import ResidentRules

#: The least and the most of the rules that are numbers.
BOUNDS = {
    "cars_per_home": (0, 99),
    "passes_per_home": (0, 99),
    "pass_hours": (1, 24 * 31),
    "pass_entries": (1, 100),
    "pass_free_minutes": (0, 100_000),
}
RULES = (*BOUNDS, "cars_need_approval", "may_add_members")


def rules_of(site: Site) -> ResidentRules:
    """Return a site's rules; the defaults where none were set."""
    return ResidentRules.objects.filter(site=site).first() or ResidentRules(site=site)


def rule_values(site: Site) -> dict[str, Any]:
    """Return a site's rules by name."""
    rules = rules_of(site)
    return {name: getattr(rules, name) for name in RULES}


@transaction.atomic
def change_rules(site: Site, actor: User, *, revision: str = "", **values: Any) -> ResidentRules:
    """Change a site's rules.

    Args:
        values: those of `RULES`.

    Raises:
        Rejection: a value is out of range, or was changed meanwhile.
    """
    ResidentRules.objects.get_or_create(site=site)
    rules = ResidentRules.objects.select_for_update().get(site=site)
    before = {name: getattr(rules, name) for name in RULES}
    revisions.require_revision(revision, before, site, ("site", site.pk))
    for name, value in values.items():
        setattr(rules, name, value)
    for name in BOUNDS:
        _require_within(name, getattr(rules, name))
    changed = revisions.changed_values(before, {name: getattr(rules, name) for name in RULES})
    if changed:
        rules.save()
        audit.record(site, actor, "change rules for residents", ("site", site.pk), **changed)
    return rules


def _require_within(name: str, value: int | None) -> None:
    least, most = BOUNDS[name]
    if value is not None and not least <= value <= most:
        raise Rejection(
            name,
            "out_of_range",
            _("this is between %(least)s and %(most)s") % {"least": least, "most": most},
            _("enter such a number"),
            params={"least": least, "most": most},
        )
