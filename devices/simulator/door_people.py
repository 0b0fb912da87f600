"""The people who pass simulated doors, and what they show there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Passer:
    """A person who passes doors.

    Attributes:
        id: under which terminals know the person.
        card: as a reader of our own protocol reports it, such as ``87-20101``; empty for none.
        pin, code: of six digits, and the text of a printed QR code; empty for none.
    """

    id: str
    card: str = ""
    pin: str = field(default="", repr=False)
    code: str = field(default="", repr=False)

    def shows(self, means: Collection[str]) -> dict[str, str]:
        """Return what the person has of these means, by means."""
        own = {"card": self.card, "pin": self.pin, "qr": self.code}
        return {each: value for each, value in own.items() if value and each in means}

    @property
    def wiegand(self) -> int:
        """The card's number as a door controller reports it: facility × 100000 + number."""
        facility, _hyphen, number = self.card.rpartition("-")
        return int(facility or 0) * 100_000 + int(number) if number else 0


def draw(chance: Random, people: Sequence[Passer]) -> Passer | None:
    """Draw a person; None where there are none."""
    return chance.choice(people) if people else None
