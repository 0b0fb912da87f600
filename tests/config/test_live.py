"""The live channel: who hears what, in how many bundles, and what becomes of a lost database."""

import asyncio
import json
from collections.abc import Callable, Iterator

import psycopg2
import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connections, transaction

from config.live import addressed
from core import live
from core.live_consumer import LAYER, NOT_ALLOWED
from core.permissions import StandardRole
from people.models import Membership
from tests.config.live_page import LivePage
from tests.config.running import eventually
from tests.console.world import hire
from tests.factories import SiteFactory, StayFactory, UserFactory


def test_staff_hear_everything_but_the_address_of_a_stay():
    told = json.dumps({"site": 3, "topic": "stay", "id": 7, "stay_public": "abc"})
    assert addressed(told) == [
        ("site.3", {"topic": "stay", "id": 7}),
        ("stay.abc", {"topic": "stay"}),
    ]


@pytest.mark.parametrize("told", ["", "[]", "7", "{}", '{"site": 1}', '{"topic": "x"}', "\x00"])
def test_what_is_no_announcement_goes_to_nobody(told):
    assert addressed(told) == []


@pytest.fixture
def heard_by_the_database(transactional_db: None) -> Iterator[Callable[[], list[str]]]:
    """A second connection that listens; gives what it has heard so far."""
    parameters = connections["default"].get_connection_params()
    listening = psycopg2.connect(**parameters)
    listening.autocommit = True
    listening.cursor().execute(f"LISTEN {live.CHANNEL}")

    def heard() -> list[str]:
        listening.poll()
        return [notify.payload for notify in listening.notifies]

    yield heard
    listening.close()


def test_an_announcement_is_heard_only_if_its_transaction_commits(heard_by_the_database):
    with transaction.atomic():
        live.announce(1, "bay", id=1)
        transaction.set_rollback(True)
    with transaction.atomic():
        live.announce(1, "bay", id=2)
    assert eventually(heard_by_the_database)
    assert [json.loads(told)["id"] for told in heard_by_the_database()] == [2]


async def listening_to(address, user=None):
    """A page that was let in and greeted."""
    page = await sync_to_async(LivePage)(address, user)
    assert await page.connect()
    assert await page.said() == {"listening": True, "events": []}
    return page


def tell(site, *events):
    layer = get_channel_layer(LAYER)
    return asyncio.gather(
        *(
            layer.group_send(f"site.{site.pk}", {"type": "live.event", "event": event})
            for event in events
        )
    )


@pytest.fixture
def staffed():
    """A site and one of its guards."""
    site = SiteFactory()
    return site, hire(site, StandardRole.GUARD)


in_database = pytest.mark.django_db(transaction=True)


@in_database
@pytest.mark.asyncio
async def test_changes_that_come_at_once_come_in_one_bundle_each_thing_once(staffed):
    site, guard = staffed
    page = await listening_to(f"/live/{site.slug}/", guard)
    states = ["free", "occupied"] * 20
    await tell(site, *({"topic": "bay", "id": 1, "status": state} for state in states))
    bundles = 0
    last = None
    while last != "occupied" or not await page.receive_nothing(timeout=0.6):
        events = (await page.said())["events"]
        assert len(events) == 1
        bundles, last = bundles + 1, events[0]["status"]
    assert bundles <= 3
    await page.leave()


@in_database
@pytest.mark.asyncio
async def test_a_page_hears_its_own_site_and_no_other(staffed):
    site, guard = staffed
    other = await sync_to_async(SiteFactory)()
    page = await listening_to(f"/live/{site.slug}/", guard)
    await tell(other, {"topic": "lane", "id": 1})
    await tell(site, {"topic": "lane", "id": 2})
    assert await page.said() == {"events": [{"topic": "lane", "id": 2}]}
    await page.leave()


@in_database
@pytest.mark.asyncio
async def test_a_page_that_asks_is_told_that_it_still_listens(staffed):
    site, guard = staffed
    page = await listening_to(f"/live/{site.slug}/", guard)
    await page.say({"ping": 1})
    assert await page.said() == {"events": []}
    await page.leave()


@in_database
@pytest.mark.asyncio
@pytest.mark.parametrize("who", ["nobody", "a stranger"])
async def test_who_has_no_role_there_is_turned_away(staffed, who):
    site, _guard = staffed
    user = await sync_to_async(UserFactory)() if who == "a stranger" else None
    page = await sync_to_async(LivePage)(f"/live/{site.slug}/", user)
    await page.connect()
    assert await page.closed_with() == NOT_ALLOWED


@in_database
@pytest.mark.asyncio
async def test_a_page_of_another_origin_does_not_even_connect(staffed):
    site, guard = staffed
    page = await sync_to_async(LivePage)(f"/live/{site.slug}/", guard, "evil.example")
    assert not await page.connect()


@in_database
@pytest.mark.asyncio
async def test_who_lost_the_role_hears_nothing_more(staffed, monkeypatch):
    monkeypatch.setattr("core.live_consumer.RECHECK_EVERY", 0.0)
    site, guard = staffed
    page = await listening_to(f"/live/{site.slug}/", guard)
    await sync_to_async(Membership.objects.filter(user=guard).delete)()
    await tell(site, {"topic": "lane", "id": 1})
    assert await page.closed_with() == NOT_ALLOWED


@in_database
@pytest.mark.asyncio
async def test_a_visitor_hears_of_the_stay_whose_address_they_have():
    stay = await sync_to_async(StayFactory)()
    page = await listening_to(f"/live/stay/{stay.public_id}/")
    layer = get_channel_layer(LAYER)
    told = {"type": "live.event", "event": {"topic": "stay"}}
    await layer.group_send(f"stay.{stay.public_id}", told)
    assert await page.said() == {"events": [{"topic": "stay"}]}
    await page.leave()


@in_database
@pytest.mark.asyncio
async def test_an_address_of_no_stay_is_turned_away():
    page = LivePage("/live/stay/nothing/")
    await page.connect()
    assert await page.closed_with() == NOT_ALLOWED
