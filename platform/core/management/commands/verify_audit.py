"""`manage.py verify_audit`: check every audit chain against its entries and its anchors."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.audit import anchors, checkpoints, sealing, verification
from core.models import AuditEntry, Site


class Command(BaseCommand):
    """Report each chain's head and every place where a chain doesn't hold."""

    help = "Check the audit chains; exits with an error where one was altered or cut."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --anchors."""
        parser.add_argument(
            "--anchors",
            type=Path,
            help="file of anchors to compare the heads with; by default the installation's own",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each chain's head, then every problem found.

        Raises:
            CommandError: a chain doesn't hold, or the log is empty although it was used.
        """
        found = 0
        names = dict(Site.objects.values_list("pk", "slug"))
        for site_id in verification.chains():
            name = names.get(site_id, f"deleted site {site_id}") if site_id else "(installation)"
            self.stdout.write(f"{name}: {_head(site_id)}{_deleted(site_id)}")
            for problem in verification.problems(site_id):
                found += 1
                self.stdout.write(f"  {problem}")
        for problem in self._anchor_problems(options["anchors"]):
            found += 1
            self.stdout.write(f"  {problem}")
        self._report_unsealed()
        if found:
            raise CommandError(f"{found} places where the audit log does not hold.")

    def _anchor_problems(self, named: Path | None) -> list[verification.Problem]:
        path = named or settings.AUDIT_ANCHORS
        if path.is_file():
            self.stdout.write(f"Compared with the anchors of {path}.")
            return list(anchors.problems(path))
        if named is not None:
            raise CommandError(f"{path} does not exist: name a file of anchors.")
        if not AuditEntry.objects.exists() and _was_used():
            raise CommandError(
                "The audit log is empty although this installation has been used, and there is no "
                f"file of anchors at {path}: restore both from a backup."
            )
        self.stdout.write(f"No anchors at {path}: entries cut off at the end can't be noticed.")
        return []

    def _report_unsealed(self) -> None:
        waiting = sealing.unsealed().count()
        overdue = sealing.overdue(clock.now()).count()
        if waiting:
            self.stdout.write(f"{waiting} entries are not sealed yet.")
        if overdue:
            self.stdout.write(
                f"Warning: {overdue} of them are older than 60 s. Does `manage.py seal_audit` run?"
            )


def _head(site_id: int | None) -> str:
    last = sealing.last_seal(site_id)
    return f"{last.seq} {last.digest}" if last else "no seals"


def _deleted(site_id: int | None) -> str:
    ranges = checkpoints.checkpoints_of(site_id)
    if not ranges:
        return ""
    number = sum(each.last_seq - each.first_seq + 1 for each in ranges)
    newest = max(each.newest_at for each in ranges)
    return f" ({number} entries up to {newest:%Y-%m-%d} were deleted after their retention period)"


def _was_used() -> bool:
    return Site.objects.exists() or sealing.entries_were_inserted()
