"""The list of people: who lives where, who owns what share, who pays."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core import holdings
from core.models import AuditEntry, ImportEffect, ImportRow
from estate.models import Unit
from people.holdings import identity_of
from people.models import Occupancy, PayerPeriod, Person
from people.periods import today
from people.selectors import household, payer_of
from tests.core.workbooks import workbook
from tests.factories import (
    BayFactory,
    BuildingFactory,
    SiteFactory,
    UnitFactory,
    UserFactory,
    VehicleFactory,
)
from tests.importing import checked, counts, imported, problems, undone

pytestmark = pytest.mark.django_db
HEAD = "name,building,unit,role,phone,email,from,until,share,pays\n"
LIST = (
    HEAD
    + "Wang Min,3,0803,owner,13800001234,wang@example.com,2026-01-01,,1/2,yes\n"
    + "Li Na,3,0803,owner,13800005678,,2026-01-01,,50%,\n"
    + "Wang Min,3,0804,owner,13800001234,,2026-02-01,,1,yes\n"
    + "Wang Min,3,0805,tenant,13900000000,,2026-02-01,2027-02-01,,\n"
)


@pytest.fixture
def site():
    site = SiteFactory()
    building = BuildingFactory(site=site, code="3")
    for code in ("0803", "0804", "0805"):
        UnitFactory(building=building, code=code)
    return site


@pytest.fixture
def user():
    return UserFactory()


def test_a_person_of_two_units_is_one_and_two_of_one_name_are_two(site, user):
    batch = imported(site, user, "people", LIST)
    assert counts(batch) == (4, 0, 0, 0)
    assert Person.objects.filter(site=site, name="Wang Min").count() == 2
    owner = Person.objects.get(phone="13800001234")
    assert owner.homes == "3-0803, 3-0804"
    assert owner.email == "wang@example.com"


def test_shares_payers_and_states_follow_from_the_list(site, user):
    imported(site, user, "people", LIST)
    first = Occupancy.objects.filter(unit__code="0803").order_by("pk")
    assert [each.share for each in first] == [Decimal("0.5"), Decimal("0.5")]
    assert PayerPeriod.objects.filter(unit__code="0803").get().occupancy == first[0]
    states = {unit.code: unit.states.get().state for unit in Unit.objects.all()}
    assert states == {"0803": "occupied", "0804": "occupied", "0805": "let"}
    unit = Unit.objects.get(code="0805")
    assert [each.phone for each in household(unit, date(2026, 6, 1))] == ["13900000000"]


def test_every_person_and_unit_has_its_history(site, user):
    imported(site, user, "people", LIST)
    person = Person.objects.get(phone="13800005678")
    history = AuditEntry.objects.filter(subject_type="person", subject_id=str(person.pk))
    assert sorted(history.values_list("action", flat=True)) == ["move in", "register person"]
    assert "wang@example.com" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_the_same_list_again_changes_nothing(site, user):
    imported(site, user, "people", LIST)
    assert counts(imported(site, user, "people", LIST)) == (0, 0, 4, 0)
    assert Occupancy.objects.count() == 4


def test_a_list_without_days_means_today_and_stays_the_same_list_tomorrow(site, user):
    table = "name,building,unit,role\nWang Min,3,0803,owner\n"
    imported(site, user, "people", table)
    Occupancy.objects.update(begins_on=today(site) - timedelta(days=9))
    assert counts(checked(site, user, "people", table)) == (0, 0, 1, 0)


def test_a_new_phone_number_is_a_change_of_the_one_who_lives_there(site, user):
    imported(site, user, "people", LIST)
    table = "name,building,unit,role,phone\nLi Na,3,0803,owner,13611112222\n"
    batch = imported(site, user, "people", table)
    assert counts(batch) == (0, 1, 0, 0)
    assert Person.objects.get(name="Li Na").phone == "13611112222"


def test_a_namesake_in_the_same_unit_is_another_person(site, user):
    table = "name,building,unit,role,phone\nWang Min,3,0803,owner,111111\n"
    imported(site, user, "people", table)
    batch = imported(site, user, "people", table + "Wang Min,3,0803,family,222222\n")
    assert counts(batch) == (1, 0, 1, 0)
    assert Person.objects.filter(name="Wang Min").count() == 2


def test_an_end_a_share_and_a_payer_can_be_added(site, user):
    imported(site, user, "people", "name,building,unit,role\nLi Na,3,0803,owner\n")
    last = today(site) + timedelta(days=30)
    table = f"name,building,unit,role,last day,share,pays\nLi Na,3,0803,owner,{last},1,yes\n"
    batch = imported(site, user, "people", table)
    assert counts(batch) == (0, 1, 0, 0)
    occupancy = Occupancy.objects.get()
    end = last + timedelta(days=1)
    assert (occupancy.ends_on, occupancy.share) == (end, 1)
    assert occupancy.payer_periods.get().ends_on == end
    assert counts(checked(site, user, "people", table)) == (0, 0, 1, 0)
    later = imported(site, user, "people", table.replace(str(last), f"{last + timedelta(days=9)}"))
    assert counts(later) == (0, 1, 0, 0)
    assert occupancy.payer_periods.get().ends_on == end + timedelta(days=9)


def test_an_end_is_a_move_out_which_ends_rights_and_is_not_undone(site, user):
    table = "name,building,unit,role,from\nLi Na,3,0803,owner,2026-01-01\n"
    imported(site, user, "people", table)
    car = VehicleFactory(site=site, person=Person.objects.get())
    ended = table.replace("from", "until").replace(
        "2026-01-01", str(today(site) - timedelta(days=1))
    )
    ended = ended.replace("role,", "role,from,").replace("owner,", "owner,2026-01-01,")
    batch = imported(site, user, "people", ended)
    car.refresh_from_db()
    assert car.ends_at is not None
    assert Unit.objects.get(code="0803").states.order_by("begins_on").last().state == "vacant"
    assert undone(batch, user).problem["code"] == "moved_out"


def test_what_contradicts_the_list_or_the_register_is_rejected_at_its_cell(site, user):
    imported(site, user, "people", LIST)
    rows = [
        "Zhao,3,9999,owner,,,,,,",
        "Zhao,3,,owner,,,,,,",
        "Zhao,,,owner,,,,,,",
        "Zhao,3,0803,,,,,,,",
        "Zhao,3,0803,tenant,,,,,1/2,",
        "Zhao,3,0804,owner,,,,,10%,",
        "Qian,3,0803,family,,,,,,yes",
        "Li Na,3,0803,tenant,13800005678,,2026-01-01,,,",
        "Wang Min,3,0803,owner,13800001234,,2026-03-01,,,",
        "Wang Min,3,0804,owner,13800001234,,,,,no",
        "123,,,,,,,,,",
        "Sun,3,0803,family,,,2026-05-01,2026-04-01,,",
        "Wang Min,,,,,,,,,",
    ]
    batch = checked(site, user, "people", HEAD + "\n".join(rows))
    assert problems(batch) == [
        (2, "unit", "unknown_unit"),
        (3, "unit", "missing"),
        (4, "role", "without_unit"),
        (5, "role", "missing"),
        (6, "share", "not_an_owner"),
        (7, "share", "too_much"),
        (8, "pays", "two_payers"),
        (9, "role", "other_role"),
        (10, "begins_on", "already_there"),
        (11, "pays", "is_payer"),
        (12, "name", "missing"),
        (13, "ends_on", "end_before_begin"),
        (14, "name", "several_people"),
    ]


def test_two_payers_and_too_large_shares_within_the_list_are_found(site, user):
    rows = [f"Person {n},3,0803,owner,,,2026-01-01,,0.3,{'yes' if n > 2 else ''}" for n in range(5)]
    batch = checked(site, user, "people", HEAD + "\n".join(rows))
    assert problems(batch) == [(5, "share", "too_much"), (6, "share", "too_much")]
    rows[4] = "Person 4,3,0803,owner,,,2026-01-01,,,yes"
    rows[3] = "Person 3,3,0803,owner,,,2026-01-01,,,yes"
    batch = checked(site, user, "people", HEAD + "\n".join(rows))
    assert problems(batch) == [(6, "pays", "two_payers")]


def test_undoing_leaves_the_register_as_it_was(site, user):
    imported(site, user, "people", "name,building,unit,role,phone\nLi Na,3,0803,owner,111111\n")
    table = LIST.replace("13800005678", "222222").replace("2026-01-01,,50%", ",,50%")
    batch = undone(imported(site, user, "people", table), user)
    assert batch.state == "undone", batch.problem
    assert list(Person.objects.values_list("name", "phone")) == [("Li Na", "111111")]
    assert Occupancy.objects.get().share is None
    assert not PayerPeriod.objects.exists()


def test_a_person_who_has_a_car_since_is_not_removed(site, user):
    batch = imported(site, user, "people", LIST)
    VehicleFactory(site=site, person=Person.objects.get(name="Li Na"))
    batch = undone(batch, user)
    assert (batch.state, batch.problem["code"]) == ("applied", "in_use")
    assert "Li Na" in batch.problem["message"]
    assert Person.objects.count() == 3


def test_three_hundred_households_come_in_and_two_wrong_rows_are_named(site, user):
    building = site.buildings.get()
    Unit.objects.bulk_create(Unit(building=building, code=f"{n:04d}") for n in range(1000, 1300))
    rows = [["姓名", "楼栋", "房号", "身份", "手机号", "入住日期"]]
    rows += [
        [f"住户{n}", "3", f"{n}", "业主", 13800000000 + n, date(2026, 1, 1)]
        for n in range(1000, 1300)
    ]
    rows[100][2], rows[200][4] = "9999", "1.38E+10"
    batch = checked(site, user, "people", workbook(rows))
    assert problems(batch) == [(101, "unit", "unknown_unit"), (201, "phone", "scientific_number")]
    assert not Person.objects.exists()
    rows[100][2], rows[200][4] = "1099", "13800001199"
    assert imported(site, user, "people", workbook(rows)).created == 300
    assert Person.objects.get(name="住户1042").phone == "13800001042"


def test_erasing_a_person_discards_lists_that_wait_and_values_kept_for_undo(site, user):
    imported(site, user, "people", LIST)
    changed = "name,phone,email\nLi Na,13800005678,li@quixote.example\n"
    imported(site, user, "people", changed)
    waiting = checked(site, user, "people", changed.replace("li@", "na@"))
    (part,) = (each for each in holdings.parts() if each.room == "imports")
    erased = part.erase(identity_of(Person.objects.get(name="Li Na")))
    waiting.refresh_from_db()
    assert waiting.state == "discarded"
    kept = [*ImportRow.objects.values_list("values"), *ImportEffect.objects.values_list("after")]
    assert "quixote" not in str(kept)
    assert erased.rows >= 2


def test_bays_are_owned_and_paid_for_like_units(site, user):
    bay = BayFactory(lot__site=site, lot__code="main", code="A-01")
    table = (
        "name,phone,building,unit,car park,bay,role,from,pays\n"
        "Li Na,13800005678,3,0803,,,owner,2026-01-01,yes\n"
        "Li Na,13800005678,,,main,A-01,owner,2026-01-01,yes\n"
    )
    batch = imported(site, user, "people", table)
    assert counts(batch) == (2, 0, 0, 0)
    occupancy = Occupancy.objects.get(bay=bay)
    assert occupancy.person == Person.objects.get()
    assert payer_of(bay, "", today(site)) == occupancy
    assert AuditEntry.objects.filter(subject_type="bay", action="move in").count() == 1
    assert counts(checked(site, user, "people", table)) == (0, 0, 2, 0)
    assert undone(batch, user).state == "undone"
    assert not Occupancy.objects.exists()


def test_a_row_about_a_bay_names_one_bay_and_whose_it_is(site, user):
    BayFactory(lot__site=site, lot__code="main", code="A-01")
    table = (
        "name,phone,building,unit,car park,bay,role,pays\n"
        "Li Na,1380000567,3,0803,main,A-01,owner,\n"
        "Li Na,1380000567,,,main,,owner,\n"
        "Li Na,1380000567,,,main,A-99,owner,\n"
        "Li Na,,,,main,A-01,owner,\n"
        "Zhao,111111,,,main,A-01,owner,yes\n"
        "Qian,222222,,,main,A-01,tenant,yes\n"
    )
    assert problems(checked(site, user, "people", table)) == [
        (2, "bay", "two_places"),
        (3, "bay", "missing"),
        (4, "bay", "unknown_bay"),
        (5, "phone", "needed_for_bay"),
        (7, "pays", "two_payers"),
    ]
