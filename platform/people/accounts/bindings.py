"""Bindings: which user acts for which person, from the request to its end."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from core import audit, clock, outbox, undo
from core.errors import Rejection
from core.models import Site, User
from core.rate_limits import Limit, count_attempt
from estate.services.common import Actor
from people.models import Binding, Occupancy, Person, ResidentAccount
from people.periods import on_day, today

State = Binding.State
DECISION_MAIL = outbox.declare("access_decided.mail")
# Requests of one user, each with a name and a unit: they can't be used to try names out.
OF_REQUESTS = Limit("binding-requests", free=5, first_s=60, longest_s=3600, window_s=86_400)
UNDOABLE = ("state", "decided_at", "decided_by")


def bindings_of(user: User) -> QuerySet[Binding]:
    """Return the user's bindings in force, by site and person."""
    rows = Binding.objects.filter(user=user, state=State.APPROVED, person__erased_at=None)
    return rows.select_related("site", "person__site").order_by("site__name", "person__name", "pk")


def is_resident(user: User) -> bool:
    """Return whether a user has a resident's account, or acts for a person."""
    has_account = ResidentAccount.objects.filter(user=user).exists()
    return has_account or bindings_of(user).exists()


def pending_of(user: User) -> QuerySet[Binding]:
    """Return the user's bindings that wait for approval, to people whose address the user has.

    Others are left out: who asks with a name and a unit may not learn whether they match.
    """
    account = ResidentAccount.objects.filter(user=user).values("email")
    rows = Binding.objects.annotate(address=Lower("person__email"))
    rows = rows.filter(user=user, state=State.PENDING, address__in=account)
    return rows.select_related("site", "person").order_by("requested_at", "pk")


@transaction.atomic
def request_by_email(user: User, email: str) -> list[Binding]:
    """Request to act for the people whose e-mail address the user has confirmed.

    A person for whom the user has asked before is left out, whatever the answer was.
    """
    asked = Binding.objects.filter(user=user).values("person")
    found = Person.objects.filter(email__iexact=email, erased_at=None).exclude(pk__in=asked)
    return [_request(user, person) for person in found.select_related("site").order_by("pk")]


def request_by_home(site: Site, user: User, *, name: str, unit: str) -> None:
    """Request to act for the person of that name who occupies that unit, if there is one.

    The caller learns nothing: neither whether the unit or the person exists, nor whether there is
    a request already.

    Args:
        unit: its code, such as ``0803`` or ``1-0803``.

    Raises:
        TooManyAttempts: the user asked too often.
    """
    count_attempt((OF_REQUESTS, str(user.pk)))
    with transaction.atomic():
        asked = Binding.objects.filter(user=user, state__in=Binding.OPEN).values("person")
        people = _occupants(site, unit).filter(name__iexact=" ".join(name.split()))
        for person in people.exclude(pk__in=asked).order_by("pk")[:1]:
            _request(user, person)


@transaction.atomic
def bind(user: User, person: Person, decided_by: str) -> Binding:
    """Let a user act for a person at once; a request that waits is approved.

    Args:
        decided_by: the user name of who invited the user.
    """
    now = clock.now()
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    binding = Binding.objects.filter(user=user, person=person, state__in=Binding.OPEN).first()
    if binding is None:
        binding = Binding(site=person.site, user=user, person=person, requested_at=now)
    if binding.state == State.APPROVED and binding.pk:
        return binding
    binding.state, binding.decided_at, binding.decided_by = State.APPROVED, now, decided_by
    binding.save()
    _record(binding, user, "accept access")
    return binding


def approve(binding: Binding, actor: User) -> Binding:
    """Let the user act for the person.

    Raises:
        Rejection: the request waits no longer.
    """
    return _decide(binding, actor, State.APPROVED)


def refuse(binding: Binding, actor: User) -> Binding:
    """Refuse a request.

    Raises:
        Rejection: the request waits no longer.
    """
    return _decide(binding, actor, State.REFUSED)


@transaction.atomic
def decide_all(bindings: Iterable[Binding], actor: User, state: str) -> undo.Changes:
    """Approve or refuse those of the requests that wait; return their changes."""
    waiting = _locked([each.pk for each in bindings]).filter(state=State.PENDING)
    return undo.record_changes(
        list(waiting), UNDOABLE, lambda binding: _apply(binding, actor, state)
    )


@transaction.atomic
def reopen_all(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `decide_all`: the requests wait again.

    Raises:
        Rejection: one was changed since.
    """
    rows = Binding.objects.filter(site=site).select_related("site", "person")
    for binding, before in undo.unchanged_rows(rows, changes):
        for name in UNDOABLE:
            setattr(binding, name, before[name])
        binding.save(update_fields=list(UNDOABLE))
        _record(binding, actor, "reopen request for access")


@transaction.atomic
def end(binding: Binding, actor: Actor) -> Binding:
    """End a binding now; one that has ended or was refused is not changed."""
    locked = _locked([binding.pk]).get()
    if locked.state in Binding.OPEN:
        _end(locked, actor)
    return locked


@transaction.atomic
def end_all(bindings: Iterable[Binding], actor: Actor) -> dict[int, None]:
    """End those of the bindings that are open; return their keys."""
    found = list(_locked([each.pk for each in bindings]).filter(state__in=Binding.OPEN))
    for binding in found:
        _end(binding, actor)
    return {binding.pk: None for binding in found}


def end_bindings_of(person: Person, actor: Actor, at: datetime) -> int:
    """End a person's bindings whose time has come; return how many.

    An end that is ahead is left to the job that carries out the end of the occupancy.
    """
    return len(end_all(open_bindings_of(person), actor)) if at <= clock.now() else 0


def open_bindings_of(person: Person) -> QuerySet[Binding]:
    """Return the bindings of a person that go on, unless they are ended."""
    return Binding.objects.filter(person=person, state__in=Binding.OPEN).select_related("user")


def waiting_at(site: Site) -> QuerySet[Binding]:
    """Return the requests for access that wait at a site."""
    return Binding.objects.filter(site=site, state=State.PENDING)


def to_approve(person: Person) -> QuerySet[Binding]:
    """Return the requests that a person may approve: those of who occupies a unit they own."""
    then = Occupancy.objects.filter(on_day(today(person.site)))
    owned = then.filter(person=person, role=Occupancy.Role.OWNER).exclude(unit=None)
    there = then.filter(unit__in=owned.values("unit"), person=OuterRef("person"))
    rows = Binding.objects.filter(Exists(there), state=State.PENDING, site=person.site)
    return rows.exclude(person=person).select_related("site", "person").order_by("requested_at")


def _request(user: User, person: Person) -> Binding:
    now = clock.now()
    binding = Binding.objects.create(site=person.site, user=user, person=person, requested_at=now)
    _record(binding, user, "request access")
    return binding


@transaction.atomic
def _decide(binding: Binding, actor: User, state: str) -> Binding:
    locked = _locked([binding.pk]).get()
    if locked.state != State.PENDING:
        raise Rejection(
            "binding",
            "not_pending",
            _("this request was decided or withdrawn meanwhile"),
            _("reload the page"),
        )
    _apply(locked, actor, state)
    return locked


def _apply(binding: Binding, actor: User, state: str) -> None:
    binding.state, binding.decided_at = state, clock.now()
    binding.decided_by = actor.get_username()
    binding.save(update_fields=list(UNDOABLE))
    _record(binding, actor, "approve access" if state == State.APPROVED else "refuse access")
    if state == State.APPROVED or _has_address_of_person(binding):
        decided = {"binding": binding.pk, "state": state, "at": binding.decided_at.isoformat()}
        outbox.put(DECISION_MAIL, f"access-decided:{binding.pk}:{decided['at']}", decided)


def _has_address_of_person(binding: Binding) -> bool:
    """Whether the user has confirmed the person's address.

    Others get no mail of a refusal: it would say that the name and the unit that they tried match.
    """
    account = ResidentAccount.objects.filter(user=binding.user_id).first()
    own = binding.person.email.casefold()
    return account is not None and bool(own) and account.email.casefold() == own


def _end(binding: Binding, actor: Actor) -> None:
    binding.state, binding.ended_at = State.ENDED, clock.now()
    binding.ended_by = actor.get_username() if isinstance(actor, User) else actor
    binding.save(update_fields=["state", "ended_at", "ended_by"])
    _record(binding, actor, "end portal access")


def _locked(keys: list[int]) -> QuerySet[Binding]:
    """Return the bindings, locked in one order, so that overlapping selections don't deadlock."""
    rows = Binding.objects.select_for_update(of=("self",)).select_related("site", "person", "user")
    return rows.filter(pk__in=keys).order_by("pk")


def _record(binding: Binding, actor: Actor, action: str) -> None:
    subject = ("person", binding.person_id)
    audit.record(binding.site, actor, action, subject, binding=binding.pk)


def _occupants(site: Site, unit: str) -> QuerySet[Person]:
    building, dash, code = unit.strip().rpartition("-")
    there = Q(unit__code__iexact=code) & (Q(unit__building__code__iexact=building) if dash else Q())
    then = Occupancy.objects.filter(on_day(today(site)), there, site=site)
    return Person.objects.filter(site=site, pk__in=then.values("person"), erased_at=None)
