"""Faces on terminals: loaded by consent, photos fetched once, deleted everywhere on withdrawal."""

import base64
import logging
import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core import clock
from core.models import AuditEntry
from devices.events import CredentialSeen
from devices.models import Command
from doors import handlers, jobs
from doors.device_lists import planning
from doors.faces import key_store, photos, removals, withdrawal
from doors.faces.purposes import PHOTO
from doors.models import DeviceEntry, DoorPassage, FacePhotoLink, FaceTemplate
from doors.models.faces import PURPOSE
from estate import services as estate
from people.consents import record_statement
from people.models import Person
from tests.doors.device_lists.lists import Listed
from tests.doors.faces import JPEG, consent, enrolled, template_of
from tests.factories import DeviceFactory
from tests.gate import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colours")]
_serials = count(1)


@dataclass
class Terminal(Listed):
    """A terminal that fetches photos while it executes an order, and forgets them afterwards."""

    fetched: list[bytes] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def execute(self, order: Command) -> dict[str, Any]:
        """Do what an order says; return the answer."""
        address = order.args.get("photo_url")
        if address:
            self.addresses.append(address)
            answer = Client().get(address)
            if answer.status_code != 200:
                return {"ok": False, "error": "no photo", "problem": "photo"}
            self.fetched.append(answer.content)
        done = super().execute(order)
        if done["ok"] and address:
            self.stored[order.args["person"]]["face"] = True
        return done

    def beside(self) -> "Terminal":
        """Another terminal at the same door."""
        serial = f"T{next(_serials)}"
        device = DeviceFactory(site=self.site, driver="face-mqtt", kind="door", serial=serial)
        estate.connect_device(self.group.doors.get(), device, "test")
        return Terminal(device, self.site, self.group)

    def recognises(self, person: Person, at: datetime | None = None) -> DoorPassage:
        """It reports that it has recognised a person, and opened."""
        now = clock.now()
        event = CredentialSeen(
            device_id=self.device.pk,
            site_id=self.site.pk,
            key=f"record {next(_serials)}",
            at=at or now,
            received_at=now,
            means="face",
            credential=str(person.pk),
            granted=True,
        )
        handlers._on_seen(event)
        return DoorPassage.objects.get(device=self.device, key=event.key)


@pytest.fixture
def terminal():
    return Terminal.build()


def loaded(terminal: Terminal) -> Person:
    """A person whose face the terminal has."""
    person = enrolled(terminal.resident())
    terminal.bring_about()
    return person


def has_face(terminal: Terminal, person: Person) -> bool:
    return bool(terminal.stored.get(str(person.pk), {}).get("face"))


def test_an_enrolled_face_is_wanted_at_once_and_its_photo_is_fetched_once(terminal):
    person = enrolled(terminal.resident())
    assert terminal.states() == {str(person.pk): "wanted"}
    terminal.bring_about()
    assert terminal.fetched == [JPEG]
    assert terminal.row_of(person).state == "on_device"
    assert Client().get(terminal.addresses[0]).status_code == 404


def test_an_address_is_for_one_request_without_a_session(terminal):
    person = enrolled(terminal.resident())
    address = reverse("face_photo", args=[photos.link_for(person.pk, terminal.device.pk)])
    client = Client()
    for method in ("head", "post", "put"):
        assert getattr(client, method)(address).status_code == 404
    found = client.get(address)
    assert (found.status_code, found["Content-Type"]) == (200, "image/jpeg")
    assert found["Cache-Control"] == "no-store"
    assert not client.cookies
    again = client.get(address)
    assert (again.status_code, again.content, again["Cache-Control"]) == (404, b"", "no-store")


def test_a_new_address_replaces_one_that_was_not_used(terminal):
    person = enrolled(terminal.resident())
    first, second = (photos.link_for(person.pk, terminal.device.pk) for _ in range(2))
    assert photos.fetch(first) is None
    assert photos.fetch(second) == JPEG


def test_unknown_addresses_are_bounded_for_each_client():
    addresses = [reverse("face_photo", args=[f"unknown-{number}"]) for number in range(22)]
    found = [Client().get(address).status_code for address in addresses]
    assert found[0] == 404
    assert found[-1] == 429


def test_neither_order_nor_answer_keeps_the_address(terminal):
    loaded(terminal)
    (order,) = Command.objects.filter(device=terminal.device, action="put_person")
    (address,) = terminal.addresses
    token = address.rpartition("/")[2].removesuffix(".jpg")
    assert token not in str(order.args)
    assert token not in str(list(FacePhotoLink.objects.values()))
    assert token not in str(list(AuditEntry.objects.values("action", "detail")))


def test_the_photo_is_deleted_once_the_last_terminal_has_it(terminal):
    other = terminal.beside()
    person = enrolled(terminal.resident())
    terminal.bring_about()
    assert photos.has_photo(person)
    other.bring_about()
    assert other.fetched == [JPEG]
    assert not photos.has_photo(person)
    assert FaceTemplate.objects.filter(person=person).exists()


def test_with_the_consent_to_it_the_photo_is_kept_for_a_terminal_that_comes_later(terminal):
    person = terminal.resident()
    consent(person, PHOTO)
    enrolled(person)
    terminal.bring_about()
    later = terminal.beside()
    later.refresh()
    later.bring_about()
    assert later.fetched == [JPEG]


def test_without_a_photo_a_later_terminal_gets_the_card_and_needs_a_photo(terminal):
    person = loaded(terminal)
    later = terminal.beside()
    later.refresh()
    later.bring_about()
    assert later.row_of(person).state == "needs_photo"
    assert not has_face(later, person)
    key_store.destroy(FaceTemplate.objects.get(person=person).key_id)
    assert photos.link_for(person.pk, later.device.pk) == ""


def test_enrolling_again_sends_the_new_photo(terminal):
    person = loaded(terminal)
    before = terminal.row_of(person).face
    enrolled(person, 20)
    assert terminal.row_of(person).state == "wanted"
    terminal.bring_about()
    assert len(terminal.fetched) == 2
    assert terminal.row_of(person).face not in (0, before)


def test_a_withdrawal_deletes_the_face_at_three_of_three_terminals_and_leaves_the_card(terminal):
    devices = [terminal, terminal.beside(), terminal.beside()]
    person = enrolled(terminal.resident())
    for each in devices:
        each.bring_about()
        assert has_face(each, person)
    withdrawal.withdraw(person, staff(), channel="portal")
    rows = DeviceEntry.objects.filter(person=person)
    assert set(rows.values_list("state", flat=True)) == {"removing"}
    for each in devices:
        each.bring_about()
        assert not has_face(each, person)
        assert each.stored[str(person.pk)]["card"]
        assert each.row_of(person).loaded["face"] == 0
    assert rows.filter(answered_at__gte=withdrawal.proof_of(person).ordered_at).count() == 3


def test_a_withdrawal_overtakes_those_who_wait(terminal):
    person = loaded(terminal)
    for _ in range(3):
        terminal.resident()
    terminal.refresh()
    withdrawal.withdraw(person, staff(), channel="portal")
    terminal.step()
    assert str(person.pk) not in terminal.stored


def test_while_a_terminal_is_off_the_deletion_waits_for_it(terminal):
    person = loaded(terminal)
    type(terminal.device).objects.filter(pk=terminal.device.pk).update(state="offline")
    withdrawal.withdraw(person, staff(), channel="portal")
    assert not terminal.step()
    assert terminal.row_of(person).state == "removing"
    assert has_face(terminal, person)
    type(terminal.device).objects.filter(pk=terminal.device.pk).update(state="online")
    terminal.bring_about()
    assert not has_face(terminal, person)


def by_page(person: Person) -> None:
    record_statement(
        person, staff(), purpose=PURPOSE, state="withdrawn", at=clock.now(), channel="paper"
    )


def by_sql(person: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_consentgrant WHERE person_id = %s", [person.pk])


def by_moving_out(person: Person) -> None:
    FaceTemplate.objects.filter(person=person).update(ends_at=clock.now())


def by_lost_key(person: Person) -> None:
    key_store.destroy(FaceTemplate.objects.get(person=person).key_id)
    removals.delete_orphans()


@pytest.mark.parametrize("end", [by_lost_key, by_moving_out, by_page, by_sql])
def test_in_whichever_way_a_face_ends_the_terminals_delete_it_within_the_minute(terminal, end):
    person = loaded(terminal)
    end(person)
    jobs.destroy_face_keys()
    assert terminal.row_of(person).state == "removing"
    terminal.bring_about()
    assert not has_face(terminal, person)


def test_a_terminal_that_recognises_a_face_it_had_to_delete_is_ordered_again(terminal):
    person = loaded(terminal)
    assert terminal.recognises(person).outcome == "open"
    withdrawal.withdraw(person, staff(), channel="portal")
    terminal.bring_about()
    passage = terminal.recognises(person)
    assert (passage.granted, passage.outcome, passage.rule) == (True, "refuse", "not_active")
    assert terminal.row_of(person).state == "removing"
    recorded = AuditEntry.objects.filter(action="recognise deleted face")
    assert recorded.get().detail == {"device": terminal.device.code}
    terminal.recognises(person)
    assert recorded.count() == 1  # it has not confirmed yet
    terminal.bring_about()
    assert terminal.row_of(person).state == "on_device"
    assert not has_face(terminal, person)


def test_what_was_recognised_before_the_withdrawal_and_is_reported_later_is_no_fault(terminal):
    person = loaded(terminal)
    before = clock.now() - timedelta(minutes=5)
    withdrawal.withdraw(person, staff(), channel="portal")
    terminal.bring_about()
    terminal.recognises(person, before)
    assert not AuditEntry.objects.filter(action="recognise deleted face").exists()


def test_a_face_on_a_terminal_that_nobody_has_enrolled_is_deleted(terminal):
    stranger = terminal.resident()
    planning.refresh(terminal.device)
    terminal.bring_about()
    terminal.recognises(stranger)
    assert terminal.row_of(stranger).state == "removing"


def traces(*colours: int) -> list[bytes]:
    """How the photo and the templates of some colours would be written anywhere."""
    packed = [struct.pack("<2f", *template_of(each)) for each in colours]
    numbers = [str(template_of(each)[0])[:12].encode() for each in colours]
    return [JPEG, *packed, *numbers, *(base64.b64encode(each) for each in (JPEG, *packed))]


def tables_with(texts: list[str]) -> list[str]:
    """The tables of the database in which a row contains one of the texts."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            query = 'SELECT EXISTS (SELECT FROM "%s" AS row WHERE row::text LIKE ANY (%%s))'
            cursor.execute(query % table, [[f"%{text}%" for text in texts]])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_no_table_no_file_no_log_and_no_order_contains_a_picture_or_a_vector(
    terminal, settings, caplog
):
    caplog.set_level(logging.DEBUG)
    person = loaded(terminal)
    enrolled(person, 20)  # so that another photo waits, encrypted
    terminal.recognises(person)
    needles = traces(10, 20)
    shown = [each.decode() if each.isascii() else each.hex() for each in needles]
    assert tables_with(["face_doors"])  # what is stored is found
    assert tables_with(shown) == []
    folders = (Path(settings.HOME), Path(settings.MEDIA_ROOT))
    files = [each for folder in folders for each in folder.rglob("*") if each.is_file()]
    assert [each for each in files if any(n in each.read_bytes() for n in needles)] == []
    assert not any(each in caplog.text for each in shown)
    orders = Command.objects.filter(device=terminal.device, action="put_person")
    assert orders.exists()
    assert all("photo" not in order.args for order in orders)
