"""What residents of a site may do themselves, as its management has set it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, revisions
from core.errors import Rejection
from core.models import Site, User
from people.models import ResidentRules

RULES = ("cars_per_home", "cars_need_approval", "may_add_members")
_MOST_CARS = 99


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
    if rules.cars_per_home is not None and not 0 <= rules.cars_per_home <= _MOST_CARS:
        raise Rejection(
            "cars_per_home",
            "out_of_range",
            _("a home has between 0 and %(most)s cars") % {"most": _MOST_CARS},
            _("enter such a number, or leave it empty for no limit"),
        )
    changed = revisions.changed_values(before, {name: getattr(rules, name) for name in RULES})
    if changed:
        rules.save()
        audit.record(site, actor, "change rules for residents", ("site", site.pk), **changed)
    return rules
