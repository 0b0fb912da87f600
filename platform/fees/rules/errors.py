"""Errors of fee calculations."""


class FeeError(ValueError):
    """A fee that cannot be calculated.

    Attributes:
        code: what is wrong, such as ``reading_decreased``.
        at: the path of the faulty field, such as ``tiers[1]``.
    """

    def __init__(self, code: str, at: str) -> None:
        super().__init__(f"{at}: {code}")
        self.code, self.at = code, at
