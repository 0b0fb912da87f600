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
from core.models import Site
from incidents.feeds import endpoints, pausing
from incidents.models import Delivery, FeedEndpoint
from tests import receiver
from tests.config.running import eventually
from tests.factories import SiteFactory, UserFactory, WebhookEndpointFactory
from tests.incidents.feeds.setting import confirmed, officer, sent
from tests.ports import free_port
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
    # Django's checks load the pages of the whole web, a quarter of the start of the process.
    command = [sys.executable, "manage.py", "send_outbox", "--skip-checks", "feeds", *arguments]
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


def test_nothing_is_lost_while_receivers_misbehave_and_workers_are_killed():
    site = SiteFactory()
    actor = officer(site)
    trouble = {
        "/hangs": Reply(hangs=True),
        "/redirects": Reply(307, {"Location": "/elsewhere"}),
        "/busy": Reply(429, {"Retry-After": "3600"}),
        "/broken": Reply(502),
    }
    with receiver.running() as wrong:
        wrong.answer = lambda request: trouble[request.path]
        feeds = {path: hook(site, wrong.url(path)) for path in trouble}
        feeds["/down"] = hook(site, f"http://127.0.0.1:{free_port()}/down")
        for number in range(3):
            sent(confirmed(site, actor, plate=f"沪A{10000 + number}"), actor)
        for _kill in range(2):
            seen = len(wrong.received)
            with lane("--alone") as process:
                assert eventually(lambda seen=seen: tried(wrong, seen) == set(trouble))
                process.send_signal(signal.SIGKILL)
                process.wait()
            for feed in feeds.values():
                pausing.retry_now(feed)
        assert tried(wrong) == set(trouble), "redirects are not followed"
        first = {each.path: each for each in reversed(wrong.received)}
        assert all(each.body == first[each.path].body for each in wrong.received)
    assert not Delivery.objects.exclude(state="pending").exists()

    with receiver.running() as police:
        for path, feed in feeds.items():
            FeedEndpoint.objects.filter(pk=feed.pk).update(url=police.url(path))
        with lane("--alone"):
            assert eventually(lambda: not Delivery.objects.exclude(state="delivered").exists())
        for path, feed in feeds.items():
            deliveries = feed.deliveries.order_by("seq")
            got = [each for each in police.received if each.path == path]
            ids = deliveries.values_list("message__public_id", flat=True)
            assert [each.headers["webhook-id"] for each in got] == list(ids)
            assert [each.body for each in got] == [bytes(each.body) for each in deliveries]
            if path in first:
                assert got[0].body == first[path].body
                assert got[0].headers["webhook-id"] == first[path].headers["webhook-id"]


def tried(wrong: Receiver, since: int = 0) -> set[str]:
    """The paths that were requested, from that request on."""
    return {each.path for each in wrong.received[since:]}


def hook(site: Site, url: str) -> FeedEndpoint:
    made = WebhookEndpointFactory(site=site, url=url, allowed_networks=["127.0.0.0/8"])
    endpoints.renew_credentials(made, UserFactory())
    return made


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
    # On a busy machine, the first message is tried again; no other one is before it is accepted.
    assert len({(each.path, each.headers["webhook-id"]) for each in hanging}) == 2
    assert Delivery.objects.filter(state="pending").count() == 6
    assert outbox_lanes.LEASE.total_seconds() > 20
