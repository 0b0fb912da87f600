"""After erasure, no table and no file holds anything of a person but a row without data."""

import json
from datetime import timedelta

import pytest

from access import lists
from access.models import AccessListEntry, Passage, VisitorPass
from core import clock, holdings, outbox
from core.errors import Rejection
from core.models import AuditEntry, OutboxMessage, Run
from core.plates import fold
from doors.models import Card
from parking.models import Stay
from people import consents, erasure, exports, selectors
from people.accounts import codes
from people.consents import Purpose
from people.holdings import identity_of
from people.models import Binding, Person, Vehicle
from tests.factories import (
    BindingFactory,
    OccupancyFactory,
    PersonFactory,
    StayFactory,
    VehicleFactory,
    WatchEntryFactory,
)
from tests.gate import GateScene, staff
from tests.people.known_person import (
    DATA,
    EMAIL,
    GUARDIAN,
    NAME,
    OLD_PLATE,
    PLATE,
    files,
    finished,
    places_with,
    seed,
)
from ui import person_data
from ui.person_data import readable

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate():
    return GateScene.build()


@pytest.fixture(autouse=True)
def purpose(monkeypatch):
    monkeypatch.setattr(consents, "_purposes", {})
    consents.register_purpose(Purpose("face", "Face", "Your face opens doors."))


def erase(person):
    return finished(erasure.start_erasure(person, staff("li")))


def test_nothing_of_a_person_is_left_but_a_row_without_data(gate):
    person = seed(gate)
    before = places_with(*DATA)
    assert {"access_passage.plate", "parking_stay.plate", "people_person.name"} <= before
    assert {"devices_deadletter.payload", "core_outboxmessage.payload"} <= before
    assert {"people_residentaccount.email", "people_personexport.data"} <= before
    assert {"people_signincode.email", "people_signinsession.address"} <= before
    assert len(files()) == 2
    run = erase(person)
    assert run.state == Run.State.DONE
    assert places_with(*DATA) == set()
    assert files() == []
    assert not Card.objects.exists()
    person.refresh_from_db()
    assert (person.name, person.phone, person.email, person.born_on) == ("", "", "", None)
    assert person.erased_at is not None


def test_the_books_the_audit_and_the_household_keep_the_key(gate):
    person = seed(gate)
    run = erase(person)
    assert person.occupancies.count() == 1
    assert Stay.objects.get().plate == ""
    assert run.result["people"]["kept"] == {"occupancies": 1}
    actions = AuditEntry.objects.filter(subject_type="person", subject_id=str(person.pk))
    assert actions.latest("pk").action == "erase person"
    assert str(Person.objects.get(pk=person.pk)) == "erased"
    assert not selectors.find_people(gate.site, "quixote").exists()


def test_the_data_of_others_stays(gate):
    person = seed(gate)
    neighbour = VehicleFactory(person__site=gate.site, plate="沪B55555")
    gate.sees(gate.entry, neighbour.plate)
    pass_of_guest = VisitorPass.objects.get(visitor_name="Anna Quixote")
    outbox.put("receipt.mail", "other", {"to": "neighbour@example.org"})
    erase(person)
    assert Passage.objects.filter(plate=neighbour.plate).exists()
    assert Vehicle.objects.get() == neighbour
    assert OutboxMessage.objects.filter(key="other").exists()
    pass_of_guest.refresh_from_db()
    assert pass_of_guest.plate != ""


def test_the_account_is_closed_unless_it_acts_for_another_person(gate):
    person = seed(gate)
    user = Binding.objects.get(person=person).user
    helper = BindingFactory(person=person, state="ended", ended_at=clock.now()).user
    other = BindingFactory(user=helper)
    stranger = BindingFactory(person=person, state="refused").user
    son = BindingFactory(person=person).user
    email = son.email
    erase(person)
    for each in (user, helper, stranger):
        each.refresh_from_db()
    assert (user.is_active, user.email) == (False, "")
    assert helper.is_active
    assert stranger.is_active
    assert list(Binding.objects.all()) == [other]
    again = codes.send_code(email, "203.0.113.8", "en")
    account = codes.sign_in_with_code(again.pk, codes.digits_of(again))
    assert account != son, "a helper whose account was closed signs in again by a code"


def test_a_plate_that_was_another_s_too_is_erased_for_its_time_only(gate):
    now = clock.now()
    sold = VehicleFactory(
        person__site=gate.site,
        plate=PLATE,
        begins_at=now - timedelta(days=30),
        ends_at=now - timedelta(hours=3),
    )
    buyer = VehicleFactory(person__site=gate.site, plate=PLATE, begins_at=now - timedelta(hours=3))
    older, newer = (
        StayFactory(
            lot=gate.lot,
            plate=PLATE,
            folded=fold(PLATE),
            status="closed",
            entered_at=now - timedelta(hours=hours),
            left_at=now - timedelta(hours=hours - 0.5),
        )
        for hours in (5, 2)
    )
    erase(sold.person)
    for stay in (older, newer):
        stay.refresh_from_db()
    assert (older.plate, newer.plate) == ("", PLATE)
    assert Vehicle.objects.get() == buyer


def test_blocks_and_watch_list_entries_in_force_are_kept_and_counted():
    car = VehicleFactory(plate=PLATE)
    site, now = car.site, clock.now()
    lists.add_entry(
        site, staff(), kind="block", plate=PLATE, reason="banned", begins_at=now, ends_at=None
    )
    WatchEntryFactory(site=site, plate=PLATE, folded=fold(PLATE))
    result = erase(car.person).result
    assert result["access"]["kept"] == {"entries of the block list": 1}
    assert result["incidents"]["kept"] == {"entries of the watch-list": 1}
    assert AccessListEntry.objects.get().plate == PLATE


def test_what_is_unsettled_is_settled_first(gate):
    home = OccupancyFactory(person__site=gate.site)
    VehicleFactory(person=home.person, plate=PLATE)
    gate.sees(gate.entry, PLATE)
    gate.moves(gate.entry, "passed")
    with pytest.raises(Rejection) as rejected:
        erasure.start_erasure(home.person, staff())
    assert rejected.value.code == "unsettled"
    assert "a car is inside" in rejected.value.message
    assert "still occupies" in rejected.value.message
    assert not Run.objects.exists()


def test_a_person_is_erased_once():
    person = PersonFactory()
    erase(person)
    with pytest.raises(Rejection) as rejected:
        erasure.start_erasure(person, staff())
    assert rejected.value.code == "erased"


def test_an_export_holds_what_each_room_knows_and_is_audited(gate):
    person = seed(gate)
    export = exports.start_export(person, staff("li"))
    finished(export.run)
    export.refresh_from_db()
    found = export.data
    json.dumps(found)
    assert found["people"]["person"][0]["name"] == NAME
    assert found["people"]["consents"][0]["guardian"] == GUARDIAN
    assert {each["plate"] for each in found["people"]["vehicles"]} == {PLATE, OLD_PLATE}
    assert [each["plate"] for each in found["parking"]["stays"]] == [PLATE]
    assert len(found["access"]["passages"]) == 2
    assert found["core"]["messages"][0]["payload"]["to"] == EMAIL
    assert AuditEntry.objects.latest("pk").action == "export person"


def test_every_field_of_an_export_has_a_title_and_codes_are_in_words(gate):
    export = exports.start_export(seed(gate), staff("li"))
    finished(export.run)
    export.refresh_from_db()
    identity = identity_of(export.person)
    held = {kind for part in holdings.parts() for kind, _rows in part.export(identity)}
    assert held <= person_data.KINDS.keys()
    fields = {name for kinds in export.data.values() for rows in kinds.values() for name in rows[0]}
    assert fields <= person_data.FIELDS.keys()
    shown = readable("Zebulon", "Site", export.data)
    assert ">tenant<" in shown
    assert ">registered a person<" in shown


def test_every_room_with_a_text_of_people_registers_its_part():
    rooms = {part.room for part in holdings.parts()}
    assert rooms >= {
        "core",
        "devices",
        "people",
        "access",
        "parking",
        "billing",
        "incidents",
        "doors",
        "fees",
    }
    assert holdings.parts()[-1].room == "people"
