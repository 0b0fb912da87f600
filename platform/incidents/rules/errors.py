"""The error of a faulty alarm rule."""

from typing import Any


class RuleError(ValueError):
    """A definition that is no alarm rule.

    Attributes:
        at: path of the faulty field, such as ``condition.parts[1].limit``.
        code: what is wrong with it, stable: texts and tests refer to it.
        params: the values that belong into the text.
    """

    def __init__(self, at: str, code: str, **params: Any) -> None:
        super().__init__(f"{at}: {code}")
        self.at = at
        self.code = code
        self.params = params
