"""What a move would begin and end: shown first, and applied unchanged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from core import clock, validation
from core.errors import Rejection
from estate.models import Unit, UnitState
from estate.selectors import state_on
from estate.services.common import require_in_use
from people import ports
from people.models import AnyPlace, Holder, Occupancy, PayerPeriod, Person
from people.periods import lasting_after, on_day, sharing_days, today
from people.selectors import lasting_occupancies
from people.services.persons import require_distinct

ONE = Decimal(1)
Role = Occupancy.Role


@dataclass(frozen=True)
class NewOccupancy:
    """An occupancy that is to begin.

    Attributes:
        holder: the person or company; a newcomer is one of `people.services.new_person`.
        role: of `Occupancy.Role`.
        share: of the ownership, greater than 0 and at most 1; owners only, None if not known.
        ends_on: the day from which it no longer holds; None for no end.
        pays: the codes of the fees that the holder pays from then on; an empty code stands for all
            kinds that nobody else pays.
    """

    holder: Holder
    role: str
    share: Decimal | None = None
    ends_on: date | None = None
    pays: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewPayer:
    """Who pays a kind of fee from the day of the move on.

    Attributes:
        fee_kind: its code; empty for all others.
        holder: who pays.
        occupancy: the occupancy that pays; None if it begins with the move.
    """

    fee_kind: str
    holder: Holder
    occupancy: Occupancy | None = None


@dataclass(frozen=True)
class EndingRights:
    """The rights of a person or a company whose last occupancy ends.

    Attributes:
        holder: whose.
        at: when they end.
        rights: which.
    """

    holder: Holder
    at: datetime
    rights: tuple[ports.Right, ...]


@dataclass(frozen=True)
class MovePlan:
    """What a move begins and ends.

    Attributes:
        place: the unit or bay.
        on: the day from which all of it holds.
        begins, ends: occupancies; one that would end on its first day is removed instead.
        payers_begin, payers_end: who pays which fees.
        unpaid: kinds of fees that nobody pays afterwards.
        state: the new state of the unit; empty if it doesn't change.
        rights_end: whose rights end, unless staff decide otherwise.
    """

    place: AnyPlace
    on: date
    begins: tuple[NewOccupancy, ...] = ()
    ends: tuple[Occupancy, ...] = ()
    payers_begin: tuple[NewPayer, ...] = ()
    payers_end: tuple[PayerPeriod, ...] = ()
    unpaid: tuple[str, ...] = ()
    state: str = ""
    rights_end: tuple[EndingRights, ...] = ()


def plan_move(
    place: AnyPlace,
    on: date,
    *,
    begins: Sequence[NewOccupancy] = (),
    ends: Sequence[Occupancy] = (),
    payers: Sequence[NewPayer] = (),
) -> MovePlan:
    """Return what follows from occupancies that begin and end at a place on a day.

    Args:
        payers: who pays from then on, besides those who begin.

    Raises:
        Rejection: the place or an occupancy has ended, a day or a share is not possible, or a
            holder is another site's or occupies the place already.
    """
    require_in_use(place, "place")
    for occupancy in ends:
        _require_endable(occupancy, on)
    for new in begins:
        require_possible(place, on, new, ends)
    require_shares(place, on, begins, ends)
    begin = [NewPayer(kind, new.holder) for new in begins for kind in new.pays] + list(payers)
    _require_one_payer(begin)
    payers_end, unpaid = _payers(place, on, begin, ends)
    return MovePlan(
        place=place,
        on=on,
        begins=tuple(begins),
        ends=tuple(ends),
        payers_begin=tuple(begin),
        payers_end=payers_end,
        unpaid=unpaid,
        state=following_state(place, on, begins, ends),
        rights_end=ending_rights(place, on, begins, ends),
    )


def _require_endable(occupancy: Occupancy, on: date) -> None:
    if occupancy.ends_on is not None and occupancy.ends_on <= today(occupancy.site):
        raise Rejection(
            "occupancy", "has_ended", _("this has ended already"), _("choose another one")
        )
    if on < occupancy.begins_on:
        params = {"name": occupancy.holder.name, "day": occupancy.begins_on.isoformat()}
        raise Rejection(
            "on",
            "before_begin",
            _("%(name)s is registered there from %(day)s only") % params,
            _("enter that day or a later one"),
            params=params,
        )


def require_possible(
    place: AnyPlace, on: date, new: NewOccupancy, ends: Sequence[Occupancy]
) -> None:
    """Validate a new occupancy.

    Raises:
        Rejection: its holder is another site's or is there already, or a value is not possible.
    """
    if new.holder.site_id != place.site.pk:
        raise Rejection(
            "holder",
            "not_a_choice",
            _("this person or company is not registered at the site"),
            _("choose one of the site"),
        )
    if new.role not in Role.values:
        raise Rejection("role", "not_a_choice", _("there is no such role"), _("choose a role"))
    validation.require_order(on, new.ends_on, "ends_on")
    if isinstance(new.holder, Person) and new.holder.pk is None:
        require_distinct(new.holder, place if isinstance(place, Unit) else None)
        return
    others = Occupancy.objects.filter(sharing_days(on, new.ends_on), **at_place(place))
    others = others.filter(**held_by(new.holder)).exclude(pk__in=[each.pk for each in ends])
    existing = others.order_by("begins_on").first()
    if existing is not None:
        params = {"name": new.holder.name, "day": existing.begins_on.isoformat()}
        raise Rejection(
            "holder",
            "already_there",
            _("%(name)s is registered there already, from %(day)s") % params,
            _("end that first, or choose another day"),
            params=params,
        )


def require_shares(
    place: AnyPlace, on: date, begins: Sequence[NewOccupancy], ends: Sequence[Occupancy]
) -> None:
    """Validate the shares of new owners beside those who stay.

    Raises:
        Rejection: one is not possible, or they are more than 1 on a day.
    """
    for new in begins:
        if new.share is None:
            continue
        if new.role != Role.OWNER or not 0 < new.share <= ONE:
            raise Rejection(
                "share",
                "out_of_range",
                _("only an owner has a share, greater than 0 and at most 1"),
                _("enter a share such as 0.5, or leave it empty"),
            )
    rows = [
        (each.begins_on, each.ends_on, each.share)
        for each in lasting_occupancies(place, on).exclude(share=None)
        if each not in ends
    ]
    rows += [(on, new.ends_on, new.share) for new in begins if new.share is not None]
    total = max((_shares_on(day, rows) for day, _end, _share in rows if day >= on), default=ONE)
    if any(new.share is not None for new in begins) and total > ONE:
        params = {"total": f"{total.normalize():f}"}
        raise Rejection(
            "share",
            "too_much",
            _("the shares of the owners would be %(total)s together") % params,
            _("they are at most 1: end or correct another owner's share first"),
            params=params,
        )


def _shares_on(day: date, rows: Iterable[tuple[date, date | None, Decimal | None]]) -> Decimal:
    return sum(
        (
            share
            for begin, end, share in rows
            if share and begin <= day and not (end and end <= day)
        ),
        Decimal(0),
    )


def _require_one_payer(payers: Sequence[NewPayer]) -> None:
    kinds = [payer.fee_kind for payer in payers]
    if len(set(kinds)) < len(kinds):
        raise Rejection(
            "pays",
            "two_payers",
            _("two would pay the same fee"),
            _("choose one payer for each kind of fee"),
        )


def _payers(
    place: AnyPlace, on: date, begin: Sequence[NewPayer], ends: Sequence[Occupancy]
) -> tuple[tuple[PayerPeriod, ...], tuple[str, ...]]:
    """Return the periods that end, and the kinds of fees that nobody pays afterwards."""
    rows = PayerPeriod.objects.filter(lasting_after(on), **at_place(place))
    lasting = list(rows.select_related("occupancy__person", "occupancy__company").order_by("pk"))
    taken = {payer.fee_kind for payer in begin}
    ended_ids = {each.pk for each in ends}
    ending = [row for row in lasting if row.fee_kind in taken or row.occupancy_id in ended_ids]
    paid = taken | {row.fee_kind for row in lasting if row not in ending}
    if "" in paid:
        return tuple(ending), ()
    return tuple(ending), tuple(sorted({row.fee_kind for row in ending} - paid))


def following_state(
    place: AnyPlace, on: date, begins: Sequence[NewOccupancy], ends: Sequence[Occupancy]
) -> str:
    """Return the state that follows from who lives in a unit; empty if it stays as it is."""
    if not isinstance(place, Unit):
        return ""
    ended = {each.pk for each in ends}
    there = [each.role for each in lasting_occupancies(place, on) if each.pk not in ended]
    roles = {*there, *(new.role for new in begins)}
    row = state_on(place, on)
    before = row.state if row else ""
    if Role.TENANT in roles:
        after: str = UnitState.State.LET
    elif begins and roles & {Role.OWNER, Role.FAMILY}:
        after = UnitState.State.OCCUPIED
    elif ends and (before == UnitState.State.LET or not roles & {Role.OWNER, Role.FAMILY}):
        after = UnitState.State.VACANT
    else:
        after = before
    return "" if after == before else after


def ending_rights(
    place: AnyPlace, on: date, begins: Sequence[NewOccupancy], ends: Sequence[Occupancy]
) -> tuple[EndingRights, ...]:
    """Return the rights of those who have no occupancy from a day on."""
    at = max(clock.now(), clock.midnight(on, place.site.timezone))
    staying = [new.holder for new in begins]
    found = []
    for holder in {(type(each.holder), each.holder.pk): each.holder for each in ends}.values():
        others = Occupancy.objects.filter(lasting_after(on), **held_by(holder))
        if holder not in staying and not others.exclude(pk__in=[each.pk for each in ends]).exists():
            found.append(EndingRights(holder, at, ports.rights_of(holder, at)))
    return tuple(found)


def at_place(place: AnyPlace) -> dict[str, AnyPlace]:
    """Return the condition for rows of a unit or bay, as keyword arguments."""
    return {place.kind: place}


def held_by(holder: Holder) -> dict[str, Holder]:
    """Return the condition for rows of a person or company, as keyword arguments."""
    return {"person" if isinstance(holder, Person) else "company": holder}


def occupancies_on(place: AnyPlace, day: date) -> list[Occupancy]:
    """Return the occupancies of a place that run on a day or begin later, the earliest first."""
    rows = Occupancy.objects.filter(on_day(day) | lasting_after(day), **at_place(place))
    return list(rows.select_related("person", "company", "site").order_by("begins_on", "pk"))
