"""What a check receives about a person at a door, and what it returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from doors import profiles
from doors.admission import RightInForce
from doors.codes import Code
from doors.models import DoorPassage

IN, OUT = "in", "out"


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group of the door.

    Attributes:
        passback: of `estate.models.DoorGroup.Passback`.
        forgiven_after: how long an entry counts; None: until a guard forgives it.
        is_released: fire release holds.
        is_locked: a lock-down holds.
    """

    pk: int
    passback: str = "off"
    forgiven_after: timedelta | None = None
    is_released: bool = False
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class DoorFacts:
    """A door and its rules.

    Attributes:
        type: of `estate.models.Door.Type`.
        direction: in which people pass who use this device; empty where it may be either.
        open_hours: when it is open to all; None: never.
    """

    pk: int
    site_id: int
    timezone: str
    name: str = ""
    direction: str = ""
    zone: int | None = None
    people_limit: int | None = None
    second_factor: bool = False
    unlock_seconds: int | None = None
    held_open_seconds: int | None = None
    open_hours: profiles.Profile | None = None
    groups: tuple[GroupFacts, ...] = ()
    type: str = "entrance"


@dataclass(frozen=True, slots=True)
class Shown:
    """A credential that is known at the site.

    Attributes:
        means: by which it was shown.
        person: whose it is; None for a visitor's.
        card, token: the key of its row; None where it has none there.
        state: of `doors.models.Credential.State`.
        is_locked: a PIN that was refused too often.
        is_duress: the PIN that calls for help.
        code: what a QR code said.
        is_used: the code has opened this door in its step before.
        visit: of a visitor, the key of the visit.
        only_door: the one door that it opens; None for any.
        is_single_use: it ends as soon as it has opened a door.
    """

    means: str
    person: int | None
    card: int | None = None
    token: int | None = None
    state: str = "active"
    begins_on: date | None = None
    ends_on: date | None = None
    is_locked: bool = False
    is_duress: bool = False
    code: Code | None = None
    is_used: bool = False
    visit: int | None = None
    only_door: int | None = None
    is_single_use: bool = False

    @property
    def holder(self) -> tuple[int | None, int | None]:
        """Whose it is: the keys of the person and of the visit, of which one is None."""
        return self.person, self.visit

    def is_valid_on(self, day: date) -> bool:
        """Whether its period covers a day."""
        begun = self.begins_on is None or self.begins_on <= day
        return begun and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A visit, as far as a door is concerned.

    Attributes:
        is_approved: the visitor may come.
        is_inside: they have come in at the site's edge, and not left.
        entries_left: how often they may still come in.
        begins_entry: passing this door inwards is another entry.
        companions: how many come along.
    """

    is_approved: bool = True
    is_inside: bool = False
    entries_left: int = 1
    begins_entry: bool = False
    companions: int = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """The last direction in which the person passed a group.

    Attributes:
        is_forgiven: a guard has forgiven it.
    """

    direction: str
    at: datetime
    is_forgiven: bool = False


@dataclass
class DoorContext:
    """One person at one door, at the moment of the decision.

    Attributes:
        at: the instant that the rules are applied to.
        means: by which the person showed who it is.
        asked: the device waits for the answer; otherwise it has decided.
        late: the message is about a time that is over.
        door: None: the device serves no door in use.
        shown, second: the credentials, if they are known; the second one where one was given.
        second_means: by which means a second factor was shown, known or not; empty for none.
        rights: those at the door's groups whose period covers the instant.
        passed: the last passes of the person by group.
        inside: how many other people are in the door's zone, where it has a limit; companions of
            visitors count.
        unknown_pins: how many unknown PINs were entered at the door lately.
        visit: of a visitor.
    """

    at: datetime
    means: str
    asked: bool = True
    late: bool = False
    door: DoorFacts | None = None
    shown: Shown | None = None
    second: Shown | None = None
    second_means: str = ""
    rights: Sequence[RightInForce] = ()
    passed: Mapping[int, Passed] = field(default_factory=dict)
    inside: int = 0
    unknown_pins: int = 0
    visit: VisitFacts | None = None

    @property
    def party(self) -> int:
        """How many people come in: the one who asks, and a visitor's companions."""
        return 1 + (self.visit.companions if self.visit else 0)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    Attributes:
        outcome: of `DoorPassage.Outcome` if the check decides; None passes on to the next one.
        facts: JSON values that the reason's text needs; None where the trace needs no detail.
        rule: the rule's code where it differs from the check's own.
    """

    outcome: DoorPassage.Outcome | None = None
    facts: dict[str, Any] | None = None
    rule: str = ""


NO_FINDING = CheckResult()
