"""The state of the whole installation: one list of checks for `manage.py doctor` and the console.

`config` knows every part and registers the checks. A job runs them each minute and stores which
failed, so that pages can show a badge without running them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language

from core import clock, live
from core.models import HealthReport, Site
from core.topics import HEALTH

# A report that is older was not made: the process that makes it does not run.
STALE_AFTER = timedelta(minutes=5)
#: The part that is reported as failed then.
REPORT = "report"
# Open pages ask every few seconds; the checks run once for all of them.
_CACHED_S = 5


@dataclass(frozen=True)
class CheckResult:
    """The state of one part; a failed check has a hint.

    Attributes:
        part: a stable name, such as ``disk``, or that of a process.
        text: what was found, in the active language.
        hint: how to correct it; empty if the check passed.
    """

    part: str
    text: str
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return not self.hint

    def __str__(self) -> str:
        hint = f" Fix: {self.hint}" if self.hint else ""
        return f"{'ok' if self.ok else 'WRONG':<6} {self.part:<12} {self.text}{hint}"


Checks = Callable[[], Iterable[CheckResult]]
_checks: list[Checks] = []


def use_checks(checks: Checks) -> None:
    """Register what runs the checks; wired at start."""
    _checks[:] = [checks]


def check() -> list[CheckResult]:
    """Run the checks; results of the last seconds are returned again."""
    key = f"health:{get_language()}"
    found: list[CheckResult] | None = cache.get(key)
    if found is None:
        found = run_checks()
        cache.set(key, found, _CACHED_S)
    return found


def run_checks() -> list[CheckResult]:
    """Run the checks, in the order in which the parts depend on each other."""
    return [result for checks in _checks for result in checks()]


@transaction.atomic
def record_report(results: Iterable[CheckResult]) -> None:
    """Store which parts failed, and announce a change to the pages of all sites."""
    failed = list(dict.fromkeys(result.part for result in results if not result.ok))
    before = failed_parts()
    HealthReport.objects.update_or_create(pk=1, defaults={"at": clock.now(), "failed": failed})
    if failed != before:
        for pk in Site.objects.values_list("pk", flat=True):
            live.announce(HEALTH, pk)


def failed_parts() -> list[str]:
    """Return the parts whose check failed in the latest report, or that there is no recent one."""
    report = HealthReport.objects.filter(pk=1).first()
    if report is None:
        return []
    is_stale = clock.now() - report.at > STALE_AFTER
    return [*([REPORT] if is_stale else []), *report.failed]
