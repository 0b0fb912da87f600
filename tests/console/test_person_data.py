"""Consents, exports and erasures of a person in the console."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from core import clock
from core.jobs import run_waiting
from core.models import AuditEntry, Run
from core.permissions import StandardRole
from people import consents
from people.consents import Purpose
from people.models import ConsentGrant, ConsentStatement
from tests.browsers import hire, signed_in, text
from tests.factories import OccupancyFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(here):
    return PersonFactory(site=here.site, name="Wang Lei", email="wang@example.com")


@pytest.fixture
def purpose(monkeypatch):
    monkeypatch.setattr(consents, "_purposes", {})
    declared = Purpose("face", "Face at doors", "Your face opens doors.", version=2)
    consents.register_purpose(declared)
    return declared


def stated(minutes=5, **values):
    at = timezone.localtime(
        clock.now() - timedelta(minutes=minutes), timezone.get_fixed_timezone(480)
    )
    return {"at": f"{at:%Y-%m-%dT%H:%M}", "channel": "paper", "text_version": "2", **values}


def test_without_a_purpose_the_page_says_what_belongs_there(here, manager, person, monkeypatch):
    monkeypatch.setattr(consents, "_purposes", {})
    shown = text(manager.get(here.url("consents", person.pk)))
    assert "No part of this installation needs one yet" in shown


def test_a_consent_is_given_with_its_wording_and_withdrawn(here, manager, person, purpose):
    give = here.url("give_consent", person.pk, "face")
    assert "Your face opens doors." in text(manager.get(give))
    assert manager.post(give, stated(text_version="1")).status_code == 204
    grant = ConsentGrant.objects.get(person=person)
    assert (grant.statement.text_version, grant.statement.channel) == (1, "paper")
    withdraw = here.url("withdraw_consent", person.pk, "face")
    assert manager.post(withdraw, stated(minutes=1)).status_code == 204
    assert not ConsentGrant.objects.exists()
    shown = text(manager.get(here.url("consents", person.pk)))
    assert "withdrawn" in shown
    assert ConsentStatement.objects.count() == 2


def test_for_a_child_the_guardian_is_named(here, manager, person, purpose):
    person.born_on = date(clock.now().year - 10, 1, 1)
    person.save()
    give = here.url("give_consent", person.pk, "face")
    rejected = manager.post(give, stated())
    assert rejected.status_code == 422
    assert "guardian" in text(rejected)
    assert manager.post(give, stated(guardian="Wang Fang")).status_code == 204
    assert "Wang Fang" in text(manager.get(here.url("consents", person.pk)))


def test_a_purpose_that_nobody_declared_is_not_found(here, manager, person, purpose):
    assert manager.get(here.url("give_consent", person.pk, "other")).status_code == 404


def test_an_export_runs_with_progress_and_is_downloaded(here, manager, person):
    page = here.url("person_data", person.pk)
    assert manager.post(here.url("export_person", person.pk)).status_code == 204
    assert "every 1s" in text(manager.get(page))
    assert manager.get(here.url("person_json", person.pk)).status_code == 404
    run_waiting()
    done = text(manager.get(page))
    assert "every 1s" not in done
    data = json.loads(manager.get(here.url("person_json", person.pk)).content)
    assert data["people"]["person"][0]["email"] == "wang@example.com"
    file = manager.get(here.url("person_file", person.pk), HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert file["Content-Disposition"].startswith("attachment")
    assert "<td>wang@example.com</td>" in file.content.decode()
    assert "姓名" in file.content.decode()
    assert AuditEntry.objects.filter(action="download export").count() == 2


def test_what_blocks_an_erasure_is_shown_instead_of_the_button(here, manager, person):
    OccupancyFactory(person=person)
    address = here.url("erase_person", person.pk)
    shown = text(manager.get(address))
    assert "The person still occupies a unit or a bay" in shown
    assert "Erase for good" not in shown
    assert manager.post(address).status_code == 422
    assert not Run.objects.filter(kind="erase person").exists()


def test_an_erasure_says_what_stays_and_shows_the_result(here, manager, person):
    day = clock.now().date()
    OccupancyFactory(
        person=person, begins_on=day - timedelta(days=90), ends_on=day - timedelta(days=60)
    )
    address = here.url("erase_person", person.pk)
    assert "1 earlier occupancy stays, without a name." in text(manager.get(address))
    assert manager.post(address).status_code == 204
    run_waiting()
    shown = text(manager.get(here.url("person_data", person.pk)))
    assert "The data was erased." in shown
    assert "earlier occupancies: 1" in shown
    tombstone = text(manager.get(here.url("person", person.pk)))
    assert "data erased" in tombstone
    assert "Wang" not in tombstone
    assert manager.get(address).status_code == 404


def test_only_who_may_erase_finds_the_page(here, person):
    finance = signed_in(hire(here.site, StandardRole.FINANCE))
    assert finance.get(here.url("person", person.pk)).status_code == 200
    assert finance.get(here.url("person_data", person.pk)).status_code == 403
