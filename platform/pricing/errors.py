"""Errors of the tariff engine, each with the path of the fault and a hint."""


class PricingError(ValueError):
    """A tariff or a stay that cannot be priced.

    ``at`` names the faulty field by its path, such as ``elements[1].steps[0].unit`` or ``exit``;
    ``message`` describes the fault and what to write instead.
    """

    def __init__(self, at: str, message: str) -> None:
        super().__init__(f"{at}: {message}")
        self.at = at
        self.message = message


class TariffError(PricingError):
    """The tariff document is faulty."""


class StayError(PricingError):
    """The stay, or a payment made for it, is faulty."""
