"""What residents do or ask for in the portal: cars by the site's rule, erasure of their data."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.models import Site, User
from estate.models import Unit
from people.accounts.homes import Home
from people.accounts.rules import rules_of
from people.models import Person, ResidentRequest, Vehicle
from people.periods import not_ended
from people.plates import validate_plate
from people.selectors import vehicles_at
from people.services import end_vehicle, register_vehicle

Kind, State = ResidentRequest.Kind, ResidentRequest.State


def cars_of(person: Person) -> QuerySet[Vehicle]:
    """Return the cars that are registered to a person now, by plate."""
    return Vehicle.objects.filter(not_ended(), person=person).order_by("plate")


def waiting_cars(person: Person) -> QuerySet[ResidentRequest]:
    """Return the person's cars that wait for approval, the oldest first."""
    rows = ResidentRequest.objects.filter(person=person, kind=Kind.CAR, state=State.WAITING)
    return rows.select_related("unit__building").order_by("requested_at")


def requests_of(person: Person) -> QuerySet[ResidentRequest]:
    """Return what a person has asked for, the latest first."""
    rows = ResidentRequest.objects.filter(person=person).select_related("unit__building")
    return rows.order_by("-requested_at", "-pk")


@transaction.atomic
def add_car(
    home: Home, person: Person, actor: User, *, plate: str, unusual_plate: bool = False
) -> Vehicle | ResidentRequest:
    """Register a resident's car, or request it where the site's management approves cars.

    Args:
        home: the home of whose number of cars it counts.
        unusual_plate: see `people.plates.validate_plate`.

    Raises:
        Rejection: the plate is invalid or registered, or the home has as many cars as it may.
    """
    rules = rules_of(home.unit.site)
    Unit.objects.select_for_update(no_key=True).get(pk=home.unit.pk)
    _require_room(home.unit, rules.cars_per_home)
    if not rules.cars_need_approval:
        return _register(person, actor, plate, unusual_plate=unusual_plate)
    spelled = validate_plate(person.site, plate, unusual_plate=unusual_plate)
    if Vehicle.objects.filter(not_ended(), site=person.site, plate=spelled).exists():
        raise _registered()
    return _request(person, actor, kind=Kind.CAR, unit=home.unit, plate=spelled)


@transaction.atomic
def end_car(vehicle: Vehicle, actor: User) -> Vehicle:
    """End the registration of a resident's own car now."""
    return end_vehicle(vehicle, actor)


@transaction.atomic
def request_erasure(person: Person, actor: User) -> ResidentRequest:
    """Ask the management to erase a person's data.

    Raises:
        Rejection: it was asked for already.
    """
    return _request(person, actor, kind=Kind.ERASURE)


@transaction.atomic
def withdraw(request: ResidentRequest, actor: User) -> ResidentRequest:
    """Withdraw a request that waits.

    Raises:
        Rejection: it was decided meanwhile.
    """
    return _decide(_locked([request.pk]).get(), actor, State.WITHDRAWN)


@transaction.atomic
def approve(request: ResidentRequest, actor: User) -> ResidentRequest:
    """Approve a request; a car is registered from now on.

    Raises:
        Rejection: it was decided meanwhile, or the car is registered already.
    """
    locked = _decide(_locked([request.pk]).get(), actor, State.APPROVED)
    if locked.kind == Kind.CAR:
        _register(locked.person, actor, locked.plate, unusual_plate=True)
    return locked


@transaction.atomic
def refuse(request: ResidentRequest, actor: User) -> ResidentRequest:
    """Refuse a request.

    Raises:
        Rejection: it was decided meanwhile.
    """
    return _decide(_locked([request.pk]).get(), actor, State.REFUSED)


@transaction.atomic
def decide_all(
    requests: Iterable[ResidentRequest], actor: User, *, approved: bool
) -> dict[int, None]:
    """Approve or refuse those of the requests that wait; return their keys.

    Requests for erasure are left out of an approval: each is decided by itself.

    Raises:
        Rejection: a car is registered already; none is decided.
    """
    waiting = _locked([each.pk for each in requests]).filter(state=State.WAITING)
    if approved:
        waiting = waiting.filter(kind=Kind.CAR)
    found = list(waiting)
    for each in found:
        if approved:
            approve(each, actor)
        else:
            refuse(each, actor)
    return {each.pk: None for each in found}


def waiting_at(site: Site) -> QuerySet[ResidentRequest]:
    """Return the requests of residents that wait at a site."""
    return ResidentRequest.objects.filter(site=site, state=State.WAITING)


def cars_left(unit: Unit) -> int | None:
    """Return how many more cars a home may have; None without a limit."""
    most = rules_of(unit.site).cars_per_home
    return None if most is None else max(most - _cars_at(unit), 0)


def _cars_at(unit: Unit) -> int:
    waiting = ResidentRequest.objects.filter(unit=unit, kind=Kind.CAR, state=State.WAITING)
    return vehicles_at(unit).count() + waiting.count()


def _require_room(unit: Unit, most: int | None) -> None:
    if most is not None and _cars_at(unit) >= most:
        raise Rejection(
            "plate",
            "too_many_cars",
            _("this home has %(most)s cars, which is the most it may have") % {"most": most},
            _("end one of them first, or ask the management"),
            params={"most": most},
        )


def _register(person: Person, actor: User, plate: str, *, unusual_plate: bool) -> Vehicle:
    """Register a car from now on; a rejection doesn't name whose it is."""
    try:
        return register_vehicle(
            person.site,
            actor,
            plate=plate,
            holder=person,
            begins_at=clock.now(),
            unusual_plate=unusual_plate,
        )
    except Rejection as rejection:
        if rejection.code == "already_registered":
            raise _registered() from None
        raise


def _request(person: Person, actor: User, **values: object) -> ResidentRequest:
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    same = ResidentRequest.objects.filter(
        person=person, state=State.WAITING, kind=values["kind"], plate=values.get("plate", "")
    )
    if same.exists():
        raise Rejection(
            "plate", "requested", _("this was requested already"), _("wait for the answer")
        )
    request = ResidentRequest.objects.create(
        site=person.site, person=person, requested_at=clock.now(), **values
    )
    _record(request, actor, "request " + str(values["kind"]))
    return request


def _decide(request: ResidentRequest, actor: User, state: ResidentRequest.State) -> ResidentRequest:
    if request.state != State.WAITING:
        raise Rejection(
            "request",
            "not_waiting",
            _("this request was decided or withdrawn meanwhile"),
            _("reload the page"),
        )
    request.state, request.decided_at = state, clock.now()
    request.decided_by = actor.get_username()
    request.save(update_fields=["state", "decided_at", "decided_by"])
    _record(request, actor, f"{_VERBS[state]} {request.kind} request")
    return request


_VERBS = {State.APPROVED: "approve", State.REFUSED: "refuse", State.WITHDRAWN: "withdraw"}


def _locked(keys: list[int]) -> QuerySet[ResidentRequest]:
    rows = ResidentRequest.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    return rows.select_related("site", "person__site").order_by("pk")


def _registered() -> Rejection:
    return Rejection(
        "plate",
        "registered_at_site",
        _("a car with this plate is registered at the site already"),
        _("check the plate, or ask the management"),
    )


def _record(request: ResidentRequest, actor: User, action: str) -> None:
    subject = ("person", request.person_id)
    audit.record(request.site, actor, action, subject, request=request.pk)
