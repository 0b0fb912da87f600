"""Test alarms: a notice that goes the whole way of an alarm, and is no incident.

There is no row of an incident, so there is nothing that could be dispatched.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, live
from core.errors import Rejection
from core.models import NotificationDelivery, Site, User
from core.notifications import Notice, NoticeKind, declare, notify
from core.severities import Severity
from incidents import topics
from incidents.escalation.responders import responders
from incidents.models import TestAlarm, TestAlarmRecipient
from incidents.permissions import IncidentPermission

SUBJECT = "test_alarm"
NOTICE = declare(
    NoticeKind(
        "test_alarm",
        gettext_lazy("Test alarms"),
        IncidentPermission.VIEW_INCIDENTS,
        texts={
            "test": gettext_lazy("TEST: this is a test alarm"),
            "test_text": gettext_lazy("Nothing has happened. Open it and acknowledge it."),
        },
    )
)


@transaction.atomic
def send_test_alarm(
    site: Site, actor: User, people: Sequence[User], channels: Collection[str] = (), note: str = ""
) -> TestAlarm:
    """Send a test alarm to people: to their bells, channels and pages.

    Args:
        channels: limits it to these; empty for each person's own choice.

    Raises:
        Rejection: no one is chosen, or a person may not see incidents.
    """
    wanted = {user.pk for user in people}
    _require_responders(site, wanted)
    alarm = TestAlarm.objects.create(
        site=site, started_by=actor, began_at=clock.now(), channels=sorted(channels), note=note
    )
    TestAlarmRecipient.objects.bulk_create(
        TestAlarmRecipient(alarm=alarm, user=user) for user in people
    )
    notify(_notice(alarm, people))
    audit.record(site, actor, "send test alarm", (SUBJECT, alarm.pk), people=sorted(wanted))
    live.announce(topics.TEST_ALARM, site.pk, alarm.pk)
    return alarm


def _require_responders(site: Site, keys: Collection[int]) -> None:
    if not keys or responders(site).filter(pk__in=keys).count() < len(keys):
        raise Rejection(
            "people",
            "not_a_responder",
            _("choose people who may see the incidents of this site"),
            _("choose at least one person"),
        )


def _notice(alarm: TestAlarm, people: Sequence[User]) -> Notice:
    return Notice(
        kind=NOTICE.code,
        severity=Severity.EXTREME,
        group_key=group_of(alarm),
        recipients=people,
        site=alarm.site,
        title="test",
        text="test_text",
        path=reverse("console:test_alarm", args=[alarm.site.slug, alarm.pk]),
        urgent=True,
        channels=frozenset(alarm.channels) if alarm.channels else None,
    )


@transaction.atomic
def acknowledge_test_alarm(alarm: TestAlarm, actor: User) -> bool:
    """Acknowledge a test alarm for oneself; return whether one is a recipient who had not yet."""
    waiting = alarm.recipients.filter(user=actor, acknowledged_at=None)
    if not waiting.update(acknowledged_at=clock.now()):
        return False
    audit.record(alarm.site, actor, "acknowledge test alarm", (SUBJECT, alarm.pk))
    live.announce(topics.TEST_ALARM, alarm.site_id, alarm.pk)
    return True


@transaction.atomic
def record_sound(site: Site, user: User) -> None:
    """Record that a page of the person has sounded the test alarms that wait."""
    waiting = TestAlarmRecipient.objects.filter(
        alarm__site=site, user=user, acknowledged_at=None, sounded_at=None
    )
    keys = list(waiting.values_list("alarm", flat=True))
    if keys:
        waiting.update(sounded_at=clock.now())
        for key in keys:
            live.announce(topics.TEST_ALARM, site.pk, key)


def group_of(alarm: TestAlarm) -> str:
    """Return the key of the notifications of a test alarm."""
    return f"test_alarm:{alarm.pk}"


def deliveries_of(alarm: TestAlarm) -> dict[int, list[NotificationDelivery]]:
    """Return what was sent, by person: one row for each channel."""
    rows = NotificationDelivery.objects.filter(notification__group_key=group_of(alarm))
    rows = rows.annotate(person=F("notification__recipient"))
    found: dict[int, list[NotificationDelivery]] = {}
    for row in rows.order_by("pk"):
        found.setdefault(row.person, []).append(row)
    return found
