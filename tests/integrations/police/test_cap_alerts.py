"""Every kind of incident as an alert, an update and a cancellation of CAP."""

from datetime import timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core import clock
from core.errors import Rejection
from core.models import Site
from incidents import kinds
from incidents.feeds import site_keys
from incidents.models import FeedMessage, SiteKey
from incidents.severities import Severity
from integrations.police.cap.alerts import Issue, alert_of, identifier_of, sender_of
from integrations.police.cap.document import Resource, build
from integrations.police.cap.parsing import parse
from integrations.police.cap.rules import texts
from integrations.police.cap.signature import verify
from tests.factories import FeedEndpointFactory, SiteFactory
from tests.incidents.feeds.setting import confirmed, officer, sent
from tests.integrations.police.alerts import (
    EARLIER,
    NAMES,
    PHOTO,
    codes,
    element,
    require_schema,
    schema_errors,
)

KINDS = [each.code for each in kinds.all()]
AT = "2026-07-04T08:30:15+00:00"


def content_of_kind(code, **changed):
    kind = kinds.get(code)
    values = {
        "incident": "park-7",
        "kind": code,
        "categories": list(kind.categories),
        "urgency": kind.urgency,
        "severity": kind.severity,
        "certainty": kind.certainty,
        "site": "Harbour Park",
        "place": "North gate",
        "longitude": 121.47,
        "latitude": 31.23,
        "first_at": AT,
        "last_at": AT,
        "occurrences": 2,
        "exercise": False,
    }
    return values | changed


def issue(code="intrusion", type_="alert", *, exercise=False, resources=(), **changed):
    message = FeedMessage(
        public_id="msg_abc",
        number=1,
        type=type_,
        content=content_of_kind(code, **changed),
        exercise=exercise,
        created_at=clock.now(),
    )
    site = Site(slug="park", name="Harbour Park", timezone="Asia/Shanghai", phone="021-5555")
    earlier = (EARLIER,) if type_ in ("update", "cancel") else ()
    return Issue(message, site, type_, "feed1", 3, earlier, resources, "https://gate.example/e/1")


def as_xml(**values):
    return build(alert_of(issue(**values)))


@pytest.mark.parametrize("type_", ["alert", "update", "cancel"])
@pytest.mark.parametrize("code", KINDS)
def test_each_kind_is_valid_as_each_type(code, type_):
    root = as_xml(code=code, type_=type_, plate="沪A12345", resources=(PHOTO,))
    assert codes(root) == []
    assert element(root, "info/eventCode/value").text == code
    assert texts(element(root, "info"), "category") == list(kinds.get(code).categories)
    require_schema()
    assert schema_errors(root) == []


@pytest.mark.parametrize(
    ("code", "urgency", "severity", "certainty"),
    [
        ("sos", "Immediate", "Extreme", "Observed"),
        ("smoke_fire", "Immediate", "Extreme", "Likely"),
        ("intrusion", "Immediate", "Severe", "Possible"),
        ("plate_watchlist", "Immediate", "Severe", "Likely"),
        ("fire_lane_occupied", "Expected", "Moderate", "Observed"),
        ("tailgating", "Expected", "Minor", "Likely"),
        ("device_tampered", "Immediate", "Moderate", "Observed"),
        ("device_offline", "Expected", "Minor", "Observed"),
    ],
)
def test_kinds_begin_where_the_incident_map_has_them(code, urgency, severity, certainty):
    root = as_xml(code=code)
    found = [element(root, f"info/{each}").text for each in ("urgency", "severity", "certainty")]
    assert found == [urgency, severity, certainty]


@pytest.mark.parametrize("severity", Severity.values)
def test_severity_and_certainty_are_those_of_the_incident(severity):
    root = as_xml(severity=severity, certainty="observed")
    assert element(root, "info/severity").text == severity.capitalize()
    assert element(root, "info/certainty").text == "Observed"


def test_it_is_written_in_english_and_in_chinese_whatever_the_language_of_the_user():
    with override("zh-hans"):
        root = as_xml()
    infos = root.findall("cap:info", NAMES)
    assert [texts(each, "language") for each in infos] == [["en-US"], ["zh-CN"]]
    assert texts(infos[0], "event") == ["intrusion"]
    assert texts(infos[1], "event") != ["intrusion"]
    assert "North gate" in texts(infos[1], "headline")[0]


def test_a_cancellation_stands_down():
    root = as_xml(type_="cancel")
    assert element(root, "info/responseType").text == "AllClear"
    assert element(root, "info/urgency").text == "Past"
    assert element(root, "info/headline").text.startswith("Cancelled")
    assert element(root, "references").text == str(EARLIER)


def test_an_exercise_says_so_in_its_status_its_note_and_each_language():
    root = as_xml(exercise=True)
    assert element(root, "status").text == "Exercise"
    assert "Exercise" in element(root, "note").text
    heads = [texts(each, "headline")[0] for each in root.findall("cap:info", NAMES)]
    assert [head[:4] for head in heads] == ["EXER", "【演练】"]


def test_a_test_message_is_no_incident():
    content = {"incident": "", "categories": ["Other"], "occurrences": 0, "place": ""}
    root = as_xml(code="intrusion", type_="test", **content)
    assert element(root, "status").text == "Test"
    assert element(root, "incidents") is None
    assert codes(root) == []
    assert schema_errors(root) == []


def test_a_plate_stands_in_a_watch_list_hit_only():
    hit = as_xml(code="plate_watchlist", plate="沪A12345")
    other = as_xml(code="intrusion", plate="沪A12345")
    assert "沪A12345" in "".join(hit.itertext())
    assert "沪A12345" not in "".join(other.itertext())


def test_it_expires_a_day_after_it_was_sent():
    found = alert_of(issue())
    assert {each.expires - found.sent for each in found.infos} == {timedelta(hours=24)}


def test_an_incident_without_a_position_is_somewhere_at_its_site():
    found = issue(longitude=None, latitude=None)
    assert alert_of(found).infos[0].circle is None
    found.site.longitude, found.site.latitude = 121.5, 31.2
    assert str(alert_of(found).infos[0].circle) == "31.200000,121.500000 0.5"


def test_evidence_has_both_digests():
    photo = Resource("Picture", "image/jpeg", 10, "ab" * 20, "cd" * 32)
    root = as_xml(resources=(photo,))
    names = [texts(each, "valueName") for each in root.iter(f"{{{NAMES['cap']}}}parameter")]
    assert ["evidence_sha256"] in names
    assert element(root, "info/resource/digest").text == photo.sha1


def test_identifiers_differ_between_receivers():
    assert identifier_of("msg_a", "feed1") != identifier_of("msg_a", "feed2")


def test_the_sender_is_the_site_at_the_installations_domain(settings):
    settings.PUBLIC_URL = "https://gate.example:8443/x"
    assert sender_of(Site(slug="park")) == "park@gate.example"


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=60))
def test_hostile_names_of_places_and_sites_give_valid_alerts(place, site, reference):
    root = as_xml(place=place, site=site, incident=reference)
    again = parse(etree.tostring(root))
    assert codes(again) == []
    assert schema_errors(again) == []


@pytest.mark.django_db
class TestDispatch:
    """What dispatching gives to an endpoint for CAP."""

    @pytest.fixture
    def site(self):
        return SiteFactory(phone="021-5555")

    @pytest.fixture
    def endpoint(self, site):
        return FeedEndpointFactory(site=site, kind="cap_atom")

    def bodies(self, endpoint):
        return [bytes(each.body) for each in endpoint.deliveries.order_by("seq")]

    def test_each_message_is_signed_and_refers_to_all_earlier_ones(self, site, endpoint):
        actor = officer(site)
        incident = confirmed(site, actor)
        for type_ in ("alert", "update", "cancel"):
            sent(incident, actor, type_)
        certificate = site_keys.signing_key(site).certificate
        roots = [verify(body, certificate) for body in self.bodies(endpoint)]
        types = [element(root, "msgType").text for root in roots]
        assert types == ["Alert", "Update", "Cancel"]
        triples = [
            ",".join(element(root, each).text for each in ("sender", "identifier", "sent"))
            for root in roots
        ]
        assert element(roots[2], "references").text.split() == triples[:2]
        assert len({element(root, "incidents").text for root in roots}) == 1
        assert [schema_errors(body) for body in self.bodies(endpoint)] == [[], [], []]

    def test_a_reference_is_what_was_issued_even_if_the_domain_changes(
        self, site, endpoint, settings
    ):
        actor = officer(site)
        incident = confirmed(site, actor)
        sent(incident, actor)
        settings.PUBLIC_URL = "https://other.example"
        sent(incident, actor, "update")
        first, second = map(parse, self.bodies(endpoint))
        assert element(second, "references").text.startswith(element(first, "sender").text + ",")
        assert element(second, "sender").text.endswith("@other.example")

    def test_each_endpoint_gets_an_alert_of_its_own(self, site, endpoint):
        other = FeedEndpointFactory(site=site, kind="cap_atom")
        actor = officer(site)
        sent(confirmed(site, actor), actor)
        for each in (endpoint, other):
            root = parse(self.bodies(each)[0])
            assert element(root, "addresses").text == each.public_id

    def test_without_its_key_nothing_is_dispatched(self, site, endpoint):
        site_keys.signing_key(site)
        SiteKey.objects.update(private_key="AAAA" * 20)
        actor = officer(site)
        incident = confirmed(site, actor)
        with pytest.raises(Rejection, match="signing key"):
            sent(incident, actor)
        assert not FeedMessage.objects.exists()
