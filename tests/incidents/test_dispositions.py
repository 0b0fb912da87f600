"""Requests of authorities to watch for a plate: pending entries, checked when they arrive."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from incidents import selectors, services
from incidents.dispositions import (
    DispositionRequest,
    dispositions_of,
    receive_disposition,
    revoke_disposition,
)
from incidents.models import Disposition, WatchEntry
from tests.factories import FeedEndpointFactory, UserFactory

pytestmark = pytest.mark.django_db
NUMBER = "500107000003012026120109433615884"


@pytest.fixture
def endpoint():
    return FeedEndpointFactory(kind="viid")


def request(**changed):
    wanted = DispositionRequest(
        number=NUMBER,
        title="stolen car",
        category="2",
        target="(3=渝D2S035)",
        plate="渝D2S035",
        org="District police",
        officer="Officer Li",
        reason="reported stolen",
        begins_at=clock.now(),
        ends_at=clock.now() + timedelta(days=30),
        sha256="a" * 64,
    )
    return replace(wanted, **changed)


def in_force(entry):
    at = clock.now() + timedelta(seconds=1)
    return selectors.entries_in_force(entry.site_id, entry.plate, at)


def test_a_disposition_waits_until_a_person_here_approves_it(endpoint):
    entry = receive_disposition(endpoint, request()).entry
    assert (entry.plate, entry.document_no, entry.created_by) == ("渝D2S035", NUMBER, None)
    assert in_force(entry) == []
    assert list(selectors.waiting_for_approval(endpoint.site)) == [entry]
    services.approve_watch_entry(entry, UserFactory())
    assert in_force(entry) == [entry]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": clock.now() + timedelta(days=91)}, "ends_at"),
        ({"ends_at": clock.now() - timedelta(days=1)}, "ends_at"),
        ({"reason": " "}, "reason"),
        ({"org": ""}, "requesting_org"),
        ({"officer": ""}, "requesting_officer"),
        ({"plate": ""}, "plate"),
        ({"category": "1"}, "DispositionCategory"),
        ({"category": "4"}, "DispositionCategory"),
    ],
)
def test_a_disposition_without_end_reason_or_requester_is_refused(endpoint, changed, field):
    with pytest.raises(Rejection) as refused:
        receive_disposition(endpoint, request(**changed))
    assert refused.value.field == field
    assert not Disposition.objects.exists()


def test_an_endpoint_may_allow_shorter_periods_only(endpoint):
    endpoint.options = {"max_days": 7}
    with pytest.raises(Rejection, match="7 days"):
        receive_disposition(endpoint, request())


def test_a_repeated_disposition_changes_nothing(endpoint):
    first = receive_disposition(endpoint, request())
    assert receive_disposition(endpoint, request()) == first
    assert WatchEntry.objects.count() == 1


def test_a_changed_disposition_replaces_the_one_that_waits_and_never_an_approved_one(endpoint):
    entry = receive_disposition(endpoint, request()).entry
    receive_disposition(endpoint, request(plate="渝D2S036", sha256="b" * 64))
    entry.refresh_from_db()
    assert entry.plate == "渝D2S036"
    services.approve_watch_entry(entry, UserFactory())
    with pytest.raises(Rejection, match="decided already"):
        receive_disposition(endpoint, request(plate="渝D2S037", sha256="c" * 64))
    entry.refresh_from_db()
    assert entry.plate == "渝D2S036"


def test_a_revoked_disposition_ends_and_is_not_listed(endpoint):
    entry = receive_disposition(endpoint, request()).entry
    services.approve_watch_entry(entry, UserFactory())
    revoke_disposition(endpoint, NUMBER, "car found")
    revoke_disposition(endpoint, NUMBER, "again")
    entry.refresh_from_db()
    assert (entry.end_reason, entry.ended_by) == ("car found", None)
    assert (in_force(entry), dispositions_of(endpoint)) == ([], [])
    assert AuditEntry.objects.filter(action="revoke disposition").count() == 1


def test_an_endpoint_cannot_revoke_what_another_one_has_requested(endpoint):
    receive_disposition(endpoint, request())
    with pytest.raises(Rejection, match="no such disposition"):
        revoke_disposition(FeedEndpointFactory(kind="viid", site=endpoint.site), NUMBER)
