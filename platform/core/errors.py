"""The exception of a business rule that rejects a request or a message."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)  # not frozen: Python itself sets an exception's traceback
class Rejection(Exception):  # noqa: N818 - an expected outcome, not a fault of the program
    """A rule that rejects an input, with the field at fault and the way to correct it.

    Attributes:
        field: the input's name, as its sender wrote it, such as ``at`` or ``m.speed``.
        code: a stable identifier in snake_case, such as ``not_a_number``; programs, tests and
            translations refer to it, never to the texts.
        message: what is wrong, as a sentence without the field's name.
        hint: how to correct it.
        params: the values inside the texts, by name.
        override: the argument that confirms the input nevertheless; empty if none does.
    """

    field: str
    code: str
    message: str
    hint: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict, kw_only=True)
    override: str = dataclasses.field(default="", kw_only=True)

    def __str__(self) -> str:
        return f"{self.field}: {self.message}; {self.hint}"
