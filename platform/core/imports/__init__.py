"""Imports of lists: what a spreadsheet holds is tried, shown, applied as a whole, and undone.

A kind of list declares its columns and what its rows do (`kinds`); each room registers its own in
`<room>/imports.py`. An uploaded list is checked row by row (`checking`), without writing anything
but the staged rows. Once a person has confirmed it, all its rows are applied in one transaction
(`applying`), which notes what it has created and changed, so that it can be undone (`undoing`).
A site works on one list at a time.
"""

from core.imports.kinds import (
    Effect,
    ImportKind,
    Outcome,
    Staged,
    Values,
    Verdict,
    all_kinds,
    kind_of,
    register,
)
from core.imports.rejections import changed_since, in_use
from core.imports.services import confirm, discard, undo, upload

__all__ = [
    "Effect",
    "ImportKind",
    "Outcome",
    "Staged",
    "Values",
    "Verdict",
    "all_kinds",
    "changed_since",
    "confirm",
    "discard",
    "in_use",
    "kind_of",
    "register",
    "undo",
    "upload",
]
