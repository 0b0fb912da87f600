"""What parking does when access has decided: stays open, close, are undone and renamed."""

from access.models import Decision
from access.sight import Decided, PlateCorrected, TurnedBack
from devices import events
from parking import services
from parking.models import Stay


def subscribe() -> None:
    """Have decisions change the stays."""
    events.subscribe(Decided, _decided)
    events.subscribe(TurnedBack, _turned_back)
    events.subscribe(PlateCorrected, _corrected)


def _decided(event: Decided) -> None:
    opened = event.decision.outcome == Decision.Outcome.OPEN
    if not opened or event.decision.rule == "reread":
        return
    if event.passage.direction == "entry":
        memo = event.sight.memo
        services.open_stay(
            event.passage, memo.get("cover"), memo.get("tariff"), memo.get("rules")
        )
        return
    stay = event.sight.memo.get("stay") or _inside(event)
    if stay is not None:
        services.close_stay(stay, event.passage)


def _inside(event: Decided) -> Stay | None:
    """Find the stay of a car that a person let out."""
    passage = event.passage
    return Stay.objects.filter(
        lot=passage.lane.lot_id, plate=passage.plate, status=Stay.Status.OPEN
    ).first()


def _turned_back(event: TurnedBack) -> None:
    services.undo(event.passage)


def _corrected(event: PlateCorrected) -> None:
    services.rename_stay(event.passage, event.before)
