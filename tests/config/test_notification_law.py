"""Persons are notified by core.notifications alone; other messages are named here."""

import re
from pathlib import Path

from django.conf import settings

from core import outbox

ROOT = Path(settings.BASE_DIR)
#: What a person gets without having chosen it: bills, receipts, codes, invitations, decisions.
TRANSACTIONAL = {
    "access_decided.mail",
    "autopay.mail",
    "bill.mail",
    "bill_answer.mail",
    "invitation.mail",
    "receipt.mail",
    "reminder.mail",
    "reminder.sms",
    "resident_invitation.mail",
    "resident_invitation.sms",
    "sign_in_code.mail",
}
NOTIFICATIONS = {"notification.mail", "notification.push", "notification.sms"}
SENDS = re.compile(
    r"django\.core\.mail|smtplib|pywebpush|\bsend_mail\(|\bsms\(\)\.send|SmsSender\b.*\.send\("
)


def sources() -> dict[str, str]:
    """The modules of all rooms by their path."""
    rooms = ("platform", "devices", "integrations", "gis")
    files = (file for room in rooms for file in (ROOT / room).rglob("*.py"))
    return {str(file.relative_to(ROOT)): file.read_text() for file in files}


def test_messages_to_persons_are_notifications_or_transactional() -> None:
    found = {*outbox.topics(outbox.MAIL), *outbox.topics(outbox.SMS)}
    found |= {topic for topic in outbox.topics() if topic.endswith(".push")}
    assert found == TRANSACTIONAL | NOTIFICATIONS


def test_only_the_integration_sends_mails_text_messages_and_push_messages() -> None:
    senders = {path for path, text in sources().items() if SENDS.search(text)}
    assert {path for path in senders if not path.startswith("integrations/notify/")} == set()
    assert "integrations/notify/push.py" in senders


def test_only_core_notifications_puts_the_messages_of_notifications() -> None:
    named = re.compile(r"notification\.(mail|push|sms)\b")
    users = {path for path, text in sources().items() if named.search(text)}
    assert users == {"platform/core/notifications/channels.py"}


def test_only_core_notifications_writes_what_persons_were_notified_of() -> None:
    writes = re.compile(r"\bNotification(?:Delivery|Subject)?(?:\(|\.objects\.(?:\w+_)?create\()")
    writers = {
        path
        for path, text in sources().items()
        if writes.search(text) and "/migrations/" not in path
    }
    own = ("platform/core/notifications/", "platform/core/notification_models.py")
    assert {path for path in writers if not path.startswith(own)} == set()
    assert "platform/core/notifications/services.py" in writers
