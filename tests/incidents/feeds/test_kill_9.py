"""The process that sends is killed again and again: nothing is lost, and the order stays."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection

from core import outbox_lanes
from incidents.feeds import endpoints
from incidents.models import Delivery
from tests import receiver
from tests.config.running import eventually
from tests.factories import SiteFactory, UserFactory, WebhookEndpointFactory
from tests.incidents.feeds.setting import confirmed, officer, sent
from tests.receiver import Receiver, Reply

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
MESSAGES, KILLS = 12, 4


@pytest.fixture
def police() -> Iterator[Receiver]:
    with receiver.running() as running:
        yield running


@contextmanager
def lane(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The process of the lane, on the tests' database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    url = url._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url.geturl(),
        "GATEHOUSE_OUTGOING_PLAIN_HTTP": "1",
    }
    command = [sys.executable, "manage.py", "send_outbox", "feeds", *arguments]
    process = subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_workers_that_are_killed_lose_nothing_and_keep_the_order(police):
    site = SiteFactory()
    feed = WebhookEndpointFactory(site=site, url=police.url(), allowed_networks=["127.0.0.0/8"])
    endpoints.renew_credentials(feed, UserFactory())
    actor = officer(site)
    for number in range(MESSAGES):
        sent(confirmed(site, actor, plate=f"沪A{10000 + number}"), actor)
    seen = random.Random(7)
    for kill in range(1, KILLS + 1):
        limit = kill * (MESSAGES // (KILLS + 1)) + seen.randrange(2)
        with lane("--alone") as process:
            assert eventually(lambda limit=limit: len(police.received) >= limit)
            process.send_signal(signal.SIGKILL)
            process.wait()
    with lane("--alone"):
        assert eventually(lambda: not Delivery.objects.exclude(state="delivered").exists())
    ids = [each.headers["webhook-id"] for each in police.received]
    order = list(feed.deliveries.order_by("seq").values_list("message__public_id", flat=True))
    assert list(dict.fromkeys(ids)) == order
    places = [order.index(each) for each in ids]
    assert places == sorted(places)
    bodies = {(each.headers["webhook-id"], each.body) for each in police.received}
    assert len(bodies) == MESSAGES


def test_an_endpoint_that_hangs_delays_no_other(police):
    site = SiteFactory()
    actor = officer(site)
    for number in range(4):
        feed = WebhookEndpointFactory(
            site=site, url=police.url(f"/{number}"), allowed_networks=["127.0.0.0/8"]
        )
        endpoints.renew_credentials(feed, UserFactory())
    police.answer = lambda request: Reply(hangs=request.path in ("/0", "/1"))
    for number in range(3):
        sent(confirmed(site, actor, plate=f"沪A{10000 + number}"), actor)
    with lane():
        assert eventually(lambda: Delivery.objects.filter(state="delivered").count() == 6)
    hanging = [each for each in police.received if each.path in ("/0", "/1")]
    assert len(hanging) == 2
    assert Delivery.objects.filter(state="pending").count() == 6
    assert outbox_lanes.LEASE.total_seconds() > 20
