"""No interface of an authority streams or exports passages, plates or faces."""

import base64
import json

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core.models import OutboxMessage
from incidents.feeds import credentials
from incidents.feeds.dispatch import dispatch
from incidents.models import Delivery, Incident
from incidents.services import review
from integrations.police.viid.options import store_password
from tests.factories import FeedEndpointFactory, WatchEntryFactory
from tests.gate import GateScene
from tests.incidents.feeds.setting import officer
from tests.integrations.police.peer import DEVICE, ORG
from tests.integrations.police.test_viid_inbound import call
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
OTHERS = ("沪A11111", "沪B22222", "粤C33333", "京D44444")
JPEG = b"\xff\xd8\xff"
# What an authority's system may call. Whoever adds an address decides here whether it is bulk.
MACHINE = {
    "api/v1/feeds/<slug:feed>/atom",
    "api/v1/feeds/<slug:feed>/ack",
    "api/v1/feeds/<slug:feed>/messages",
    "api/v1/feeds/<slug:feed>/messages/<slug:message>",
    "api/v1/feeds/<slug:feed>/messages/<slug:message>/ack",
    "VIID/Dispositions",
    "VIID/Dispositions/<slug:number>",
    "VIID/Subscribes",
    "VIID/Subscribes/<slug:number>",
}
BULK = ("Faces", "Persons", "MotorVehicles", "NonMotorVehicles", "Images", "VideoSlices", "Files")


@pytest.fixture(autouse=True)
def _no_guesses_before():
    cache.clear()


def addresses(patterns=None, before=""):
    for each in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, path)
        elif isinstance(each, URLPattern):
            yield path


@pytest.fixture
def gate():
    """Four ordinary cars have passed with photos; a fifth one was a hit that was dispatched."""
    found = GateScene.build()
    for plate in OTHERS:
        found.sees(found.entry, plate, image=jpeg())
    return found


@pytest.fixture
def hit(gate):
    entry = WatchEntryFactory(site=gate.site)
    gate.sees(gate.entry, entry.plate, image=jpeg())
    return Incident.objects.get(site=gate.site)


def contents(answer):
    """The bytes of an answer, and of the bodies of messages in it."""
    yield answer.content
    if answer["Content-Type"].startswith("application/json"):
        for each in json.loads(answer.content).get("messages", []):
            yield base64.b64decode(each["body"])


def names_others(content):
    return JPEG in content or any(
        form in content
        for plate in OTHERS
        for form in (plate.encode(), json.dumps(plate)[1:-1].encode(), plate.encode("gb18030"))
    )


def test_the_addresses_for_machines_are_these_and_no_others():
    found = {each for each in addresses() if each.startswith(("api/", "VIID/"))}
    assert found == MACHINE


def test_cars_that_pass_queue_nothing_for_any_feed(gate):
    for kind in ("webhook", "cap_atom", "viid", "email", "liaison"):
        FeedEndpointFactory(site=gate.site, kind=kind)
    gate.sees(gate.exit, OTHERS[0], image=jpeg())
    assert not Delivery.objects.exists()
    assert not OutboxMessage.objects.filter(topic__startswith="feed").exists()


@pytest.mark.parametrize("kind", ["cap_atom", "webhook", "email"])
def test_a_feed_reads_its_own_dispatched_messages_and_no_other_car(gate, hit, kind):
    endpoint = FeedEndpointFactory(site=gate.site, kind=kind)
    token = credentials.renew(endpoint).token
    endpoint.save()
    actor = officer(gate.site)
    review(hit, actor, confirmed=True, reason="seen on video")
    message = dispatch(hit, actor, "the police asked for it")
    client, seen = Client(headers={"authorization": f"Bearer {token}"}), 0
    base = f"/api/v1/feeds/{endpoint.public_id}"
    one = f"/{message.public_id}"
    for path in ("/atom", "/messages", f"/messages{one}"):
        answer = client.get(base + path, {"limit": 10_000, "after": 0})
        for content in contents(answer):
            seen += answer.status_code == 200
            assert not names_others(content), path
    assert seen >= 2


@pytest.mark.parametrize("name", BULK)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_the_collections_of_ga_t_1400_do_not_exist(name, method):
    for path in (f"/VIID/{name}", f"/VIID/{name}/1"):
        assert Client().generic(method, path, b"{}").status_code == 404


def test_a_peer_lists_its_own_requests_and_subscribes_to_nothing(gate, hit):
    options = {"device_id": DEVICE, "org_code": ORG, "inbound_user": "police"}
    endpoint = FeedEndpointFactory(site=gate.site, kind="viid", url="", options=options)
    store_password(endpoint, "inbound_password", "secret")
    endpoint.save()
    listed = call("GET", "/VIID/Dispositions")
    assert listed.status_code == 200
    assert not names_others(listed.content)
    for detail in range(3, 17):
        wanted = {"SubscribeID": "1", "SubscribeDetail": detail, "ReceiveAddr": "http://x"}
        answer = call("POST", "/VIID/Subscribes", {"SubscribeObject": [wanted]})
        assert answer.status_code == 403
    gate.sees(gate.exit, OTHERS[1], image=jpeg())
    assert not Delivery.objects.filter(endpoint=endpoint).exists()
