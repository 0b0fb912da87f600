"""Each message that a room adds to the outbox has a sender, and is counted on the health page."""

import re
from pathlib import Path

from django.conf import settings

from core import outbox

ROOMS = Path(settings.BASE_DIR) / "platform"
DECLARED = re.compile(r'outbox\.declare\(\s*"([^"]+)"')


def declared_in_sources() -> set[str]:
    """The topics of all rooms, also of modules that no other one has imported yet."""
    modules = (each.read_text() for each in ROOMS.rglob("*.py"))
    return {topic for text in modules for topic in DECLARED.findall(text)}


def test_every_topic_of_all_rooms_has_a_sender() -> None:
    topics = declared_in_sources()
    assert topics >= {"bill.mail", "autopay.mail", "resident_invitation.sms", "refund.send"}
    assert {topic for topic in topics if not outbox.has_sender(topic)} == set()


def test_every_topic_is_declared_when_the_product_starts() -> None:
    assert declared_in_sources() == set(outbox.topics())


def test_a_topic_says_how_it_is_sent() -> None:
    named = re.compile(r"[a-z_]+\.[a-z_]+")
    assert [topic for topic in outbox.topics() if not named.fullmatch(topic)] == []
    mails = outbox.topics(outbox.MAIL)
    assert "autopay.mail" in mails
    assert not set(mails) & set(outbox.topics(outbox.SMS))
