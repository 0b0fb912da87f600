"""GA/T 1400: what an authority may call here, and what it is refused."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from core import clock
from incidents.models import Disposition, WatchEntry
from integrations.police.viid import digest
from integrations.police.viid.client import local_time
from integrations.police.viid.options import store_password
from integrations.police.viid.parsing import plate_of
from tests.factories import FeedEndpointFactory

pytestmark = pytest.mark.django_db
NUMBER = "500107000003012026120109433615884"


@pytest.fixture(autouse=True)
def _no_guesses_before():
    cache.clear()


@pytest.fixture
def endpoint():
    options = {
        "device_id": "50010700000311900001",
        "org_code": "500107000003",
        "inbound_user": "police",
    }
    made = FeedEndpointFactory(kind="viid", url="", options=options)
    store_password(made, "inbound_password", "secret")
    made.save()
    return made


def call(method, path, body=None, password="secret", user="police"):  # noqa: S107
    """Call as a peer does: answer the challenge of the first attempt."""
    content = b"" if body is None else json.dumps(body).encode()
    first = Client().generic(method, path, content, "application/VIID+JSON")
    assert first.status_code == 401
    challenge = digest.parse_challenge(first["WWW-Authenticate"])
    header = digest.authorization(challenge, user, password, method, path)
    return Client().generic(
        method, path, content, "application/VIID+JSON", headers={"Authorization": header}
    )


def disposition(site, **changed):
    now = clock.now()
    return {
        "DispositionID": NUMBER,
        "Title": "stolen car",
        "DispositionCategory": "2",
        "TargetFeature": "(3=渝D2S035)",
        "ApplicantName": "Officer Li",
        "ApplicantOrg": "District police",
        "Reason": "reported stolen",
        "BeginTime": local_time(now, site.timezone),
        "EndTime": local_time(now + timedelta(days=30), site.timezone),
        "OperateType": 0,
    } | changed


def codes(answer):
    found = json.loads(answer.content)["ResponseStatusListObject"]["ResponseStatusObject"]
    return [each["StatusCode"] for each in found]


@pytest.mark.parametrize("path", ["/VIID/Dispositions", f"/VIID/Dispositions/{NUMBER}"])
@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"user": "other"}])
def test_calls_without_an_endpoint_s_credentials_are_refused(endpoint, path, wrong):
    assert call("DELETE", path, **wrong).status_code == 401


def test_an_endpoint_without_inbound_credentials_or_approval_accepts_no_call(endpoint):
    endpoint.approved_by = None
    endpoint.save()
    assert call("GET", "/VIID/Dispositions").status_code == 401
    assert call("GET", "/VIID/Dispositions", user="", password="").status_code == 401


@pytest.mark.parametrize("wrapped", [0, 1, 2, 3])
def test_a_disposition_waits_for_approval_however_it_is_wrapped(endpoint, wrapped):
    sent = disposition(endpoint.site)
    body = [sent, [sent], {"DispositionObject": [sent]}][wrapped] if wrapped < 3 else None
    body = body or {"DispositionListObject": {"DispositionObject": [sent]}}
    answer = call("POST", "/VIID/Dispositions", body)
    assert (answer.status_code, codes(answer)) == (200, [0])
    entry = WatchEntry.objects.get()
    assert (entry.plate, entry.approved_by) == ("渝D2S035", None)
    listed = json.loads(call("GET", "/VIID/Dispositions").content)
    (shown,) = listed["DispositionListObject"]["DispositionObject"]
    assert (shown["DispositionID"], shown["DispositionStatus"]) == (NUMBER, "9")


def test_each_item_is_answered_by_itself(endpoint):
    good, bad = disposition(endpoint.site), disposition(endpoint.site, DispositionID="2", Reason="")
    person = disposition(endpoint.site, DispositionID="3", DispositionCategory="1")
    answer = call("POST", "/VIID/Dispositions", [good, bad, person])
    assert codes(answer) == [0, 4, 4]
    assert Disposition.objects.count() == 1


@pytest.mark.parametrize("how", ["list", "one", "object", "put"])
def test_a_disposition_is_revoked(endpoint, how):
    sent = disposition(endpoint.site)
    call("POST", "/VIID/Dispositions", sent)
    if how == "list":
        answer = call("DELETE", f"/VIID/Dispositions?IDList={NUMBER},unknown")
        assert codes(answer) == [0, 4]
    elif how == "one":
        assert codes(call("DELETE", f"/VIID/Dispositions/{NUMBER}")) == [0]
    elif how == "object":
        revoked = sent | {"OperateType": "1"}
        assert codes(call("PUT", "/VIID/Dispositions", revoked)) == [0]
    else:
        body = {"DispositionObject": {"DispositionRemoveReason": "car found"}}
        assert codes(call("PUT", f"/VIID/Dispositions/{NUMBER}", body)) == [0]
    assert WatchEntry.objects.get().end_reason


@pytest.mark.parametrize("body", ["", "{", "[]", "[1]", '{"DispositionListObject": 5}'])
def test_malformed_json_is_answered_with_its_code(endpoint, body):
    path = "/VIID/Dispositions"
    first = Client().generic("POST", path, body)
    challenge = digest.parse_challenge(first["WWW-Authenticate"])
    header = digest.authorization(challenge, "police", "secret", "POST", path)
    answer = Client().generic("POST", path, body, headers={"Authorization": header})
    assert (answer.status_code, codes(answer)) == (400, [7])


@pytest.mark.parametrize("detail", [11, 12, 13, 14, 15, 16, 3])
def test_subscriptions_are_refused(endpoint, detail):
    body = {"SubscribeObject": [{"SubscribeID": "1", "SubscribeDetail": detail}]}
    answer = call("POST", "/VIID/Subscribes", body)
    assert (answer.status_code, codes(answer)) == (403, [4])


@pytest.mark.parametrize(
    ("target", "plate"),
    [
        ("(3=渝D2S035)", "渝D2S035"),
        ("3=渝D2S035", "渝D2S035"),
        ("渝D2S035", "渝D2S035"),
        ("(1=x)", ""),
        ("", ""),
    ],
)
def test_the_plate_is_feature_3_of_the_target(target, plate):
    assert plate_of(target) == plate
