"""Jobs at a local time run once per site and date, even if clocks change or the machine was off."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.jobs import JobError, at_local_time, run_waiting, schedules
from core.jobs.local_time import LocalTime
from core.models import Job, Schedule, Site
from tests.factories import SiteFactory

BERLIN = ZoneInfo("Europe/Berlin")
RUNS: list[tuple[int, str]] = []


def bill(site_id: int, day: str) -> None:
    RUNS.append((site_id, day))


class Clock:
    """The product's clock, set by the test."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 27, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def run_until(self, at: datetime, step: timedelta = timedelta(minutes=10)) -> None:
        """Let the worker look at its schedules every `step` until then."""
        while self.at < at:
            self.at = min(self.at + step, at)
            schedules.queue_due()
            run_waiting()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(clock, "now", fake)
    monkeypatch.setattr(schedules, "_registry", {})
    RUNS.clear()
    return fake


@pytest.fixture
def site(now: Clock) -> Site:
    """A site in Berlin whose bills are due at 02:30, an hour that the clocks skip or repeat."""
    made = SiteFactory(timezone="Europe/Berlin")
    at_local_time("02:30")(bill)
    schedules.queue_due()
    return made


def days() -> list[str]:
    return [day for _, day in RUNS]


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 28, 1, 30, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # 02:30 is skipped
        (date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 02:30 comes twice
    ],
)
def test_a_local_time_is_one_instant_on_each_date(day: date, instant: datetime) -> None:
    assert LocalTime(time(2, 30)).instant(day, BERLIN) == instant


def test_a_local_time_exists_on_a_date_that_the_zone_skips() -> None:
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011
    skipped = LocalTime(time(3, 0)).instant(date(2011, 12, 30), apia)
    assert skipped.astimezone(apia) == datetime(2011, 12, 31, tzinfo=apia)


def test_each_site_follows_its_own_clock() -> None:
    local = LocalTime(time(3, 0))
    shanghai = local.instant(date(2026, 7, 1), ZoneInfo("Asia/Shanghai"))
    assert shanghai == datetime(2026, 6, 30, 19, tzinfo=UTC)


@pytest.mark.django_db
def test_it_runs_once_on_the_date_of_a_skipped_hour(now: Clock, site: Site) -> None:
    now.run_until(datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert days() == ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]


@pytest.mark.django_db
def test_it_runs_once_on_the_date_of_a_repeated_hour(now: Clock, site: Site) -> None:
    now.run_until(datetime(2026, 10, 24, 12, tzinfo=UTC), timedelta(days=300))
    RUNS.clear()
    now.run_until(datetime(2026, 10, 26, 12, tzinfo=UTC))
    assert days() == ["2026-10-25", "2026-10-26"]


@pytest.mark.django_db
def test_a_downtime_is_made_up_by_one_run_for_the_latest_date(now: Clock, site: Site) -> None:
    now.run_until(datetime(2026, 4, 6, 12, tzinfo=UTC), timedelta(days=30))
    assert days() == ["2026-04-06"]


@pytest.mark.django_db
def test_a_restart_repeats_no_date(now: Clock, site: Site) -> None:
    now.run_until(datetime(2026, 3, 28, 12, tzinfo=UTC))
    Job.objects.all().delete()
    schedules._sync_sites(f"{__name__}.bill", schedules._registry[f"{__name__}.bill"])  # type: ignore[arg-type]
    schedules.queue_due()
    run_waiting()
    assert days() == ["2026-03-28"]


@pytest.mark.django_db
def test_a_changed_timezone_repeats_no_date(now: Clock, site: Site) -> None:
    now.run_until(datetime(2026, 3, 28, 6, tzinfo=UTC))
    site.timezone = "America/New_York"
    site.save()
    now.run_until(datetime(2026, 3, 29, 12, tzinfo=UTC))
    assert days() == ["2026-03-28", "2026-03-29"]


@pytest.mark.django_db
def test_a_new_site_first_runs_at_the_next_such_time(now: Clock, site: Site) -> None:
    late = SiteFactory(timezone="Asia/Shanghai")
    schedules.queue_due()
    run_waiting()
    assert RUNS == []
    now.run_until(datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert (late.pk, "2026-03-28") in RUNS


@pytest.mark.django_db
def test_a_monthly_job_runs_on_its_day_of_the_month(now: Clock) -> None:
    SiteFactory(timezone="Asia/Shanghai")
    at_local_time("03:00", day_of_month=1)(bill)
    schedules.queue_due()
    now.run_until(datetime(2026, 6, 15, tzinfo=UTC), timedelta(hours=5))
    assert days() == ["2026-04-01", "2026-05-01", "2026-06-01"]


@pytest.mark.django_db
def test_a_schedule_ends_with_its_site(now: Clock, site: Site) -> None:
    site.delete()
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(("at", "day"), [("25:00", None), ("noon", None), ("03:00", 31)])
def test_a_time_that_does_not_exist_is_rejected(at: str, day: int | None) -> None:
    with pytest.raises(JobError):
        at_local_time(at, day_of_month=day)
