"""Acknowledgements as CAP: each alert that an Ack refers to counts as acknowledged."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from core import clock
from incidents.feeds import credentials
from incidents.models import Delivery, Incident
from integrations.police.cap.adapter import reference_of
from integrations.police.cap.document import Alert, MessageType, Status, build
from integrations.police.cap.parsing import MAX_BYTES
from tests.factories import FeedEndpointFactory, SiteFactory
from tests.incidents.feeds.setting import confirmed, officer, sent

pytestmark = pytest.mark.django_db
CAP = "application/cap+xml"


@pytest.fixture
def endpoint():
    return FeedEndpointFactory(site=SiteFactory(), kind="cap_atom")


@pytest.fixture
def token(endpoint):
    created = credentials.renew(endpoint)
    endpoint.save()
    return created.token


@pytest.fixture
def incident(endpoint):
    actor = officer(endpoint.site)
    found = confirmed(endpoint.site, actor)
    sent(found, actor)
    return found


def references():
    return tuple(reference_of(bytes(each.body)) for each in Delivery.objects.order_by("seq"))


def ack(*triples, type_=MessageType.ACK, **changed):
    values = {
        "identifier": "ack-1",
        "sender": "desk@police.example",
        "sent": clock.now(),
        "status": Status.ACTUAL,
        "type": type_,
        "address": "park",
        "note": "car 12 is on its way",
        "references": triples or references(),
    }
    return etree.tostring(build(Alert(**values | changed)))


def post(endpoint, token, body, content_type=CAP, path=None):
    address = path or reverse("cap_acknowledgement", args=[endpoint.public_id])
    headers = {"authorization": f"Bearer {token}"}
    return Client().post(address, body, content_type=content_type, headers=headers)


def test_an_ack_is_recorded_with_its_sender_and_note(endpoint, token, incident):
    answer = post(endpoint, token, ack())
    delivery = Delivery.objects.get()
    assert answer.json() == {"acknowledged": [delivery.message.public_id]}
    assert delivery.acknowledged_by == "desk@police.example"
    assert delivery.acknowledgement == "car 12 is on its way"
    assert Incident.objects.get(pk=incident.pk).state == "acknowledged"


def test_the_first_acknowledgement_stands(endpoint, token, incident):
    post(endpoint, token, ack())
    assert post(endpoint, token, ack(sender="other@police.example")).status_code == 200
    assert Delivery.objects.get().acknowledged_by == "desk@police.example"


def test_one_ack_covers_several_alerts(endpoint, token, incident):
    sent(incident, officer(endpoint.site), "update")
    post(endpoint, token, ack())
    assert not Delivery.objects.filter(acknowledged_at=None).exists()


def test_a_message_has_an_address_for_acknowledgements_in_cap_and_in_json(
    endpoint, token, incident
):
    public_id = Delivery.objects.get().message.public_id
    path = f"/api/v1/feeds/{endpoint.public_id}/messages/{public_id}/ack"
    body = json.dumps({"operator": "Officer Li"})
    assert post(endpoint, token, body, "application/json", path).status_code == 200
    assert post(endpoint, token, ack(), path=path).status_code == 200
    assert Delivery.objects.get().acknowledged_by == "Officer Li"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (lambda: b"<alert>", 400, "not_well_formed"),
        (lambda: b"<!DOCTYPE a><a/>", 400, "document_type"),
        (lambda: b"<a/>", 400, "alert_not_an_alert"),
        (lambda: b" " * (MAX_BYTES + 1), 413, "too_large"),
        (lambda: ack(sender="a b"), 400, "sender_forbidden_character"),
        (lambda: ack(references=()), 400, "references_missing"),
        (lambda: ack(type_=MessageType.CANCEL), 400, "not_an_acknowledgement"),
        (lambda: ack("x@y,msg_unknown.feed,2026-07-04T08:00:00-00:00"), 404, "unknown_reference"),
        (
            lambda: ack(*references(), "x@y,msg_no.feed,2026-07-04T08:00:00-00:00"),
            404,
            "unknown_reference",
        ),
    ],
)
def test_what_is_no_acknowledgement_of_our_alerts_records_nothing(
    endpoint, token, incident, body, status, code
):
    answer = post(endpoint, token, body())
    assert (answer.status_code, answer.json()) == (status, {"code": code})
    assert Delivery.objects.get().acknowledged_at is None


def test_a_reference_with_another_time_or_sender_is_unknown(endpoint, token, incident):
    (known,) = references()
    wrong = str(known).replace(known.sender, "other@site.example")
    assert post(endpoint, token, ack(wrong)).status_code == 404


def test_another_feeds_alert_is_unknown(endpoint, token, incident):
    other = FeedEndpointFactory(site=endpoint.site, kind="cap_atom")
    foreign = credentials.renew(other).token
    other.save()
    assert post(other, foreign, ack()).status_code == 404
    assert post(endpoint, foreign, ack()).status_code == 401


def test_another_media_type_is_refused(endpoint, token, incident):
    assert post(endpoint, token, ack(), "text/xml").status_code == 415
