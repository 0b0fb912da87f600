"""Errors of the tariff engine, each with the path of the fault and a hint."""

from typing import Any


class PricingError(ValueError):
    """A tariff or a stay that cannot be priced.

    ``at`` names the faulty field by its path, such as ``elements[1].steps[0].unit`` or ``exit``;
    ``message`` describes the fault and what to write instead. ``code`` is stable and ``params`` are
    the values in the message, so that pages can translate it; faults of the JSON's shape have none.
    """

    def __init__(self, at: str, message: str, code: str = "", **params: Any) -> None:
        super().__init__(f"{at}: {message}")
        self.at = at
        self.message = message
        self.code = code
        self.params = params


class TariffError(PricingError):
    """The tariff document is faulty."""


class StayError(PricingError):
    """The stay, or a payment made for it, is faulty."""
