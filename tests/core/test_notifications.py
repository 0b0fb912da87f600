"""Notifications: who is notified of what, by which channel, and how storms are grouped."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock, outbox
from core.models import Notification, NotificationDelivery, OutboxMessage, Site, User
from core.notifications import (
    WINDOW,
    channels,
    choices,
    mark_read,
    merge_subjects,
    notify,
    open_subjects,
    resolve,
    retention,
    selectors,
    timers,
)
from core.notifications.channels import LANE, Undeliverable
from core.notifications.choices import Choice
from core.notifications.kinds import NoticeKind, declare
from core.notifications.rendering import text_of, title_of
from core.outbox_lanes import send_all_due
from core.severities import Severity, rank
from tests.factories import MembershipFactory, SiteFactory, UserFactory
from tests.notices import KIND, RecordingChannel, declare_kind, leak

pytestmark = pytest.mark.django_db
FREE = NoticeKind("test_free", "Free", texts=KIND.texts)
State, Occasion = NotificationDelivery.State, NotificationDelivery.Occasion
Choices = dict[int, Choice]


@pytest.fixture(autouse=True)
def kind() -> None:
    declare_kind()


@pytest.fixture
def site() -> Site:
    return SiteFactory()


@pytest.fixture
def guard(site: Site) -> User:
    return MembershipFactory(site=site).user


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    """The only channel beside the bell."""
    channel = RecordingChannel()
    monkeypatch.setattr(channels, "_channels", {"mail": channel})
    return channel


@pytest.fixture
def push(mail: RecordingChannel) -> RecordingChannel:
    channels.use("push", channel := RecordingChannel())
    return channel


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Choices:
    """What persons have chosen, by their keys."""
    found: Choices = {}

    def read(*_: object) -> Mapping[int, Choice]:
        return found

    monkeypatch.setattr(choices, "_readers", [read])
    return found


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], datetime]:
    """Moves the clock."""
    passed = [timedelta()]
    real = clock.now

    def move(by: timedelta) -> datetime:
        passed[0] += by
        return clock.now()

    monkeypatch.setattr(clock, "now", lambda: real() + passed[0])
    return move


def send() -> None:
    OutboxMessage.objects.filter(sent_at=None).update(next_attempt_at=clock.now())
    send_all_due(LANE)


def deliveries(user: User) -> list[tuple[str, str, str]]:
    rows = NotificationDelivery.objects.filter(notification__recipient=user).order_by("pk")
    return [(row.channel, row.occasion, row.state) for row in rows]


def test_a_notice_becomes_a_row_for_the_bell_and_a_message_by_each_chosen_channel(
    site: Site, guard: User, mail: RecordingChannel
) -> None:
    (row,) = notify(leak(site, guard, text="hint"))
    assert (title_of(row), text_of(row)) == ("Leak at the pump room", "Close the valve.")
    assert deliveries(guard) == [("bell", "first", "sent"), ("mail", "first", "pending")]
    send()
    assert deliveries(guard)[1] == ("mail", "first", "sent")
    (message,) = mail.sent
    assert (message.recipient, message.title, message.text) == (guard, title_of(row), text_of(row))
    assert message.url.endswith("/s/park/leaks/1/")


def test_nothing_is_sent_of_a_change_that_is_rolled_back(
    site: Site, guard: User, mail: RecordingChannel
) -> None:
    with transaction.atomic():
        notify(leak(site, guard))
        transaction.set_rollback(True)
    send()
    assert (mail.sent, Notification.objects.count()) == ([], 0)


def test_those_without_the_permission_or_the_account_are_left_out(site: Site, guard: User) -> None:
    gone = MembershipFactory(site=site, user__is_active=False).user
    notified = notify(leak(site, UserFactory(), gone, guard, guard))
    assert [row.recipient for row in notified] == [guard]


def test_texts_are_rendered_in_the_language_of_each_recipient(
    site: Site, mail: RecordingChannel
) -> None:
    users = [MembershipFactory(site=site, user__language=code).user for code in ("en", "zh-hans")]
    spoken = NoticeKind("test_spoken", "", texts={"raised": channels.LABELS["sms"]})
    declare_kind(spoken)
    notify(leak(site, *users, kind=spoken.code))
    send()
    assert mail.titles == ["Text message", "短信"]


def test_notices_of_a_group_are_one_notification_and_one_summary_in_a_window(
    site: Site, guard: User, mail: RecordingChannel, later: Callable[[timedelta], datetime]
) -> None:
    for _ in range(5):
        notify(leak(site, guard))
    assert timers.send_due() == 0
    send()
    assert len(mail.sent) == 1
    later(WINDOW)
    assert timers.send_due() == 1
    send()
    row = Notification.objects.get()
    assert (row.count, [message.text for message in mail.sent]) == (5, ["", "4 more times"])
    later(WINDOW)
    assert timers.send_due() == 0  # nothing came, so the window is closed
    notify(leak(site, guard))
    send()
    assert (Notification.objects.count(), len(mail.sent)) == (2, 3)


def test_a_summary_of_what_was_read_is_not_sent(
    site: Site, guard: User, mail: RecordingChannel, later: Callable[[timedelta], datetime]
) -> None:
    notify(leak(site, guard))
    notify(leak(site, guard))
    mark_read(guard)
    later(WINDOW)
    assert timers.send_due() == 0


@given(severities=st.lists(st.sampled_from(Severity.values), min_size=1, max_size=8))
def test_a_rise_in_severity_always_passes(severities: list[str]) -> None:
    """Exactly those notices of a window are sent that are more severe than all before."""
    declare_kind()
    wired = {"mail": RecordingChannel()}
    with transaction.atomic(), patch.dict(channels._channels, wired, clear=True):
        person = MembershipFactory()
        for severity in severities:
            notify(leak(person.site, person.user, severity=severity))
        sent = [each for each in deliveries(person.user) if each[0] == "mail"]
        highest = [max(map(rank, severities[: n + 1])) for n in range(len(severities))]
        assert len(sent) == len(set(highest))
        assert Notification.objects.get(recipient=person.user).count == len(severities)
        transaction.set_rollback(True)


def test_an_urgent_notice_passes_quiet_hours_and_is_sent_once_until_it_is_read(
    site: Site, guard: User, mail: RecordingChannel, chosen: Choices
) -> None:
    chosen[guard.pk] = Choice(quiet_until=clock.now() + timedelta(hours=3))
    notify(leak(site, guard))
    send()
    assert mail.sent == []
    for _ in range(3):
        notify(leak(site, guard, urgent=True))
    send()
    assert (Notification.objects.get().count, len(mail.sent)) == (4, 1)
    mark_read(guard)
    notify(leak(site, guard, urgent=True))
    send()
    assert (Notification.objects.get().count, len(mail.sent)) == (5, 2)
    assert timers.send_due() == 0


def test_a_storm_of_a_group_is_one_notification_that_counts_its_subjects(
    site: Site, guard: User, mail: RecordingChannel
) -> None:
    for number in [*range(50), *range(50)]:
        notify(leak(site, guard, subject=f"leak:1:{number}", urgent=True))
    send()
    assert (Notification.objects.get().count, len(mail.sent)) == (50, 1)
    notify(leak(site, guard, subject="leak:1:7", urgent=True, severity=Severity.EXTREME))
    send()
    assert (Notification.objects.get().count, len(mail.sent)) == (50, 2)
    assert mail.sent[-1].text == "49 more times"


def test_a_reminder_is_sent_unless_the_group_was_sent_since(
    site: Site, guard: User, mail: RecordingChannel, later: Callable[[timedelta], datetime]
) -> None:
    minute = timedelta(minutes=1)
    for number in range(3):
        notify(leak(site, guard, subject=f"leak:1:{number}", urgent=True))
    began = clock.now()
    later(minute)
    for number in range(3):
        about = leak(site, guard, subject=f"leak:1:{number}", urgent=True)
        notify(replace(about, reminded={guard.pk: began}))
    send()
    assert (Notification.objects.get().count, len(mail.sent)) == (3, 2)
    assert [each[1] for each in deliveries(guard) if each[0] == "mail"] == ["first", "again"]


def test_the_end_of_a_group_is_notified_once_when_the_last_of_its_subjects_has_ended(
    site: Site, guard: User, mail: RecordingChannel
) -> None:
    other = MembershipFactory(site=site).user
    notify(leak(site, guard, other, subject="a"))
    notify(leak(site, guard, subject="b"))
    assert [row.recipient for row in resolve("a", title="resolved")] == [other]
    (ended,) = resolve("b", title="resolved")
    assert (ended.recipient, ended.count, text_of(ended)) == (guard, 2, "1 more time")
    assert {row.pk for row in selectors.about("a").filter(recipient=guard)} == {
        *Notification.objects.filter(recipient=guard).values_list("pk", flat=True)
    }
    assert open_subjects(["a", "b"]) == set()


def test_what_goes_on_as_something_else_ends_with_it(
    site: Site, guard: User, mail: RecordingChannel
) -> None:
    other = MembershipFactory(site=site).user
    notify(leak(site, guard, group_key="a"))
    notify(leak(site, guard, other, group_key="b"))
    assert merge_subjects("a", "b") == 1
    assert resolve("a", title="resolved") == []
    assert [row.recipient for row in resolve("b", title="resolved")] == [guard, other]


def test_quiet_hours_hold_what_is_not_urgent_until_they_end(
    site: Site,
    guard: User,
    mail: RecordingChannel,
    chosen: Choices,
    later: Callable[[timedelta], datetime],
) -> None:
    chosen[guard.pk] = Choice(quiet_until=clock.now() + timedelta(hours=3))
    notify(leak(site, guard))
    notify(leak(site, guard, group_key="leak:2"))
    assert timers.send_due() == 0
    Notification.objects.filter(group_key="leak:2").update(read_at=clock.now())
    chosen.clear()
    later(timedelta(hours=3))
    assert timers.send_due() == 1
    send()
    assert len(mail.sent) == 1
    assert [state for channel, _, state in deliveries(guard) if channel == "mail"] == [
        State.SENT,
        State.SKIPPED,
    ]


def test_the_choice_of_a_person_goes_before_the_default_of_the_kind(
    site: Site, guard: User, push: RecordingChannel, chosen: Choices
) -> None:
    chosen[guard.pk] = Choice({"mail": None, "push": Severity.MINOR})
    notify(leak(site, guard, severity=Severity.MINOR))
    assert [channel for channel, _, _ in deliveries(guard)] == ["bell", "push"]


def test_a_notice_may_name_its_channels(site: Site, guard: User, push: RecordingChannel) -> None:
    push.is_reached = False
    notify(leak(site, guard, channels=frozenset({"push"}), severity=Severity.MINOR))
    assert deliveries(guard) == [("bell", "first", "sent"), ("push", "first", "failed")]
    assert NotificationDelivery.objects.get(channel="push").error == "no_address"


def test_whoever_was_notified_is_notified_of_the_end_by_the_same_channels(
    site: Site, guard: User, push: RecordingChannel, mail: RecordingChannel
) -> None:
    other = MembershipFactory(site=site).user
    notify(leak(site, guard, severity=Severity.SEVERE))
    notify(leak(site, guard, urgent=True, severity=Severity.MINOR))
    notify(leak(site, other, severity=Severity.MINOR))
    ended = resolve("leak:1", title="resolved", params={"place": "pump"})
    assert [row.recipient for row in ended] == [guard, other]
    assert [channel for channel, _, _ in deliveries(other)] == ["bell", "mail", "bell", "mail"]
    send()
    assert push.titles == [
        "Leak at the pump room",
        "Leak at the pump room",
        "Leak at the pump room has ended",
    ]
    assert resolve("leak:1", title="resolved") == []
    assert [row.is_resolution for row in selectors.record_of("leak:1")][-2:] == [True, True]


def test_a_message_that_was_not_sent_is_tried_again_for_a_day(
    site: Site,
    guard: User,
    mail: RecordingChannel,
    later: Callable[[timedelta], datetime],
) -> None:
    mail.error = OSError("no route")
    notify(leak(site, guard))
    send()
    row = NotificationDelivery.objects.get(channel="mail")
    assert (row.state, row.error) == (State.PENDING, "no route")
    later(timedelta(hours=24))
    send()
    row.refresh_from_db()
    assert (row.state, outbox.unsent(["notification.mail"]).count()) == (State.FAILED, 0)


def test_a_message_that_can_never_be_delivered_is_not_tried_again(
    site: Site, guard: User, mail: RecordingChannel
) -> None:
    mail.error = Undeliverable("refused")
    notify(leak(site, guard))
    send()
    row = NotificationDelivery.objects.get(channel="mail")
    assert (row.state, row.error) == (State.FAILED, "refused")
    assert outbox.unsent(["notification.mail"]).count() == 0


def test_an_urgent_message_does_not_wait_for_an_ordinary_one(
    site: Site, guard: User, mail: RecordingChannel
) -> None:
    notify(leak(site, guard))
    notify(leak(site, guard, urgent=True))
    receivers = OutboxMessage.objects.order_by("pk").values_list("receiver", flat=True)
    assert len(set(receivers)) == 2


def test_notifications_are_deleted_after_90_days(
    site: Site, guard: User, later: Callable[[timedelta], datetime]
) -> None:
    declare_kind(FREE)
    notify(leak(site, guard))
    notify(leak(None, guard, kind="test_free"))
    assert retention.delete_old() == 0
    later(timedelta(days=91))
    assert retention.delete_old() == 1
    assert not Notification.objects.exists()


def test_a_person_sees_no_notifications_of_a_site_that_they_left(site: Site, guard: User) -> None:
    notify(leak(site, guard))
    assert selectors.unread(guard).count() == 1
    guard.memberships.all().delete()
    assert selectors.own(guard).count() == 0


def test_a_kind_is_declared_once_and_a_notice_of_an_unknown_one_is_an_error(
    site: Site, guard: User
) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare(NoticeKind(KIND.code, "Others"))
    with pytest.raises(ValueError, match="no text"):
        notify(leak(site, guard, title="unknown"))
    with pytest.raises(ValueError, match="no severity"):
        notify(leak(site, guard, severity="bad"))
