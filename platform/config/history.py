"""Generate a year of history for tests and benchmarks: sites, people, cars, stays and money.

The same seed makes the same rows, except for ids that must not be guessed. Each room makes its
part; the stays are derived, priced and charged by the code that takes records in bulk.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.queues import Queue
from queue import Empty
from random import Random

from django.db import connection, connections, transaction

from access import history as access
from access.models import Decision, Movement, Passage, PlateRead
from billing.models import Allocation, Charge, LedgerEntry, LedgerLine, Payment, PaymentItem
from config import database_roles
from core import audit, clock
from core.bulk_loading import drop_indexes, restore_indexes
from core.models import AuditEntry, Site, User
from core.permissions import StandardRole
from core.plates import fold
from estate import history as estate
from estate.models import Lot
from incidents import history as incidents
from parking import demo as prices
from parking.history import LotHistory
from parking.models import Stay
from people import history as people
from people.staff import create_account, grant_role

ACTOR = "make_history"
# Two processes have half of the cars each: one the odd sites, one the even ones.
_WEIGHTS = (30, 28, 12, 22, 8)
_PART_DAYS = 7
# The plates of one site have numbers from a range of their own.
_PLATES_OF_SITE, _VISITORS_FROM, _LISTED_FROM = 10_000_000, 100_000, 50_000
_PASSAGES_PER_INCIDENT, _PASSAGES_PER_LISTED, _WATCHED = 100, 100, 40
_PATIENCE_S = 1.0
# From so many passages on, indexes and foreign keys are built at the end.
_LONG = 100_000
# The triggers of the books look up rows of the last two by their indexes.
_LOOKED_UP = (LedgerLine, Allocation)
_LOADED = (
    *(Passage, PlateRead, Movement, Decision, Stay),
    *(Charge, Payment, PaymentItem, LedgerEntry, AuditEntry),
    *_LOOKED_UP,
)
MANAGER, GUARD = "history-manager", "history-guard"
Report = Callable[[int], None]


@dataclass(frozen=True)
class Sizes:
    """How much history is made, over all sites together; numbers of rows are approximate."""

    sites: int = 5
    units: int = 10_000
    people: int = 25_000
    passages: int = 2_000_000
    days: int = 365
    seed: int = 1

    def share(self, number: int, of_all: int) -> int:
        """Return the part of a size that the site of that number has."""
        weights = [_WEIGHTS[place % len(_WEIGHTS)] for place in range(self.sites)]
        return max(1, of_all * weights[number - 1] // sum(weights))

    def chance(self, *names: object) -> Random:
        """Return the random numbers for a part of the history."""
        return Random("/".join(map(str, (self.seed, *names))))  # noqa: S311 - no secrets


def make_history(sizes: Sizes, until: datetime, processes: int, report: Report) -> dict[str, str]:
    """Make the history until an instant.

    Args:
        processes: so many work at once on different sites; with 1 it is this one.
        report: takes the number of passages made since it was called last.

    Returns:
        The passwords of the new staff by username.
    """
    passwords = dict(create_account(name) for name in (MANAGER, GUARD))
    for number in range(1, sizes.sites + 1):
        _make_site(sizes, number, until)
    with _bulk_loading(sizes):
        numbers = list(range(1, sizes.sites + 1))
        groups = [group for place in range(processes) if (group := numbers[place::processes])]
        if processes == 1:
            _make_stays(sizes, numbers, until, report)
        else:
            _make_at_once(sizes, groups, until, report)
    return {user.username: password for user, password in passwords.items()}


@contextmanager
def _bulk_loading(sizes: Sizes) -> Iterator[None]:
    """Leave indexes and foreign keys until the end of a long history of a database of its own."""
    if sizes.passages < _LONG or Site.objects.count() > sizes.sites:
        yield
        return
    with database_roles.as_owner() as is_owner:
        if is_owner:
            drop_indexes(_LOADED, _LOOKED_UP)
    try:
        yield
    finally:
        with database_roles.as_owner():
            restore_indexes(_LOADED)


@transaction.atomic
def _make_site(sizes: Sizes, number: int, until: datetime) -> None:
    """Make a site with all but its cars."""
    chance = sizes.chance(number)
    manager, guard = _staff()
    site = estate.create_site(number, sizes.share(number, sizes.units), manager, chance)
    audit.record(site, ACTOR, "generate history", ("site", site.pk), seed=sizes.seed)
    grant_role(site, GUARD, StandardRole.GUARD, ACTOR)
    since = until - timedelta(days=sizes.days + 1)
    for lot in Lot.objects.filter(site=site).order_by("pk"):
        prices.publish_prices(lot, manager, since)
    first, passages = number * _PLATES_OF_SITE, sizes.share(number, sizes.passages)
    residents = sizes.share(number, sizes.people)
    people.register_people(site, residents, first, since, chance)
    listed = max(1, passages // _PASSAGES_PER_LISTED)
    access.fill_lists(site, manager, listed, first + _LISTED_FROM, until, chance)
    watched = [people.plate_of(first + _VISITORS_FROM + place) for place in range(_WATCHED)]
    incidents.watch_plates(
        site, manager, guard, {plate: fold(plate) for plate in watched}, until, chance
    )
    alarms = max(1, passages // _PASSAGES_PER_INCIDENT)
    incidents.raise_incidents(site, guard, alarms, until, sizes.days, chance)


def _staff() -> tuple[User, User]:
    return User.objects.get(username=MANAGER), User.objects.get(username=GUARD)


class _SiteHistory:
    """The cars of one site, and the stays of its lots."""

    def __init__(self, sizes: Sizes, number: int, until: datetime) -> None:
        self._site = Site.objects.get(slug=f"{estate.PREFIX}{number}")
        self._sizes, self._number, self._until = sizes, number, until
        _manager, guard = _staff()
        lots = Lot.objects.filter(site=self._site).select_related("site").order_by("pk")
        self._lots = [LotHistory(lot, guard, until) for lot in lots]
        # A visit has an entry and an exit.
        self._visits = sizes.share(number, sizes.passages) // 2
        self._traffic = access.Traffic(
            lots=[each.lot for each in self._lots],
            residents=people.plates_of(self._site),
            first_plate=number * _PLATES_OF_SITE + _VISITORS_FROM,
            regulars=access.regulars_among(self._visits),
            until=until,
        )

    def make(self, begins: datetime, days: int) -> int:
        """Make the part of so many days, and return how many passages it has."""
        chance = self._sizes.chance(self._number, begins.date())
        visits = round(self._visits * days / self._sizes.days)
        reads = self._traffic.reads(begins, days, visits, chance)
        made = 0
        for lot in self._lots:
            own = [read for read in reads if read.lane.lot_id == lot.lot.pk]
            made += lot.add(own, begins + timedelta(days=days), chance)
        return made


def _make_stays(sizes: Sizes, numbers: Sequence[int], until: datetime, report: Report) -> None:
    """Make the cars of these sites, part after part by time as they would have come."""
    with connection.cursor() as cursor:
        # What a crash would lose is made again.
        cursor.execute("SET synchronous_commit = off")
    sites = [_SiteHistory(sizes, number, until) for number in numbers]
    begins = clock.midnight(until.date() - timedelta(days=sizes.days - 1), "Asia/Shanghai")
    parent = multiprocessing.parent_process()
    for day in range(0, sizes.days, _PART_DAYS):
        if parent is not None and not parent.is_alive():
            raise SystemExit("the command that waits for this process was killed")
        days = min(_PART_DAYS, sizes.days - day)
        for site in sites:
            report(site.make(begins + timedelta(days=day), days))


def _make_at_once(
    sizes: Sizes, groups: Sequence[Sequence[int]], until: datetime, report: Report
) -> None:
    """Make the cars of each group of sites in a process of its own.

    Raises:
        RuntimeError: a process failed; it has printed why.
    """
    forking = multiprocessing.get_context("fork")
    made: Queue[int] = forking.Queue()
    connections.close_all()  # no two processes may share one
    workers = [
        forking.Process(target=_make_stays, args=(sizes, group, until, made.put), daemon=True)
        for group in groups
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers) or not made.empty():
        try:
            report(made.get(timeout=_PATIENCE_S))
        except Empty:
            continue
        if any(worker.exitcode for worker in workers):
            break
    for worker in workers:
        if any(each.exitcode for each in workers):
            worker.terminate()
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a process that made history failed")
