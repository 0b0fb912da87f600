"""Refusals: what was wrong, where, and how to hint it."""

from dataclasses import dataclass


@dataclass(eq=False)  # not frozen: Python itself sets an exception's traceback
class Rejection(Exception):  # noqa: N818 - a rejection is an answer, not a fault
    """A rule refused what was asked.

    Attributes:
        field: the name of what is wrong, as the asker wrote it, such as ``at`` or ``m.speed``.
        problem: what is wrong with it, as a sentence.
        hint: what to do about it.
    """

    field: str
    problem: str
    hint: str

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}; {self.hint}"
