"""A site's vehicle classes: their rules, the classes of stays, and what tariffs may name."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from access import services as access_services
from core import clock
from core.errors import Rejection
from core.permissions import StandardRole
from parking.models import Stay, VehicleClass
from parking.publishing import publish_tariff, read_tariff
from parking.selectors import due_now
from parking.vehicle_classes import classes_of, find_class, remove_class, save_class
from tests.browsers import hire, signed_in, text
from tests.factories import HOURLY, LotFactory, SiteFactory, TariffFactory, UserFactory
from tests.gate import GateScene, decision_of, staff
from tests.paying import pay

pytestmark = pytest.mark.django_db

UNIT = {"unit": 60, "price": 500}
ELEMENTS = [
    {"id": "lorries", "when": {"vehicle": ["large"]}, "steps": [{"unit": 60, "price": 900}]},
    {"id": "all", "steps": [UNIT]},
]


def add(site, code, rule, values, position=5):
    fields = {"title": code.title(), "rule": rule, "values": values, "position": position}
    return save_class(site, UserFactory(), code, **fields)


@pytest.mark.parametrize(
    ("rule", "values", "plate", "colour"),
    [
        ("colour", ["green", "white"], "沪AD12345", "green"),
        ("length", ["8"], "沪AD12345", ""),
        ("prefix", ["沪F", " wj "], "WJ12345", "white"),
        ("ending", ["学"], "沪A1234学", "yellow"),
        ("plates", ["沪a·12345"], "沪A12345", "blue"),
    ],
)
def test_a_rule_recognises_its_vehicles_before_the_default(rule, values, plate, colour):
    site = SiteFactory()
    assert find_class(classes_of(site.pk), plate, "blue").code == "small"

    add(site, "special", rule, values)

    assert find_class(classes_of(site.pk), plate, colour).code == "special"
    assert find_class(classes_of(site.pk), "粤B99999", "blue").code == "small"


def test_the_first_class_that_matches_counts():
    site = SiteFactory()
    add(site, "guests", "plates", ["沪A12345"], position=1)
    assert find_class(classes_of(site.pk), "沪A12345", "yellow").code == "guests"
    add(site, "guests", "plates", ["沪A12345"], position=500)
    assert find_class(classes_of(site.pk), "沪A12345", "yellow").code == "large"


@pytest.mark.parametrize(
    ("code", "rule", "values", "fault"),
    [
        ("New Energy", "length", ["8"], "code_invalid"),
        ("", "length", ["8"], "code_invalid"),
        ("new-energy", "length", [], "values_invalid"),
        ("new-energy", "length", ["eight"], "values_invalid"),
        ("new-energy", "length", ["99"], "values_invalid"),
        ("new-energy", "colour", ["purple"], "values_invalid"),
        ("new-energy", "prefix", ["--"], "values_invalid"),
        ("new-energy", "colour", ["yellow"], "value_taken"),
        ("new-energy", "default", [], "one_default"),
        ("small", "length", ["7"], "one_default"),
    ],
)
def test_a_class_that_could_not_match_is_rejected(code, rule, values, fault):
    with pytest.raises(Rejection) as rejected:
        add(SiteFactory(), code, rule, values)
    assert rejected.value.code == fault


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("prefix", ["沪"]), ("prefix", ["沪A", "沪B"])),
        (("ending", ["学"]), ("ending", ["1学"])),
        (("length", ["7", "8"]), ("plates", ["沪A12345", "沪AD12345"])),
        (("prefix", ["WJ"]), ("plates", ["WJ12345"])),
    ],
)
def test_a_class_that_another_hides_is_rejected_in_that_order_only(first, second):
    site = SiteFactory()
    add(site, "one", *first, position=5)
    with pytest.raises(Rejection, match="no vehicle would be “two”"):
        add(site, "two", *second, position=6)
    add(site, "two", *second, position=4)
    with pytest.raises(Rejection, match="no vehicle would be “two”"):
        save_class(site, UserFactory(), "one", position=3)


def test_a_class_that_is_hidden_in_part_is_saved():
    site = SiteFactory()
    add(site, "one", "prefix", ["沪A"], position=5)
    add(site, "two", "prefix", ["沪AB", "沪B"], position=6)
    add(site, "three", "colour", ["green"], position=4)
    add(site, "four", "plates", ["沪A12345", "粤B12345"], position=7)
    assert [each.code for each in classes_of(site.pk)][:4] == ["three", "one", "two", "four"]


@pytest.mark.parametrize("name", ["new-energy", "motorcycle", "Small", "small "])
def test_a_tariff_that_names_a_class_no_car_can_have_is_rejected(name):
    lot = LotFactory()
    elements = [{"id": "day", "when": {"vehicle": ["small", name]}, "steps": [UNIT]}, ELEMENTS[1]]
    document = json.dumps(HOURLY | {"elements": elements})

    with pytest.raises(Rejection) as rejected:
        read_tariff(lot, document)

    assert rejected.value.message == "elements[0].when.vehicle"
    assert f"“{name}” of “day”" in rejected.value.hint
    assert "large, small" in rejected.value.hint


def test_a_tariff_may_name_a_class_of_the_list():
    lot = LotFactory()
    add(lot.site, "motorcycle", "prefix", ["沪C"])
    elements = [{"id": "m", "when": {"vehicle": ["motorcycle"]}, "steps": [UNIT]}, ELEMENTS[1]]
    assert read_tariff(lot, json.dumps(HOURLY | {"elements": elements}))


def test_a_class_that_a_tariff_names_is_not_removed():
    lot, actor = LotFactory(), UserFactory()
    start = clock.now() + timedelta(hours=1)
    named = publish_tariff(
        lot, actor, text=json.dumps(HOURLY | {"elements": ELEMENTS}), valid_from=start
    )
    with pytest.raises(Rejection) as rejected:
        remove_class(lot.site, actor, "large")
    assert str(named) in rejected.value.message
    publish_tariff(lot, actor, text=json.dumps(HOURLY), valid_from=clock.now())
    named.delete()
    remove_class(lot.site, actor, "large")
    assert [row.code for row in classes_of(lot.site_id)] == ["small"]


@pytest.fixture
def gate():
    scene = GateScene.build(priced=False)
    TariffFactory(
        lot=scene.lot,
        document=HOURLY | {"elements": ELEMENTS},
        valid_from=clock.now() - timedelta(days=1),
    )
    return scene


def leave(gate, at_entry, at_exit):
    """Let a car in two hours ago and show it at the exit; return its amount and class."""
    gate.sees(gate.entry, "沪A55555", colour=at_entry)
    Stay.objects.update(entered_at=clock.now() - timedelta(hours=2))
    passage = gate.sees(gate.exit, "沪A55555", colour=at_exit)
    return passage.decisions.latest("pk").facts["due"]


@pytest.mark.parametrize(
    ("at_entry", "at_exit", "due"),
    [
        ("blue", "blue", 1000),
        ("yellow", "yellow", 1800),
        ("yellow", "", 1800),
        ("", "yellow", 1800),
        ("", "", 1000),
        ("", "blue", 1000),
        ("blue", "yellow", 1000),
        ("yellow", "blue", 1800),
    ],
)
def test_the_exit_decides_the_class_where_the_entry_read_no_colour(gate, at_entry, at_exit, due):
    assert leave(gate, at_entry, at_exit) == due


def test_the_class_that_an_exit_shows_is_in_every_amount(gate):
    leave(gate, "", "yellow")
    stay = Stay.objects.get()
    assert (stay.vehicle, due_now(stay).due) == ("large", 1800)
    pay(stay, 1800)
    stay.refresh_from_db()
    assert (stay.status, stay.price) == ("closed", 1800)


@pytest.mark.parametrize("again", ["blue", ""])
def test_the_class_that_an_exit_shows_goes_with_that_exit(gate, again):
    leave(gate, "", "yellow")
    misread = gate.sees(gate.exit, "沪A55555", colour=again)
    assert decision_of(misread).facts["due"] == 1000
    passage = gate.sees(gate.exit, "沪A55555", colour="yellow")
    access_services.lift_barrier(passage, staff(), "known driver")
    assert Stay.objects.get(status="closed").vehicle == "large"
    access_services.correct_read(passage, "沪B66666", staff(), "seen on the photo")
    assert [each.vehicle for each in Stay.objects.filter(status="open")] == ["small"]


def test_an_edit_is_on_the_page_and_in_the_audit():
    site = SiteFactory()
    browser = signed_in(hire(site, StandardRole.MANAGER))
    add_page = reverse("console:add_vehicle_class", args=[site.slug])
    sent = {"code": "new-energy", "title": "New energy", "title_zh": "新能源车"}
    sent |= {"rule": "length", "values": "8，7", "position": "5"}

    assert browser.post(add_page, sent).status_code == 204

    assert VehicleClass.objects.get(site=site, code="new-energy").values == ["8", "7"]
    shown = text(browser.get(reverse("console:vehicle_classes", args=[site.slug])))
    assert "New energy" in shown
    assert "class added; Title: New energy" in shown
    edit = reverse("console:edit_vehicle_class", args=[site.slug]) + "?code=new-energy"
    assert browser.post(edit, sent | {"values": "purple", "rule": "colour"}).status_code == 422


def test_the_page_shows_each_change_with_the_values_before_and_after():
    site = SiteFactory()
    user = UserFactory(username="manager.li")
    save_class(site, user, "lorry", title="Lorry", rule="colour", values=["white"], position=5)
    save_class(site, user, "lorry", title="Truck", rule="prefix", values=["沪A", "沪B"])
    save_class(site, user, "lorry", title_zh="货车", position=7)
    remove_class(site, user, "lorry")
    page = signed_in(hire(site, StandardRole.MANAGER)).get(
        reverse("console:vehicle_classes", args=[site.slug])
    )
    removed, second, first, added = [change.texts for change in page.context["changes"]]
    assert added[:2] == ["class added", "Title: Lorry"]
    assert first == [
        "Title: Lorry → Truck",
        "Rule: plate colour → plate begins with",
        "Values: white → 沪A, 沪B",
    ]
    assert second == ["Title in Chinese: – → 货车", "Order: 5 → 7"]
    assert removed[0] == "class removed"
    assert "manager.li" in page.content.decode()
