"""The audit log: who did or read what, each entry authenticated, sealed and anchored outside.

`record` only inserts: it takes no lock and imposes no order. `sealing` chains committed entries,
`anchors` keeps each chain's head outside the database, `verification` finds what was altered.
"""

from core.audit.entries import (
    Action,
    Subject,
    history,
    record,
    record_all,
    record_past,
    record_read,
)
from core.audit.verification import Problem, problems

__all__ = [
    "Action",
    "Problem",
    "Subject",
    "history",
    "problems",
    "record",
    "record_all",
    "record_past",
    "record_read",
]
