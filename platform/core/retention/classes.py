"""The classes of personal data, with their standard periods (specification, R5)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class DataClass:
    """One class of personal data.

    Attributes:
        code: its name in the database.
        label: what it is called on pages.
        counted_from: from when its period counts, for pages.
        standard: returns its standard period in days.
        shortest: fewest days that a site may set.
        longest: most days that a site may set.
    """

    code: str
    label: Text
    counted_from: Text
    standard: Callable[[], int]
    shortest: int = 1
    longest: int = 3650


_classes: dict[str, DataClass] = {}


def register(data: DataClass) -> None:
    """Declare a class of data; called by the room that holds it."""
    _classes[data.code] = data


def find_class(code: str) -> DataClass:
    """Return the class of that code.

    Raises:
        KeyError: no room has registered it.
    """
    return _classes[code]


def all_classes() -> list[DataClass]:
    """Return the classes of all rooms, in the order in which rooms declare them."""
    return list(_classes.values())
