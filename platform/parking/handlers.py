"""Parking's event handlers: decisions, corrections and payments change the stays."""

from access.events import Decided, PlateCorrected, TurnedBack
from access.models import Decision
from billing.events import ChargePaid
from core.events import subscribe, subscribe_durable
from parking import charges, quotes, services
from parking.context import stay_facts
from parking.models import Stay


def register() -> None:
    """Subscribe parking to the events of access and billing."""
    subscribe(Decided, _decided)
    subscribe(TurnedBack, _turned_back)
    subscribe(PlateCorrected, _corrected)
    subscribe_durable(ChargePaid, on_charge_paid)


def _decided(event: Decided) -> None:
    decision, passage, context = event.decision, event.passage, event.context
    facts = stay_facts(context)
    if decision.outcome == Decision.Outcome.PAY and facts.stay is not None:
        # The lane's screen, the payment page and the cash dialog show this amount.
        quotes.make_quote(facts.stay, owed=facts.due)
    if decision.outcome != Decision.Outcome.OPEN:
        return
    if decision.rule == "reread":
        services.move_to_passage(decision.facts["passage"], passage)
    elif passage.direction == "entry":
        services.open_stay(passage, context.permit, facts.tariff, facts.before)
    elif facts.stay is not None:
        services.close_stay(facts.stay, passage, facts.due)
    else:
        services.close_by_plate(passage)


def _turned_back(event: TurnedBack) -> None:
    services.undo_passage(event.passage)


def _corrected(event: PlateCorrected) -> None:
    services.rename_stay(event.passage, event.before)


def on_charge_paid(event: ChargePaid) -> None:
    """Let the car of a paid stay out; runs after the payment's transaction has committed."""
    if event.source_type == charges.KIND:
        services.re_evaluate_paid(Stay.objects.get(public_id=event.source_id))
