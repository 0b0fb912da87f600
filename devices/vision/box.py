"""A rectangle in a photo."""

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in the pixels of the upright photo; the origin is its top left corner."""

    x: int
    y: int
    width: int
    height: int
