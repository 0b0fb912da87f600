"""A lane's card: its latest car, the decision about it, and the amount due."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from access import labels
from access.models import Passage
from access.selectors import LaneView, lane_board, recent_passages
from access.visitors import unit_visited
from core.models import Site
from estate.models import Unit
from parking.charging import Due
from parking.models import Stay
from parking.quotes import quoted_due
from people.selectors import units_of_plates
from ui.payment_links import pay_url, qr_code

#: The tone of a passage's state, as in ui/static/ui/theme.css.
TONES = {
    Passage.State.READING: "busy",
    Passage.State.HELD: "wait",
    Passage.State.UNPAID: "pay",
    Passage.State.REFUSED: "stop",
    Passage.State.OPENING: "busy",
    Passage.State.OPEN: "go",
    Passage.State.UNANSWERED: "stop",
    Passage.State.PASSED: "",
    Passage.State.TURNED_BACK: "",
}
_WAITING = (
    Passage.State.READING,
    Passage.State.HELD,
    Passage.State.UNPAID,
    Passage.State.REFUSED,
    Passage.State.UNANSWERED,
)
_GOING = (Passage.State.OPENING, Passage.State.OPEN)
_EARLIER = 4
#: Suggested reasons for opening a barrier by hand.
LIFT_REASONS = [
    _("Delivery, checked at the gate"),
    _("Emergency vehicle"),
    _("Resident known to the guard"),
    _("Payment machine or phone not working"),
    _("Camera does not read the plate"),
    _("Paid another way"),
]


@dataclass(frozen=True)
class LaneBoard:
    """What the cards of a board read together, so that each lane asks no queries of its own."""

    site: Site
    views: Sequence[LaneView]

    @cached_property
    def recent(self) -> dict[int, list[Passage]]:
        """The latest passages by lane."""
        return recent_passages([view.lane.pk for view in self.views], _EARLIER + 1)

    @cached_property
    def units(self) -> dict[str, Unit]:
        """The units of the residents and tenants whose cars are at the lanes, by plate."""
        cars = [view.passage for view in self.views if view.passage]
        return units_of_plates(self.site, [car.plate for car in cars])


@dataclass(frozen=True)
class LaneCard:
    """One lane of the board."""

    board: LaneBoard
    view: LaneView

    @property
    def site(self) -> Site:
        """The lane's site."""
        return self.board.site

    @property
    def passage(self) -> Passage | None:
        """The latest passage of the lane."""
        return self.view.passage

    @property
    def tone(self) -> str:
        """The tone of the passage's state."""
        return TONES.get(Passage.State(self.passage.state), "") if self.passage else ""

    @property
    def is_unread(self) -> bool:
        """Whether the car's photo is still being read, so that nobody knows its plate."""
        car = self.passage
        return car is not None and car.state == Passage.State.READING and not car.plate

    @property
    def waits(self) -> bool:
        """Whether a car stands at the lane and may need a guard."""
        return self.passage is not None and self.passage.state in _WAITING

    @property
    def going(self) -> bool:
        """Whether a car was let through and has not passed yet."""
        return self.passage is not None and self.passage.state in _GOING

    @property
    def why(self) -> str:
        """The reason for the decision as a sentence; empty without a decision."""
        decision = self.view.decision
        return labels.reason_label(decision.rule, decision.facts) if decision else ""

    @cached_property
    def unit(self) -> Unit | None:
        """The unit of the resident or tenant to whom the car is registered."""
        return self.board.units.get(self.passage.plate) if self.passage else None

    @cached_property
    def unit_visited(self) -> Unit | None:
        """The home that expects the visitor whose pass let the car in."""
        return unit_visited(self.view.decision) if self.view.decision else None

    @property
    def may_be_visitor(self) -> bool:
        """Whether a visitor pass may let the car in that waits here."""
        return bool(
            self.waits and self.passage and self.passage.plate and self.passage.direction == "entry"
        )

    @cached_property
    def candidates(self) -> list[str]:
        """Plates inside that an exit without an entry may belong to."""
        decision = self.view.decision
        found = decision.facts.get("candidates", []) if decision and self.waits else []
        return [each["plate"] for each in found]

    @cached_property
    def stay(self) -> Stay | None:
        """The stay that has to be paid before the car may leave."""
        decision = self.view.decision
        if not self.passage or not decision or self.passage.state != Passage.State.UNPAID:
            return None
        return (
            Stay.objects.filter(site=self.site, pk=decision.facts.get("stay"))
            .select_related("lot", "tariff", "visitor_pass", "site")
            .first()
        )

    @cached_property
    def due(self) -> Due | None:
        """The amount that the stay owes, by its quote."""
        return quoted_due(self.stay) if self.stay else None

    @property
    def pay_url(self) -> str:
        """The URL of the payment page, or an empty text."""
        return pay_url(self.stay) if self.stay else ""

    @property
    def qr(self) -> SafeString:
        """The URL of the payment page as a QR code."""
        return qr_code(self.pay_url)

    @cached_property
    def earlier(self) -> list[Passage]:
        """The passages before this one; a newer one, recorded meanwhile, is left out."""
        recent = self.board.recent.get(self.view.lane.pk, [])
        return [each for each in recent if self.passage and _before(each, self.passage)]


def lane_cards(site: Site) -> list[LaneCard]:
    """Return the cards of the site's lanes."""
    return cards_of(site, lane_board(site))


def cards_of(site: Site, views: Sequence[LaneView]) -> list[LaneCard]:
    """Return the cards of these lanes of the site."""
    board = LaneBoard(site, views)
    return [LaneCard(board, view) for view in views]


def _before(one: Passage, other: Passage) -> bool:
    return (one.at, one.pk) < (other.at, other.pk)
