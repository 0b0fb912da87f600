"""The stays of generated history, derived, priced and paid as those of a batch of records."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction

from access.bulk import PastRead, passages_of
from access.history import PastDecision, store
from access.models import Decision, Passage
from billing.models import Payment
from billing.services import NewCharge, NewPayment, create_charges
from core.copying import copy_rows
from core.models import User
from estate.models import Lot
from parking import bulk, facts
from parking.adjusting import Target
from parking.charging import QUOTE_HOLDS
from parking.models import Stay

_UNPAID, _CASH = 0.004, 0.28
_DECIDED, _PAID = timedelta(milliseconds=400), timedelta(seconds=25)
_ENTRY_RULES = {Stay.Cover.RESIDENT: "resident", Stay.Cover.ALLOW: "allow_list"}
_Outcome = Decision.Outcome


@dataclass(slots=True)
class _Part:
    """What one part of a lot's history brings."""

    stays: list[Stay] = field(default_factory=list)
    payments: dict[str, NewPayment] = field(default_factory=dict)
    # By passage.
    decisions: dict[int, list[PastDecision]] = field(default_factory=lambda: defaultdict(list))
    needed: set[int] = field(default_factory=set)


@dataclass
class LotHistory:
    """The stays of one lot, part after part by time.

    Attributes:
        guard: who takes cash and opens for cars that do not pay.
        until: the latest instant of the history.
    """

    lot: Lot
    guard: User
    until: datetime
    _basis: bulk.Basis = field(init=False)
    # The passages of cars that were not seen leaving yet, and their reads.
    _inside: dict[str, dict[int, Passage]] = field(init=False, default_factory=dict)
    _reads: dict[int, PastRead] = field(init=False, default_factory=dict)
    _left: dict[str, Target] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._basis = bulk.basis_of(self.lot)

    @transaction.atomic
    def add(self, reads: Sequence[PastRead], ends: datetime, chance: Random) -> int:
        """Store the next part with its stays and return how many passages it has.

        Args:
            reads: by time; each car that came before the end, with when it left.
            ends: when the next part begins. Of the last one, whose end is not before ``until``,
                cars that were not seen leaving are inside.
        """
        by_plate = self._passages(reads)
        self._basis.permits = bulk.permits_of(self.lot.site_id, list(by_plate))
        part = _Part()
        for plate, passages in by_plate.items():
            self._add_stays(part, plate, passages, chance, is_last=ends >= self.until)
        found = [each for own in by_plate.values() for each in own.values()]
        self._store(part, sorted(found, key=lambda each: each.pk))
        # Of the others, no later stay depends.
        since = ends - timedelta(minutes=self._basis.rules.reentry_minutes)
        self._left = {plate: each for plate, each in self._left.items() if _left_at(each) > since}
        return len(found)

    def _passages(self, reads: Sequence[PastRead]) -> dict[str, dict[int, Passage]]:
        """Return the passages by plate, with those of cars that are inside since earlier parts."""
        by_plate: dict[str, dict[int, Passage]] = defaultdict(dict)
        for passage, read in zip(passages_of(reads), reads, strict=True):
            passage.site = self.lot.site
            facts.annotate(passage, movement=read.movement, moved_at=read.moved_at)
            self._reads[passage.pk] = read
            by_plate[passage.plate][passage.pk] = passage
        for plate in self._inside.keys() & by_plate.keys():
            by_plate[plate] = self._inside.pop(plate) | by_plate[plate]
        return by_plate

    def _add_stays(
        self,
        part: _Part,
        plate: str,
        passages: dict[int, Passage],
        chance: Random,
        *,
        is_last: bool,
    ) -> None:
        targets = bulk.targets_of(self._basis, plate, dict(passages), self._left.get(plate))
        for target, before in targets:
            if target.span.status == Stay.Status.OPEN and not is_last:
                key = target.span.entry.key
                self._inside[plate] = {key: passages.pop(key)}
                continue
            stay = bulk.new_stay(self._basis, target, before)
            self._settle(part, stay, chance)
            part.stays.append(stay)
            self._left[plate] = target

    def _settle(self, part: _Part, stay: Stay, chance: Random) -> None:
        """Let a stay be paid or not, and note what was decided at its lanes."""
        entry, left = stay.entry_passage_id or 0, stay.exit_passage_id
        rule = _ENTRY_RULES.get(Stay.Cover(stay.cover), "tariff")
        noted = {"tariff": str(stay.tariff)} if rule == "tariff" else {}
        part.decisions[entry].append(_opened(rule, stay.entered_at + _DECIDED, facts=noted))
        if stay.status == Stay.Status.OPEN:
            part.needed.add(entry)
        if left is None or stay.left_at is None:
            return
        if stay.price:
            part.decisions[left] += self._ask_for_money(part, stay, stay.left_at, chance)
        else:
            rule = "covered" if stay.cover else "free"
            part.decisions[left].append(_opened(rule, stay.left_at + _DECIDED))

    def _ask_for_money(
        self, part: _Part, stay: Stay, at: datetime, chance: Random
    ) -> list[PastDecision]:
        """Let a car at the exit pay, or leave without, and return the decisions about it."""
        due = {"due": stay.price, "currency": stay.currency}
        asked = PastDecision("due", _Outcome.PAY, at + _DECIDED, due)
        if chance.random() < _UNPAID:
            part.needed |= {stay.entry_passage_id or 0, stay.exit_passage_id or 0}
            why = "could not pay"
            return [asked, _opened("manual_lift", at + _PAID, actor=self.guard, reason=why)]
        part.payments[stay.public_id] = self._payment(stay, at, chance)
        stay.review = [code for code in stay.review if code != "left_unpaid"]
        return [asked, _opened("paid", at + _PAID)]

    def _payment(self, stay: Stay, at: datetime, chance: Random) -> NewPayment:
        """Return the payment of a stay whose car has just come to the exit."""
        by_hand = chance.random() < _CASH
        return NewPayment(
            provider=Payment.Provider.OFFLINE if by_hand else Payment.Provider.STRIPE,
            offered_at=at,
            expires_at=at + QUOTE_HOLDS,
            created_at=at + (_PAID if by_hand else _DECIDED),
            paid_at=at + _PAID,
            reference=None if by_hand else f"cs_history_{secrets.token_hex(8)}",
            taken_by=self.guard.get_username() if by_hand else "",
            taken_by_name=self.guard.get_full_name() if by_hand else "",
            basis=str(stay.tariff),
        )

    def _store(self, part: _Part, passages: Sequence[Passage]) -> None:
        reads = [self._reads.pop(each.pk) for each in passages]
        limit = self.until - timedelta(days=settings.PASSAGE_DAYS)
        redacted = {
            each.pk for each in passages if each.received_at < limit and each.pk not in part.needed
        }
        store(passages, reads, partial(self._decisions, part), redacted)
        copy_rows(part.stays)
        create_charges(self.lot.site, [_charge(stay, part.payments) for stay in part.stays])

    def _decisions(self, part: _Part, passage: Passage, read: PastRead) -> Sequence[PastDecision]:
        refused = PastDecision(
            "manual_refusal",
            _Outcome.REFUSE,
            read.at + _DECIDED,
            actor=self.guard,
            reason="has no business here",
        )
        return part.decisions.get(passage.pk) or [refused]


def _opened(rule: str, at: datetime, **more: Any) -> PastDecision:
    """Return a decision to open the barrier."""
    return PastDecision(rule, _Outcome.OPEN, at, **more)


def _left_at(target: Target) -> datetime:
    return target.span.left_at or target.span.entry.at


def _charge(stay: Stay, payments: Mapping[str, NewPayment]) -> NewCharge:
    payment = payments.get(stay.public_id)
    if payment is not None and payment.taken_by:
        payment = replace(payment, subject=("stay", stay.pk))
    return bulk.new_charge(stay)._replace(created_at=stay.entered_at, payment=payment)
