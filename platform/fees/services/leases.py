"""Leases: agreed with a tenant, with a rent that changes in steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.services import manual_bills
from core import audit, validation
from core.errors import Rejection
from estate.models import Unit
from estate.services.common import Actor, validate
from fees.assessment.monthly import rent_lines, tenant_of
from fees.models import FeeItem, Lease, RentStep
from fees.rules.months import first_after, parts
from fees.rules.parts import Days
from fees.services.agreements import require_unit_of_site
from fees.services.items import lock_item
from people.models import Company, Holder, Person

#: Rents are shown for so many months of a lease without an end.
PREVIEWED_MONTHS = 36
_LONGEST_DAYS = 100 * 366


@dataclass(frozen=True)
class NewStep:
    """A monthly rent from a day on, in minor units."""

    begins_on: date
    rent: int


@dataclass(frozen=True)
class NewLease:
    """A lease that is to be added.

    Attributes:
        tenant: a person or a company of the site.
        steps: the first begins with the lease.
        deposit: in minor units; asked for when the lease is added.
    """

    unit: Unit
    tenant: Holder
    begins_on: date
    steps: Sequence[NewStep]
    ends_on: date | None = None
    number: str = ""
    deposit: int = 0


@dataclass(frozen=True)
class MonthOfRent:
    """What a lease costs in a month, in minor units."""

    month: date
    days: int
    of_days: int
    amount: int


def preview(item: FeeItem, new: NewLease) -> list[MonthOfRent]:
    """Return the rent of each month of a lease that is not added yet.

    Raises:
        Rejection: see `add_lease`.
    """
    _require_valid(item, new)
    return _months(_unsaved(item, new), [(each.begins_on, each.rent) for each in new.steps])


def months_of_rent(lease: Lease) -> list[MonthOfRent]:
    """Return the rent of each month of a lease, as runs charge it."""
    return _months(lease, [(each.begins_on, each.rent) for each in lease.steps.all()])


@transaction.atomic
def add_lease(item: FeeItem, actor: Actor, new: NewLease) -> Lease:
    """Add a lease, and ask its tenant for the deposit.

    Raises:
        Rejection: the unit is let on some of the days, is another site's, as is the tenant, the
            period is empty, or the steps don't begin with the lease or not in order.
    """
    locked = lock_item(item)
    _require_valid(locked, new)
    lease = _unsaved(locked, new)
    validate(lease, ("number",))
    try:
        with transaction.atomic():
            lease.save()
    except IntegrityError as error:
        raise Rejection(
            "begins_on",
            "overlaps",
            _("the unit is let on some of these days"),
            _("end the other lease first, or choose other days"),
        ) from error
    RentStep.objects.bulk_create(
        RentStep(lease=lease, begins_on=each.begins_on, rent=each.rent) for each in new.steps
    )
    if new.deposit:
        _ask_for_deposit(lease, actor)
    detail = {"unit": new.unit.pk, "begins_on": str(new.begins_on), "ends_on": str(new.ends_on)}
    audit.record(locked.site, actor, "add lease", ("lease", lease.pk), **detail)
    return lease


@transaction.atomic
def end_lease(lease: Lease, actor: Actor, ends_on: date) -> Lease:
    """End a lease before a day; what was charged for later days is credited by hand.

    Raises:
        Rejection: it would end before it begins, or has ended by then.
    """
    rows = Lease.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    locked = rows.get(pk=lease.pk)
    validation.require_order(locked.begins_on, ends_on, "ends_on")
    if locked.ends_on is not None and locked.ends_on < ends_on:
        raise Rejection(
            "ends_on", "has_ended", _("the lease ends earlier"), _("add a new lease instead")
        )
    locked.ends_on = ends_on
    locked.save(update_fields=["ends_on"])
    detail = {"ends_on": str(ends_on)}
    audit.record(locked.site, actor, "end lease", ("lease", locked.pk), **detail)
    return locked


def _months(lease: Lease, steps: Sequence[tuple[date, int]]) -> list[MonthOfRent]:
    end = lease.ends_on or first_after(lease.begins_on, PREVIEWED_MONTHS)
    found = []
    for month in parts(lease.begins_on, end):
        days = Days(month.begins_on, month.ends_on, None)
        amount = sum(line.amount for _days, line, _extra in rent_lines(lease, steps, days))
        found.append(MonthOfRent(month.begins_on, month.days, month.of_days, amount))
    return found


def _unsaved(item: FeeItem, new: NewLease) -> Lease:
    tenant = new.tenant
    return Lease(
        site=item.site,
        item=item,
        unit=new.unit,
        person=tenant if isinstance(tenant, Person) else None,
        company=tenant if isinstance(tenant, Company) else None,
        number=new.number.strip(),
        begins_on=new.begins_on,
        ends_on=new.ends_on,
        deposit=new.deposit,
    )


def _ask_for_deposit(lease: Lease, actor: Actor) -> None:
    manual_bills.ask_for_deposit(
        lease.site,
        tenant_of(lease),
        lease.deposit,
        purpose=str(lease.item),
        actor=actor,
        unit=lease.unit,
        due_on=lease.begins_on,
    )


def _require_valid(item: FeeItem, new: NewLease) -> None:
    require_unit_of_site(item, new.unit)
    validation.require_order(new.begins_on, new.ends_on, "ends_on")
    if new.ends_on is not None and (new.ends_on - new.begins_on).days > _LONGEST_DAYS:
        raise Rejection(
            "ends_on", "too_long", _("this is too long for a lease"), _("choose an earlier end")
        )
    if new.tenant.site_id != item.site_id:
        raise Rejection(
            "person", "unknown", _("the tenant is not at the site"), _("choose somebody else")
        )
    _require_steps(new)


def _require_steps(new: NewLease) -> None:
    days = [each.begins_on for each in new.steps]
    if not days or days[0] != new.begins_on or days != sorted(set(days)):
        raise Rejection(
            "steps",
            "not_ascending",
            _("the steps of the rent are not in order"),
            _("begin with the first day of the lease, then enter later days in order"),
        )
    if any(each.rent < 0 for each in new.steps) or new.deposit < 0:
        raise Rejection(
            "steps", "out_of_range", _("an amount is below zero"), _("enter zero or more")
        )
