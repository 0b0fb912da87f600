"""Invalid tariff documents, and the path and hint of each fault."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest

from pricing import TariffError, parse_tariff
from tests.pricing.cases import DAY_AND_NIGHT, HOURLY, document

DAY, NIGHT = DAY_AND_NIGHT


def put(path, value):
    """A valid document with one value replaced or added."""
    changed = copy.deepcopy(
        document(
            {"upto": 60, "unit": 30, "price": 100},
            HOURLY,
            free={"minutes": 30},
            caps=[{"window": "day", "amounts": [500]}],
        )
    )
    *parents, last = path
    place = changed
    for key in parents:
        place = place[key]
    place[last] = value
    return changed


FIRST = ("elements", 0, "steps", 0)
FAULTS = [
    (("schema",), "tariff/2", "schema", "must be one of 'tariff/1'"),
    (("color",), "red", "color", "remove it"),
    (("version",), True, "version", "whole number"),
    (("version",), "3", "version", "whole number"),
    (("currency",), "euro", "currency", "three capital letters"),
    (("timezone",), "Europe/Atlantis", "timezone", "Europe/Amsterdam"),
    (("timezone",), "../../etc/passwd", "timezone", "time zone"),
    (("min_charge",), -1, "min_charge", "0 or more"),
    (("exit_grace_minutes",), 1.5, "exit_grace_minutes", "whole number"),
    (("free_after_pass",), 1, "free_after_pass", "true or false"),
    (("free", "minutes"), -5, "free.minutes", "0 or more"),
    (("free", "kind"), "gift", "free.kind", "'threshold' or 'deduct'"),
    (("free", "hours"), 1, "free.hours", "remove it"),
    (("elements",), [], "elements", "at least 1"),
    (("elements",), {}, "elements", "list"),
    (("elements", 0), "all", "elements[0]", "object"),
    (("elements", 0, "id"), "", "elements[0].id", "empty"),
    (("elements", 0, "title"), "Day", "elements[0].title", "object"),
    (("elements", 0, "title"), {}, "elements[0].title", "at least 1"),
    (("elements", 0, "title"), {"en": ""}, "elements[0].title.en", "empty"),
    (("elements", 0, "title"), {"English": "Day"}, "elements[0].title.English", "zh-hans"),
    (("elements", 0, "when"), {"time": ["7:00", "19:00"]}, "elements[0].when.time[0]", "00:00"),
    (("elements", 0, "when"), {"time": ["07:00", "24:01"]}, "elements[0].when.time[1]", "24:00"),
    (("elements", 0, "when"), {"time": ["07:00"]}, "elements[0].when.time", "at least 2"),
    (("elements", 0, "when"), {"day_class": []}, "elements[0].when.day_class", "at least 1"),
    (
        ("elements", 0, "when"),
        {"day_class": ["sunday"]},
        "elements[0].when.day_class[0]",
        "weekend",
    ),
    (("elements", 0, "steps"), [], "elements[0].steps", "at least 1"),
    ((*FIRST, "price"), -1, "elements[0].steps[0].price", "0 or more"),
    ((*FIRST, "price"), True, "elements[0].steps[0].price", "whole number"),
    ((*FIRST, "price"), 1.0, "elements[0].steps[0].price", "whole number"),
    ((*FIRST, "price"), 10**16, "elements[0].steps[0].price", "or less"),
    ((*FIRST, "unit"), 0, "elements[0].steps[0].unit", "1 or more"),
    ((*FIRST, "per"), 0, "elements[0].steps[0].per", "1 or more"),
    ((*FIRST, "round"), "half", "elements[0].steps[0].round", "'up' or 'down'"),
    ((*FIRST, "flat"), 100, "elements[0].steps[0].unit", "beside flat"),
    (FIRST, {"upto": 60, "price": 1}, "elements[0].steps[0].unit", "is missing"),
    (FIRST, {"upto": 60, "unit": 1}, "elements[0].steps[0].price", "is missing"),
    (FIRST, HOURLY, "elements[0].steps[0].upto", "is missing"),
    ((*FIRST, "upto"), 45, "elements[0].steps[0].upto", "write 60"),
    (("elements", 0, "steps", 1, "upto"), 120, "elements[0].steps[1].upto", "must be open"),
    (("caps", 0, "amounts"), [], "caps[0].amounts", "at least 1"),
    (("caps", 0, "amounts"), [100, -1], "caps[0].amounts[1]", "0 or more"),
    (("caps", 0, "window"), "week", "caps[0].window", "'stay'"),
    (("caps", 0, "element"), "all", "caps[0].element", "only a cap on window segment"),
    (
        ("caps", 0),
        {"window": "segment", "element": "moon", "amounts": [1]},
        "caps[0].element",
        "no element has the id 'moon'",
    ),
    (
        ("calendar",),
        {"overrides": {"2026-02-30": "holiday"}},
        "calendar.overrides.2026-02-30",
        "not a date",
    ),
    *(
        (
            ("calendar",),
            {"overrides": {"2026-02-16": "holiday", written: "workday"}},
            f"calendar.overrides.{written}",
            "write it as 2026-02-17",
        )
        for written in [
            "20260214",
            "2026-W07-6",
            "2026W076",
            "2026-045",
            "2026-2-14",
            "2026-02-14T00:00:00",
            " 2026-02-14",
            "2026-02-14\n",
            "２０２６-02-14",
            "14.02.2026",
            "2026-13-01",
            "",
        ]
    ),
    *((("currency",), code, "currency", "ISO 4217") for code in ["QQQ", "XXX", "XAU", "DEM"]),
    *((("currency",), code, "currency", "three capital") for code in ["eur", "EUR ", "人民币"]),
    *(
        (("timezone",), name, "timezone", "no known time zone")
        for name in ["localtime", "Factory", "posix/UTC", "right/UTC", "UTC+8", "asia/shanghai"]
    ),
    *(
        (("elements", 0, "when"), {"time": [text, "23:00"]}, "elements[0].when.time[0]", "24:00")
        for text in ["24:30", "25:00", "07:60", "7:00", "0700", "07:00:00", "-1:00", "noon"]
    ),
    (("id",), "gate\x00", "id", "control characters"),
    (("elements", 0, "id"), "a\nb", "elements[0].id", "control characters"),
    (("elements", 0, "when"), {"vehicle": [""]}, "elements[0].when.vehicle[0]", "empty"),
    (("elements", 0, "when"), {"vehicle": "small"}, "elements[0].when.vehicle", "list"),
    (("elements", 0, "when"), {"day_class": ["Workday"]}, "elements[0].when.day_class[0]", "'week"),
    ((*FIRST, "price"), float("nan"), "elements[0].steps[0].price", "whole number"),
    ((*FIRST, "price"), float("inf"), "elements[0].steps[0].price", "whole number"),
    ((*FIRST, "unit"), 10**30, "elements[0].steps[0].unit", "or less"),
    ((*FIRST, "unit"), True, "elements[0].steps[0].unit", "whole number"),
    ((*FIRST, "upto"), 60.0, "elements[0].steps[0].upto", "whole number"),
    (("caps", 0, "amounts"), [False], "caps[0].amounts[0]", "whole number"),
    (("free", "inclusive"), 1, "free.inclusive", "true or false"),
    (("exit_grace_minutes",), 10**9, "exit_grace_minutes", "or less"),
    (
        ("calendar",),
        {"overrides": {"2026-02-17": "feast"}},
        "calendar.overrides.2026-02-17",
        "'holiday'",
    ),
]


@pytest.mark.parametrize(("path", "value", "place", "hint"), FAULTS)
def test_a_fault_is_refused_at_its_place_with_its_hint(path, value, place, hint):
    with pytest.raises(TariffError) as refused:
        parse_tariff(put(path, value))

    assert refused.value.at == place
    assert hint in refused.value.message


@pytest.mark.parametrize("key", ["schema", "id", "version", "currency", "timezone", "elements"])
def test_a_missing_key_is_named(key):
    incomplete = document()
    del incomplete[key]

    with pytest.raises(TariffError, match="is missing") as refused:
        parse_tariff(incomplete)

    assert refused.value.at == key


@pytest.mark.parametrize("value", [None, [], "tariff", 7])
def test_what_is_no_object_is_no_tariff(value):
    with pytest.raises(TariffError, match="must be an object"):
        parse_tariff(value)


def test_a_step_must_end_later_than_it_begins():
    steps = [{"upto": 60, "unit": 60, "price": 1}, {"upto": 60, "unit": 60, "price": 1}, HOURLY]

    with pytest.raises(TariffError, match="more than 60") as refused:
        parse_tariff(document(*steps))

    assert refused.value.at == "elements[0].steps[1].upto"


def test_a_step_need_only_be_whole_units_long_not_end_on_a_multiple():
    steps = [{"upto": 15, "flat": 0}, {"upto": 75, "unit": 60, "price": 100}, HOURLY]

    assert parse_tariff(document(*steps)).ladders[0][1].high == 75


def test_two_elements_may_not_share_an_id():
    with pytest.raises(TariffError, match="taken") as refused:
        parse_tariff(document(elements=[DAY, NIGHT | {"id": "day"}]))

    assert refused.value.at == "elements[1].id"


class TestCoverage:
    def rejection(self, *elements, **keys):
        with pytest.raises(TariffError) as refused:
            parse_tariff(document(elements=list(elements), **keys))
        assert refused.value.at == "elements"
        return refused.value.message

    def test_an_hour_without_element_is_refused(self):
        assert "00:00 to 07:00 of a workday" in self.rejection(DAY)

    def test_a_day_class_without_element_is_refused(self):
        when = {"day_class": ["workday", "weekend"]}

        assert "of a holiday" in self.rejection({"id": "a", "when": when, "steps": [HOURLY]})

    def test_a_vehicle_type_that_is_named_must_be_covered_too(self):
        lorry = DAY | {"when": DAY["when"] | {"vehicle": ["lorry"]}}
        car = {"id": "car", "when": {"vehicle": ["car"]}, "steps": [HOURLY]}

        assert "for vehicle 'lorry'" in self.rejection(lorry, car)

    def test_a_night_judged_by_its_first_day_is_checked_after_every_kind_of_day(self):
        night = NIGHT["when"] | {"day_class": ["workday", "holiday"], "anchor": "window_start"}
        after_weekend = {
            "id": "weekend-evening",
            "when": {"time": ["19:00", "24:00"], "day_class": ["weekend"]},
            "steps": [HOURLY],
        }

        assert "00:00 to 07:00" in self.rejection(DAY, NIGHT | {"when": night}, after_weekend)

    def test_gaps_are_allowed_where_uncovered_minutes_are_free(self):
        assert parse_tariff(document(elements=[DAY], uncovered="free")).uncovered_is_free

    def test_elements_may_cover_the_day_together(self):
        assert parse_tariff(document(elements=[DAY, NIGHT])).element_ids == ("day", "night")


def test_total_is_refused_unless_every_unit_is_equal():
    with pytest.raises(TariffError, match="write 30") as refused:
        parse_tariff(document(elements=[DAY, NIGHT], unit_at_boundary="total"))

    assert refused.value.at == "elements[1].steps[0].unit"


def test_the_engine_needs_no_django_and_no_database():
    code = "import sys, pricing; sys.exit('django' in sys.modules or 'core' in sys.modules)"
    source = Path(__file__).resolve().parents[2] / "platform"

    finished = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, check=False
    )

    assert finished.returncode == 0
