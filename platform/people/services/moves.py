"""Move in, move out, change of owner: each is planned, shown, and applied in one transaction."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.events import publish, publish_durable
from core.models import Site, User
from estate.models import Bay, Unit
from estate.services import set_unit_state
from estate.services.common import Actor
from people.events import LastOccupancyEnded
from people.models import AnyPlace, Company, Holder, Occupancy, PayerPeriod, Person
from people.periods import lasting_after, today
from people.selectors import lasting_occupancies
from people.services.persons import add_person
from people.services.plans import (
    EndingRights,
    MovePlan,
    NewOccupancy,
    NewPayer,
    at_place,
    held_by,
    plan_move,
)

Role = Occupancy.Role


def plan_move_in(place: AnyPlace, new: NewOccupancy, *, on: date) -> MovePlan:
    """Return what `move_in` would begin and end.

    Raises:
        Rejection: see `people.services.plans.plan_move`.
    """
    return plan_move(place, on, begins=[new])


@transaction.atomic
def move_in(place: AnyPlace, actor: Actor, new: NewOccupancy, *, on: date) -> Occupancy:
    """Begin an occupancy of a unit or a bay; who paid its fees until then no longer does.

    A holder of `new_person` is added to the register.

    Raises:
        Rejection: see `plan_move_in`.
    """
    _add_newcomers(place, actor, [new])
    lock(place, [new.holder])
    plan = plan_move_in(place, new, on=on)
    return apply(plan, actor, "move in")[0]


def plan_move_out(
    occupancy: Occupancy, *, on: date, with_family: bool = False, payer: Occupancy | None = None
) -> MovePlan:
    """Return what `move_out` would end.

    Raises:
        Rejection: see `move_out`.
    """
    place = occupancy.place
    ends = [occupancy]
    if with_family:
        lasting = lasting_occupancies(place, on).filter(role=Role.FAMILY, begins_on__lte=on)
        ends += lasting.exclude(pk=occupancy.pk)
    return plan_move(place, on, ends=ends, payers=_successor(occupancy, ends, payer, on))


@transaction.atomic
def move_out(
    occupancy: Occupancy,
    actor: Actor,
    *,
    on: date,
    with_family: bool = False,
    payer: Occupancy | None = None,
    keep_rights: bool = False,
) -> MovePlan:
    """End an occupancy from a day on; one that begins on that day is removed.

    Whoever has no other occupancy at the site loses the rights that hang on it, such as the
    registrations of cars: at midnight of that day, or now if it has come.

    Args:
        on: the first day on which it no longer holds.
        with_family: end those of the family members in the unit, too.
        payer: who pays from then on the fees that this occupancy paid.
        keep_rights: let the rights go on.

    Raises:
        Rejection: it has ended, the day is before its beginning, or the payer has no occupancy of
            the same place that goes on.
    """
    lock(occupancy.place, _holders_of(occupancy.place))
    occupancy = fresh(occupancy)
    plan = plan_move_out(occupancy, on=on, with_family=with_family, payer=payer)
    apply(plan, actor, "move out", keep_rights=keep_rights)
    return plan


def plan_change_of_owner(
    place: AnyPlace, owners: Sequence[NewOccupancy], *, on: date, with_family: bool = True
) -> MovePlan:
    """Return what `change_owner` would begin and end.

    Raises:
        Rejection: see `change_owner`.
    """
    if not owners or any(new.role != Role.OWNER for new in owners):
        raise Rejection(
            "owners", "missing", _("no new owner is given"), _("choose at least one owner")
        )
    leaving = {Role.OWNER, *((Role.FAMILY,) if with_family else ())}
    coming = [(type(new.holder), new.holder.pk) for new in owners]
    ends = [
        each
        for each in lasting_occupancies(place, on)
        if each.role in leaving or (type(each.holder), each.holder.pk) in coming
    ]
    return plan_move(place, on, begins=_with_payer(place, owners, ends, on), ends=ends)


@transaction.atomic
def change_owner(
    place: AnyPlace,
    actor: Actor,
    owners: Sequence[NewOccupancy],
    *,
    on: date,
    with_family: bool = True,
    keep_rights: bool = False,
) -> MovePlan:
    """Replace the owners of a unit or a bay; tenants stay.

    The first new owner pays what the old ones paid, unless `NewOccupancy.pays` says otherwise. A
    new owner who lived there as a tenant is an owner from then on.

    Args:
        owners: all owners from that day on, each with the role of an owner.
        with_family: end the occupancies of family members, too.
        keep_rights: see `move_out`.

    Raises:
        Rejection: see `people.services.plans.plan_move`; or there is no new owner.
    """
    _add_newcomers(place, actor, owners)
    lock(place, [*_holders_of(place), *(new.holder for new in owners)])
    plan = plan_change_of_owner(place, owners, on=on, with_family=with_family)
    apply(plan, actor, "change owner", keep_rights=keep_rights)
    return plan


def plan_payer(occupancy: Occupancy, *, on: date, fee_kinds: Sequence[str] = ("",)) -> MovePlan:
    """Return what `set_payer` would begin and end.

    Raises:
        Rejection: see `set_payer`.
    """
    _require_holding(occupancy, on)
    payers = [NewPayer(kind, occupancy.holder, occupancy) for kind in fee_kinds]
    return plan_move(occupancy.place, on, payers=payers)


@transaction.atomic
def set_payer(
    occupancy: Occupancy, actor: Actor, *, on: date, fee_kinds: Sequence[str] = ("",)
) -> MovePlan:
    """Let an occupancy pay kinds of fees from a day on, until it ends; who paid them stops.

    Raises:
        Rejection: it has ended, or doesn't hold on that day.
    """
    lock(occupancy.place, [])
    occupancy = fresh(occupancy)
    plan = plan_payer(occupancy, on=on, fee_kinds=fee_kinds)
    apply(plan, actor, "set payer")
    return plan


def _add_newcomers(place: AnyPlace, actor: Actor, begins: Sequence[NewOccupancy]) -> None:
    """Add the holders who are not in the register yet."""
    for holder in (new.holder for new in begins):
        if isinstance(holder, Person) and holder.pk is None:
            add_person(holder, actor, place if isinstance(place, Unit) else None)


def lock(place: AnyPlace, holders: Sequence[Holder]) -> None:
    """Lock a place, then people and companies, so that changes of their occupancies wait.

    The order is always the same, so that two moves don't deadlock.
    """
    model: Any = Unit if isinstance(place, Unit) else Bay
    model.objects.select_for_update(no_key=True).get(pk=place.pk)
    place.refresh_from_db(fields=["ended_at"])
    for kind in (Person, Company):
        keys = sorted({each.pk for each in holders if isinstance(each, kind)})
        rows: Any = kind.objects.select_for_update(no_key=True).filter(pk__in=keys)
        list(rows.order_by("pk"))


def apply(
    plan: MovePlan, actor: Actor, action: str, *, keep_rights: bool = False
) -> list[Occupancy]:
    """Write what a plan begins and ends; return the occupancies that began.

    Call it with the place locked, with a plan that was made since.
    """
    for period in plan.payers_end:
        _end_on(period, plan.on)
    for occupancy in plan.ends:
        _end_occupancy(occupancy, plan.on, keep_rights=keep_rights)
    begun = [_begin(plan, new) for new in plan.begins]
    for payer in plan.payers_begin:
        _begin_paying(plan, payer, begun)
    if plan.state and isinstance(plan.place, Unit):
        set_unit_state(plan.place, actor, state=plan.state, begins_on=plan.on)
    _record(plan, begun, actor, action)
    if not keep_rights:
        for ending in plan.rights_end:
            publish_ending(ending, plan.place.site, actor)
    return begun


def _begin(plan: MovePlan, new: NewOccupancy) -> Occupancy:
    return Occupancy.objects.create(
        site=plan.place.site,
        role=new.role,
        share=new.share,
        begins_on=plan.on,
        ends_on=new.ends_on,
        **at_place(plan.place),
        **held_by(new.holder),
    )


def _begin_paying(plan: MovePlan, payer: NewPayer, begun: Sequence[Occupancy]) -> None:
    occupancy = payer.occupancy or next(each for each in begun if each.holder == payer.holder)
    PayerPeriod.objects.create(
        occupancy=occupancy,
        unit=occupancy.unit,
        bay=occupancy.bay,
        fee_kind=payer.fee_kind,
        begins_on=plan.on,
        ends_on=occupancy.ends_on,
    )


def _end_occupancy(occupancy: Occupancy, on: date, *, keep_rights: bool) -> None:
    """End an occupancy; an end that is ahead is carried out on its day (`people.jobs`)."""
    for period in occupancy.payer_periods.filter(lasting_after(on)):
        _end_on(period, on)
    occupancy.keeps_rights = keep_rights
    occupancy.closed_at = clock.now() if on <= today(occupancy.site) else None
    _end_on(occupancy, on)


def _end_on(row: Occupancy | PayerPeriod, on: date) -> None:
    """End a row on a day; one that begins then, or later, has never held and is removed."""
    if row.begins_on >= on:
        row.delete()
    elif row.ends_on is None or row.ends_on > on:
        row.ends_on = on
        row.save()


def _successor(
    occupancy: Occupancy, ends: Sequence[Occupancy], payer: Occupancy | None, on: date
) -> list[NewPayer]:
    """Return the payers of the fees that occupancies pay which end."""
    if payer is None:
        return []
    _require_holding(payer, on)
    if payer.place != occupancy.place or payer in ends:
        raise Rejection(
            "payer",
            "not_a_choice",
            _("%(name)s doesn't stay there") % {"name": payer.holder.name},
            _("choose one who stays"),
        )
    paid = PayerPeriod.objects.filter(lasting_after(on), occupancy__in=ends)
    kinds = sorted(set(paid.values_list("fee_kind", flat=True)))
    return [NewPayer(kind, payer.holder, payer) for kind in kinds]


def _with_payer(
    place: AnyPlace, owners: Sequence[NewOccupancy], ends: Sequence[Occupancy], on: date
) -> list[NewOccupancy]:
    """Let the first owner pay what those who leave paid, unless it is said who pays."""
    if any(new.pays for new in owners):
        return list(owners)
    paid = PayerPeriod.objects.filter(lasting_after(on), occupancy__in=ends)
    kinds = tuple(sorted(set(paid.values_list("fee_kind", flat=True))))
    first = owners[0]
    payer = NewOccupancy(first.holder, first.role, first.share, first.ends_on, kinds)
    return [payer, *owners[1:]]


def _require_holding(occupancy: Occupancy, on: date) -> None:
    ended = occupancy.ends_on is not None and occupancy.ends_on <= on
    if ended or occupancy.begins_on > on:
        raise Rejection(
            "payer",
            "not_holding",
            _("%(name)s is not registered there on that day") % {"name": occupancy.holder.name},
            _("choose another day or another payer"),
        )


def _holders_of(place: AnyPlace) -> list[Holder]:
    rows = Occupancy.objects.filter(**at_place(place)).select_related("person", "company")
    return [each.holder for each in rows]


def fresh(occupancy: Occupancy) -> Occupancy:
    """Return an occupancy as it is now, with the place locked.

    Raises:
        Rejection: it was removed meanwhile.
    """
    rows = Occupancy.objects.select_related("site", "person", "company", "unit__building__site")
    found = rows.select_related("bay__lot__site").filter(pk=occupancy.pk).first()
    if found is None:
        raise Rejection(
            "occupancy", "removed", _("this was removed meanwhile"), _("reload the page")
        )
    return found


def publish_ending(ending: EndingRights, site: Site, actor: Actor) -> None:
    """Publish that a person or company has no occupancy any more."""
    person = ending.holder.pk if isinstance(ending.holder, Person) else None
    company = ending.holder.pk if isinstance(ending.holder, Company) else None
    name = actor.get_username() if isinstance(actor, User) else actor
    event = LastOccupancyEnded(site.pk, person, company, ending.at, name)
    publish(event)
    publish_durable(event)


def _record(plan: MovePlan, begun: Sequence[Occupancy], actor: Actor, action: str) -> None:
    """Audit a move at the place, and at each person and company whom it concerns."""
    site, place = plan.place.site, (plan.place.kind, plan.place.pk)
    detail = {"on": plan.on.isoformat(), "begun": [each.pk for each in begun]}
    detail["ended"] = [each.pk for each in plan.ends]
    if plan.payers_begin:
        detail["pays"] = [payer.fee_kind for payer in plan.payers_begin]
    audit.record(site, actor, action, place, **detail)
    holders = [new.holder for new in plan.begins] + [each.holder for each in plan.ends]
    for kind, pk in dict.fromkeys((each._meta.model_name, each.pk) for each in holders):
        subject = (str(kind), pk)
        audit.record(site, actor, action, subject, on=detail["on"], **{place[0]: place[1]})
