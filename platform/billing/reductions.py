"""What was taken off penalties after they were posted, such as a waiver with its reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from billing import explanations, ports
from billing.explanations import LineText
from billing.ledger import Party
from billing.models import Charge
from billing.services.charging import Cause, any_of
from core.models import Site
from core.money import Money

# Corrections that pages show by themselves.
_SHOWN_ELSEWHERE = {"credit_note", "write_off"}

_LOWERED = Q(revision__gt=0, amount__lt=0, state__in=Charge.POSTED)


@dataclass(frozen=True, slots=True)
class Reduction:
    """What was taken off a penalty.

    Attributes:
        charge: the revision that lowered it.
        text: what it was and why, in the active language.
        money: above zero.
    """

    charge: Charge
    text: LineText
    money: Money


def reductions_of(charges: Iterable[Charge]) -> dict[Cause, list[Reduction]]:
    """Return what was taken off the penalties among charges, by their causes."""
    causes = {Cause.of(each) for each in charges if ports.is_penalty(each.source_type)}
    found: dict[Cause, list[Reduction]] = {}
    if causes:
        for each in _of(Charge.objects.filter(_LOWERED, any_of(causes)).order_by("pk")):
            found.setdefault(Cause.of(each.charge), []).append(each)
    return found


def reductions_for(site: Site, payer: Party, most: int) -> list[Reduction]:
    """Return what was taken off a payer's penalties, the latest first."""
    rows = Charge.objects.filter(
        _LOWERED,
        site=site,
        payer_type=payer[0],
        payer_id=payer[1],
        source_type__in=ports.penalty_kinds(),
    )
    return list(_of(rows.order_by("-opened_at", "-pk")[:most]))


def _of(rows: Iterable[Charge]) -> Iterator[Reduction]:
    for each in rows:
        lines = [line for line in each.lines if line.get("kind") not in _SHOWN_ELSEWHERE]
        if lines:
            text = explanations.explain(each, lines, each.amount)[0]
            yield Reduction(each, text, Money(-each.amount, each.currency))
