"""Remove retained messages that no device may publish any more.

The broker stores retained messages for ever, also those of a device that was disabled, deleted or
moved to another topic.
"""

import logging
from collections.abc import Iterable

from django.conf import settings
from paho.mqtt.client import topic_matches_sub

from devices import accounts, ports
from devices.link.retained import RetainedMessages
from devices.ports import Account

logger = logging.getLogger(__name__)


def remove_unneeded() -> int:
    """Remove the retained messages of unknown and disabled devices; return how many.

    Only at a broker whose accounts are the registry's: another may serve other systems.

    Raises:
        BrokerError: the broker did not carry it out.
    """
    if ports.broker_accounts() is None:
        return 0
    with RetainedMessages(settings.MQTT_URL) as broker:
        found = unneeded(broker.sizes(), accounts.all_accounts())
        broker.remove(found)
    if found:
        logger.info("removed %d retained messages of unknown or disabled devices", len(found))
    return len(found)


def unneeded(topics: Iterable[str], registered: Iterable[Account]) -> list[str]:
    """Return the topics on which no enabled account may publish."""
    allowed = {topic for each in registered if each.enabled for topic in each.publishes}
    filters = [topic for topic in allowed if "+" in topic or "#" in topic]
    return [
        topic
        for topic in topics
        if topic not in allowed and not any(topic_matches_sub(each, topic) for each in filters)
    ]
