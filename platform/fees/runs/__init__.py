"""Runs: charge fee items to the units of a site for a month, and bill them.

A run is staged in chunks of units (`staging`), summarised for its preview (`previewing`), issued as
bills (`issuing`), and undone by credit notes while nothing is paid (`undoing`). Each chunk is one
transaction of a `core.runs` run, so that a worker that is killed loses none and repeats none.
"""

from fees.runs.issuing import issue_next
from fees.runs.mailing import mail_next
from fees.runs.printing import print_next, prints_of, start_printing
from fees.runs.services import discard_run, issue_run, retry_run, start_run, undo_run
from fees.runs.staging import stage_next
from fees.runs.undoing import undo_next

__all__ = [
    "discard_run",
    "issue_next",
    "issue_run",
    "mail_next",
    "print_next",
    "prints_of",
    "retry_run",
    "stage_next",
    "start_printing",
    "start_run",
    "undo_next",
    "undo_run",
]
