"""How persons want to be notified: channels, telephone, quiet hours, browsers."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Rejection
from core.models import AuditEntry, Notification, User
from core.notifications import channels, notify
from core.permissions import StandardRole
from people import notices, push_subscriptions
from people.models import NotificationChoice, PushSubscription
from people.notification_settings import (
    change_settings,
    choices_of,
    least_of,
    offered_kinds,
    settings_of,
)
from people.quiet_hours import quiet_until
from tests.browsers import hire
from tests.factories import MembershipFactory, SiteFactory, UserFactory
from tests.notices import KIND, RecordingChannel, declare_kind, leak
from tests.push_service import Browser

TIMES = st.times(timezones=st.none())
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"])


@pytest.fixture(autouse=True)
def kind() -> None:
    declare_kind()


def change(user: User, **values: object) -> None:
    given: dict = {"least": {}, "phone": "", "quiet_from": None, "quiet_until": None}
    change_settings(user, **{**given, **values})


@given(at=MOMENTS, begins=TIMES, ends=TIMES, zone=ZONES)
def test_quiet_hours_end_within_a_day_at_their_local_time(
    at: datetime, begins: time, ends: time, zone: str
) -> None:
    end = quiet_until(at, begins, ends, zone)
    if end is not None:
        assert at <= end <= at + timedelta(hours=25)
        # A local time that the change of clocks leaves out is read as another.
        again = datetime.combine(end.astimezone(ZoneInfo(zone)).date(), ends, ZoneInfo(zone))
        assert end == at or end == again.astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-01 23:30", "2026-03-02 06:00"),
        ("2026-03-02 05:59", "2026-03-02 06:00"),
        ("2026-03-02 06:00", None),
        ("2026-03-02 12:00", None),
        ("2026-03-02 22:00", "2026-03-03 06:00"),
    ],
)
def test_quiet_hours_may_pass_midnight(now: str, end: str | None) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = datetime.fromisoformat(now).replace(tzinfo=zone).astimezone(UTC)
    found = quiet_until(at, time(22), time(6), "Asia/Shanghai")
    assert found == (end and datetime.fromisoformat(end).replace(tzinfo=zone))


@pytest.mark.django_db
def test_only_kinds_are_offered_of_which_the_person_may_hear() -> None:
    site = SiteFactory()
    guard, manager = hire(site, StandardRole.GUARD), hire(site, StandardRole.MANAGER)
    assert notices.STAFF in offered_kinds(manager)
    assert notices.STAFF not in offered_kinds(guard)
    assert KIND in offered_kinds(guard)
    assert KIND not in offered_kinds(UserFactory())


@pytest.mark.django_db
def test_a_choice_is_stored_where_it_differs_from_the_default() -> None:
    guard = MembershipFactory().user
    change(guard, least={(KIND.code, "mail"): None, (KIND.code, "push"): "severe"})
    assert least_of(guard)[KIND.code, "mail"] is None
    assert list(NotificationChoice.objects.values_list("channel", "least")) == [("mail", "")]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.detail) == (
        "change notification settings",
        {"kinds": ["test_leak mail"]},
    )
    change(guard, least={(KIND.code, "mail"): "minor"})
    assert not NotificationChoice.objects.exists()


@pytest.mark.django_db
def test_a_channel_that_is_always_used_cannot_be_switched_off() -> None:
    guard = MembershipFactory().user
    change(guard, least={("sign_in", "mail"): None, ("unknown", "mail"): None})
    assert not NotificationChoice.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"phone": "call me"}, "phone", "invalid"),
        ({"quiet_from": time(22)}, "quiet_until", "missing"),
        ({"quiet_until": time(6)}, "quiet_from", "missing"),
        ({"quiet_from": time(6), "quiet_until": time(6)}, "quiet_until", "no_length"),
    ],
)
def test_a_malformed_setting_is_rejected_and_nothing_is_stored(
    values: dict, field: str, code: str
) -> None:
    user = UserFactory()
    with pytest.raises(Rejection) as rejected:
        change(user, **values)
    assert (rejected.value.field, rejected.value.code) == (field, code)
    assert settings_of(user).pk is None


@pytest.mark.django_db
def test_quiet_hours_of_a_person_hold_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "_channels", {"mail": RecordingChannel()})
    site = SiteFactory(timezone="UTC")
    guard = MembershipFactory(site=site).user
    change(guard, quiet_from=time(22), quiet_until=time(6))
    at = datetime(2026, 3, 1, 23, tzinfo=UTC)
    choice = choices_of([guard], KIND, site, at)[guard.pk]
    assert choice.quiet_until == datetime(2026, 3, 2, 6, tzinfo=UTC)
    change(guard, quiet_from=time(0, 0), quiet_until=time(23, 59, 59, 999999))
    notify(leak(site, guard))
    states = Notification.objects.get().deliveries.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["sent", "held"]


@pytest.mark.django_db
def test_a_browser_is_added_once_and_belongs_to_who_added_it_last() -> None:
    browser = Browser("https://push.example.com/1")
    for user in (UserFactory(), last := UserFactory()):
        push_subscriptions.subscribe(
            user, endpoint=browser.endpoint, **browser.keys, browser="Firefox"
        )
    assert PushSubscription.objects.get().user == last
    push_subscriptions.unsubscribe(PushSubscription.objects.get())
    assert not PushSubscription.objects.exists()


@pytest.mark.django_db
def test_the_oldest_browser_goes_where_there_are_too_many() -> None:
    user = UserFactory()
    for number in range(push_subscriptions.MOST_BROWSERS + 1):
        browser = Browser(f"https://push.example.com/{number}")
        push_subscriptions.subscribe(user, endpoint=browser.endpoint, **browser.keys, browser="x")
    endpoints = [row.endpoint for row in push_subscriptions.of_user(user)]
    assert (len(endpoints), "https://push.example.com/0" in endpoints) == (10, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("endpoint", "changes"),
    [
        ("http://push.example.com/1", {}),
        ("https:///1", {}),
        ("https://[push/1", {}),
        ("https://push.example.com/" + "x" * 1000, {}),
        ("https://push.example.com/1", {"p256dh": "short"}),
        ("https://push.example.com/1", {"auth": "€"}),
    ],
)
def test_a_subscription_that_is_no_browsers_is_rejected(endpoint: str, changes: dict) -> None:
    keys = {**Browser(endpoint).keys, **changes}
    with pytest.raises(Rejection):
        push_subscriptions.subscribe(UserFactory(), endpoint=endpoint, **keys, browser="")
