"""Write what a lot does where the specification leaves the site a choice."""

from django.db import transaction

from core import audit
from core.models import User
from estate.models import Lot
from parking.models import LotRules


@transaction.atomic
def set_lost_entry_charge(lot: Lot, actor: User, amount: int) -> LotRules:
    """Set what a car pays whose entry was not recorded, in minor units of the site's currency."""
    rules, _is_new = LotRules.objects.update_or_create(
        lot=lot, defaults={"lost_entry_charge": amount}
    )
    audit.record(lot.site, actor, "set lot rules", ("lot", lot.pk), lost_entry_charge=amount)
    return rules
