"""GA/T 1400: identifiers and passwords of a feed, entered in the console."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from core import clock, outbox_lanes
from core.errors import Rejection
from core.models import AuditEntry
from core.permissions import StandardRole
from incidents.dispositions import DispositionRequest, receive_disposition
from incidents.feeds import endpoints
from incidents.models import FeedEndpoint
from integrations.police.viid.options import options_of
from integrations.police.viid.sessions import Sessions
from tests.browsers import hire, signed_in, text
from tests.factories import FeedEndpointFactory, UserFactory
from tests.integrations.police.peer import DEVICE, ORG, deliver

pytestmark = pytest.mark.django_db
ENTERED = {
    "device_id": DEVICE,
    "org_code": ORG,
    "notification_type": "02",
    "tollgate_id": "",
    "keepalive_s": "60",
    "user": "gatehouse",
    "password": "secret",
    "inbound_user": "police",
    "inbound_password": "secret of the police",
    "categories": ["2"],
    "max_days": "90",
}


@pytest.fixture
def feed(endpoint):
    """An approved feed without identifiers."""
    endpoint.options, endpoint.registered_until = {}, None
    endpoint.save()
    return endpoint


@pytest.fixture
def manager(feed):
    return signed_in(hire(feed.site, StandardRole.MANAGER))


def page_of(feed):
    return f"/s/{feed.site.slug}/feeds/{feed.pk}/"


def enter(manager, feed, **changed):
    return manager.post(page_of(feed) + "identifiers/", ENTERED | changed)


def stored(feed):
    return FeedEndpoint.objects.get(pk=feed.pk)


def test_the_page_says_that_identifiers_are_missing_until_they_are_entered(manager, feed):
    assert "The identifiers are missing." in text(manager.get(page_of(feed)))
    assert enter(manager, feed).status_code == 204
    page = text(manager.get(page_of(feed)))
    assert "The identifiers are missing." not in page
    assert all(shown in page for shown in (DEVICE, ORG, "gatehouse", "police", "not registered"))


def test_what_was_dispatched_before_leaves_with_the_identifiers(manager, feed, peer):
    delivery = deliver(feed)
    assert (delivery.state, peer.calls) == ("pending", [])
    assert "The identifiers are missing." in text(manager.get(f"{page_of(feed)}deliveries/1/"))
    enter(manager, feed)
    Sessions(patience_s=30.0).step(0.0)
    outbox_lanes.send_all_due("feeds")
    delivery.refresh_from_db()
    sent = peer.calls[-1].body
    assert delivery.state == "delivered"
    assert delivery.sha256 == hashlib.sha256(sent).hexdigest()
    (notification,) = json.loads(sent)["DispositionNotificationListObject"][
        "DispositionNotificationObject"
    ]
    vehicle = notification["MotorVehicleObject"]
    assert notification["NotificationID"].startswith(f"{ORG}02")
    assert len(notification["NotificationID"]) == 33
    assert vehicle["TollgateID"] == DEVICE
    assert vehicle["MotorVehicleID"] == notification["CntObjectID"]
    assert len(notification["CntObjectID"]) == 39


def test_passwords_are_stored_encrypted_and_never_shown(manager, feed):
    enter(manager, feed)
    found = stored(feed)
    assert options_of(found).inbound_password == "secret of the police"
    entry = AuditEntry.objects.get(action="change identifiers of feed")
    pages = [manager.get(page_of(feed) + part).content.decode() for part in ("", "identifiers/")]
    for shown in (str(found.options), str(entry.detail), *pages):
        assert "secret of the police" not in shown
        assert found.options["password"] not in shown or shown == str(found.options)
    assert entry.detail["passwords"] == ["password", "inbound_password"]


def test_an_empty_password_keeps_the_stored_one_and_no_user_removes_it(manager, feed):
    enter(manager, feed)
    enter(manager, feed, password="", inbound_password="", inbound_user="")
    options = options_of(stored(feed))
    assert (options.password, options.inbound_user, options.inbound_password) == ("secret", "", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("device_id", "5001"),
        ("org_code", "50010700000x"),
        ("notification_type", "2"),
        ("tollgate_id", "1"),
        ("keepalive_s", "5"),
        ("keepalive_s", "0"),
        ("user", 'a"b'),
        ("inbound_user", "用户"),
        ("password", ""),
        ("categories", []),
        ("categories", ["5"]),
        ("max_days", "0"),
        ("max_days", "91"),
    ],
)
def test_malformed_values_are_rejected_at_their_fields(manager, feed, field, value):
    answer = enter(manager, feed, **{field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert stored(feed).options == {}


def test_the_feed_says_which_dispositions_it_accepts(manager, feed):
    enter(manager, feed, categories=["2", "3"], max_days="30")
    options = options_of(stored(feed))
    assert (options.categories, options.max_days) == (("2", "3"), 30)
    page = text(manager.get(page_of(feed)))
    assert "motor vehicle, non-motor vehicle," in page
    assert "up to 30 days" in page
    request = DispositionRequest(
        number="7",
        title="",
        category="3",
        target="(3=沪A12345)",
        plate="沪A12345",
        org="District police",
        officer="Qian",
        reason="theft",
        begins_at=None,
        ends_at=clock.now() + timedelta(days=31),
        sha256="0" * 64,
    )
    with pytest.raises(Rejection) as rejected:
        receive_disposition(stored(feed), request)
    assert rejected.value.code == "range_too_long"
    shorter = replace(request, ends_at=clock.now() + timedelta(days=29))
    assert receive_disposition(stored(feed), shorter).category == "3"
    with pytest.raises(Rejection) as rejected:
        receive_disposition(stored(feed), replace(shorter, number="8", category="1"))
    assert rejected.value.code == "category_off"


def test_an_inbound_user_belongs_to_one_feed(manager, feed):
    FeedEndpointFactory(kind="viid", options={"inbound_user": "police"})
    answer = enter(manager, feed)
    assert "inbound_user" in answer.context["form"].errors


def test_a_change_of_the_feed_keeps_its_identifiers_and_records_no_password(manager, feed):
    enter(manager, feed)
    before = stored(feed)
    shown = endpoints.shown_values(before)
    values = {**shown, "valid_until": before.valid_until, "options": {"language": "en"}}
    endpoints.change_endpoint(before, UserFactory(), endpoints.EndpointValues(**values))
    assert options_of(stored(feed)).password == "secret"
    assert stored(feed).options["language"] == "en"
    entry = AuditEntry.objects.get(action="change feed")
    assert before.options["password"] not in str(entry.detail)


def test_other_kinds_of_feeds_have_no_identifiers(manager, feed):
    other = FeedEndpointFactory(site=feed.site, kind="liaison")
    assert manager.get(page_of(other) + "identifiers/").status_code == 404
    assert "Identifiers" not in text(manager.get(page_of(other)))
