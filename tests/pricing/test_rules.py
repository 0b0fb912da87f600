"""The rules of tariff/1 one by one, by stays whose price is worked out here."""

from datetime import UTC, datetime, timedelta

import pytest

from pricing import StayError, price
from tests.pricing.cases import (
    AMSTERDAM,
    DAY_AND_NIGHT,
    HOUR,
    HOURLY,
    amount,
    at,
    stay,
    tariff,
)


class TestClock:
    def test_only_whole_minutes_count(self):
        entry = at("10:00:30")

        quote = price(tariff({"unit": 1, "price": 10}), entry, entry + timedelta(seconds=179))

        assert (quote.minutes, quote.amount) == (2, 20)

    def test_the_first_minute_covers_the_minute_of_the_entry(self):
        quote = price(tariff(elements=DAY_AND_NIGHT), at("18:59:50"), at("19:00:55"))

        assert [line.element for line in quote.lines] == ["day"]

    def test_a_stay_that_ends_before_it_began_costs_nothing(self):
        assert price(tariff(), at("10:00"), at("09:00")).amount == 0

    def test_the_hour_that_a_clock_skips_is_not_charged(self):
        quote = price(tariff(), at("01:30", day=29), at("03:30", day=29))

        assert (quote.minutes, quote.amount) == (60, 100)

    def test_the_hour_that_a_clock_repeats_is_charged_twice(self):
        night = datetime(2026, 10, 25, 1, 30, tzinfo=AMSTERDAM)

        assert price(tariff(), night, night + 2 * HOUR).amount == 300

    def test_a_time_without_zone_is_refused_by_its_name(self):
        with pytest.raises(StayError) as refused:
            price(tariff(), datetime(2026, 3, 4, 10), at("12:00"))  # noqa: DTZ001

        assert refused.value.at == "entry"

    def test_a_stay_of_eleven_years_is_taken_for_a_slip(self):
        with pytest.raises(StayError, match="check the dates"):
            price(tariff(), at("10:00"), at("10:00") + timedelta(days=4018))


class TestFreeMinutes:
    @pytest.mark.parametrize(
        ("inclusive", "expected"), [(True, [0, 0, 100]), (False, [0, 100, 100])]
    )
    def test_beyond_the_threshold_the_whole_stay_is_billed(self, inclusive, expected):
        priced = tariff(free={"minutes": 30, "inclusive": inclusive})

        assert [amount(priced, minutes) for minutes in (29, 30, 31)] == expected

    def test_deducted_minutes_are_never_billed_and_the_ladder_begins_after_them(self):
        priced = tariff(
            {"upto": 60, "unit": 60, "price": 500},
            {"unit": 30, "price": 250},
            free={"minutes": 30, "kind": "deduct"},
        )

        assert [amount(priced, minutes) for minutes in (30, 31, 90, 91)] == [0, 500, 500, 750]

    def test_a_stay_that_is_free_owes_no_minimum_charge(self):
        priced = tariff(free={"minutes": 30, "kind": "deduct"}, min_charge=300)

        assert [amount(priced, minutes) for minutes in (30, 31)] == [0, 300]

    def test_the_threshold_may_be_tested_on_each_cycle(self):
        keys = {"ladder_reset": "day", "free": {"minutes": 30, "repeat": "cycle"}}

        # 23:45 to 01:00: a quarter of an hour of the first day, one hour of the second.
        assert amount(tariff(**keys), 75, "23:45") == 100

    def test_the_threshold_is_otherwise_tested_once(self):
        priced = tariff(ladder_reset="day", free={"minutes": 30})

        assert amount(priced, 75, "23:45") == 200


class TestCycles:
    LADDER = ({"upto": 60, "unit": 60, "price": 500}, {"unit": 60, "price": 100})

    @pytest.mark.parametrize(
        ("reset", "expected"),
        [("none", 500 + 24 * 100), ("24h", 2 * 500 + 23 * 100), ("day", 2 * 500 + 23 * 100)],
    )
    def test_a_new_cycle_begins_the_ladder_anew(self, reset, expected):
        assert amount(tariff(*self.LADDER, ladder_reset=reset), 25 * 60) == expected

    def test_a_day_begins_at_local_midnight(self):
        priced = tariff(*self.LADDER, ladder_reset="day")

        assert amount(priced, 60, "23:30") == 1000

    def test_24_hours_are_elapsed_hours_also_over_a_clock_change(self):
        priced = tariff({"flat": 700}, ladder_reset="24h")
        entry = at("12:00", day=28)

        # Noon to noon over the lost hour is 23 hours, so the next cycle begins at 13:00.
        assert price(priced, entry, at("13:00", day=29)).amount == 700
        assert price(priced, entry, at("13:01", day=29)).amount == 1400


class TestElements:
    def test_the_first_element_that_matches_holds(self):
        priced = tariff(
            elements=[
                {"id": "noon", "when": {"time": ["12:00", "13:00"]}, "steps": [{"flat": 7}]},
                {"id": "all", "steps": [HOURLY]},
            ]
        )

        lines = stay(priced, 180, "11:00").lines

        assert [(line.element, line.amount) for line in lines] == [
            ("all", 100),
            ("noon", 7),
            ("all", 100),
        ]

    def test_24_00_ends_a_day_and_a_window_may_run_over_midnight(self):
        evening = {"id": "evening", "when": {"time": ["18:00", "24:00"]}, "steps": [{"flat": 1}]}
        small = {"id": "small", "when": {"time": ["23:00", "02:00"]}, "steps": [{"flat": 10}]}
        rest = {"id": "rest", "steps": [{"flat": 100}]}

        assert amount(tariff(elements=[evening, rest]), 120, "23:00") == 101
        assert amount(tariff(elements=[small, rest]), 240, "22:30") == 210

    def test_the_calendar_makes_a_saturday_a_workday(self):
        priced = tariff(
            elements=[
                {"id": "work", "when": {"day_class": ["workday"]}, "steps": [HOURLY]},
                {"id": "rest", "steps": [{"flat": 5}]},
            ],
            calendar={"overrides": {"2026-03-07": "workday", "2026-03-09": "holiday"}},
        )

        costs = [price(priced, at("10:00", day), at("11:00", day)).amount for day in (7, 8, 9, 10)]

        assert costs == [100, 5, 5, 100]

    @pytest.mark.parametrize(
        ("anchor", "expected"), [("minute", ["rest"]), ("window_start", ["friday"])]
    )
    def test_a_night_may_be_judged_by_the_day_it_began(self, anchor, expected):
        when = {"time": ["21:00", "07:00"], "day_class": ["workday"], "anchor": anchor}
        priced = tariff(
            elements=[
                {"id": "friday", "when": when, "steps": [HOURLY]},
                {"id": "rest", "steps": [HOURLY]},
            ]
        )

        quote = price(priced, at("02:00", day=7), at("03:00", day=7))

        assert [line.element for line in quote.lines] == expected

    @pytest.mark.parametrize(("where", "expected"), [("element", "night"), ("tariff", "night")])
    def test_the_anchor_may_stand_on_the_element_or_the_tariff(self, where, expected):
        night = {
            "id": "night",
            "when": {"time": ["21:00", "07:00"], "day_class": ["workday"]},
            "steps": [HOURLY],
        }
        keys = {}
        (night if where == "element" else keys)["anchor"] = "window_start"
        priced = tariff(elements=[night, {"id": "rest", "steps": [HOURLY]}], **keys)

        quote = price(priced, at("02:00", day=7), at("03:00", day=7))

        assert quote.lines[0].element == expected

    def test_each_vehicle_type_has_its_own_elements(self):
        priced = tariff(
            elements=[
                {"id": "lorry", "when": {"vehicle": ["lorry", "bus"]}, "steps": [{"flat": 900}]},
                {"id": "all", "steps": [{"flat": 200}]},
            ]
        )

        costs = [amount(priced, 60, vehicle=name) for name in ("lorry", "bus", "car", None)]

        assert costs == [900, 900, 200, 200]

    def test_a_vehicle_that_nothing_covers_is_refused(self):
        lorry = {"id": "lorry", "when": {"vehicle": ["lorry"]}, "steps": [HOURLY]}

        with pytest.raises(StayError, match="vehicle type") as refused:
            stay(tariff(elements=[lorry]), 60, vehicle="bicycle")

        assert refused.value.at == "vehicle"

    def test_uncovered_minutes_may_be_free(self):
        priced = tariff(elements=DAY_AND_NIGHT[:1], uncovered="free")

        quote = stay(priced, 120, "18:00")

        assert quote.amount == 200
        assert quote.lines[-1].end == at("19:00")
        assert amount(priced, 600, "20:00") == 0


class TestUnits:
    def test_a_started_unit_counts_and_down_counts_only_whole_ones(self):
        down = tariff(HOURLY | {"round": "down"})

        assert [amount(tariff(), minutes) for minutes in (59, 60, 61)] == [100, 100, 200]
        assert [amount(down, minutes) for minutes in (59, 60, 119, 120)] == [0, 100, 100, 200]

    def test_a_price_per_hour_may_be_billed_by_five_minutes(self):
        priced = tariff({"unit": 5, "price": 500, "per": 60})

        quote = stay(priced, 42)

        assert (quote.amount, quote.lines[0].units) == (375, 9)

    def test_a_line_is_rounded_half_up_once(self):
        priced = tariff({"unit": 1, "price": 1, "per": 10})

        assert [amount(priced, minutes) for minutes in (4, 5, 14, 15)] == [0, 1, 1, 2]

    def test_a_flat_step_is_charged_once_in_its_segment(self):
        priced = tariff({"upto": 90, "flat": 300}, HOURLY)

        assert [amount(priced, minutes) for minutes in (1, 90, 91, 211)] == [300, 300, 400, 600]

    def test_the_ladder_may_run_on_through_the_cycle(self):
        ladder = [{"upto": 120, "unit": 30, "price": 100}, {"unit": 30, "price": 10}]
        elements = [element | {"steps": ladder} for element in DAY_AND_NIGHT]

        by_segment = tariff(elements=elements)
        by_cycle = tariff(elements=elements, ladder_scope="cycle")

        # 18:00 to 21:00, the element changing at 19:00.
        assert amount(by_segment, 180, "18:00") == 200 + 400
        assert amount(by_cycle, 180, "18:00") == 200 + 200 + 20


class TestBoundary:
    def amount(self, minutes=130, **keys):
        return amount(tariff(elements=DAY_AND_NIGHT, **keys), minutes, "17:40")

    def test_cut_charges_the_broken_unit_whole_on_both_sides(self):
        assert self.amount(unit_at_boundary="cut") == self.amount() == 300 + 50

    def test_carry_lets_the_running_unit_finish_at_the_old_price(self):
        quote = stay(tariff(elements=DAY_AND_NIGHT, unit_at_boundary="carry"), 131, "17:40")

        # Units from 17:40, 18:10 and 18:40; the night's clock starts at 19:10.
        assert quote.amount == 300 + 50
        assert [line.start for line in quote.lines] == [at("17:40"), at("19:10")]

    def test_carry_counts_a_complete_unit_even_if_it_completes_after_the_boundary(self):
        elements = [DAY_AND_NIGHT[0] | {"steps": [HOURLY | {"round": "down"}]}, DAY_AND_NIGHT[1]]
        priced = tariff(elements=elements, unit_at_boundary="carry")

        assert [amount(priced, minutes, "18:30") for minutes in (59, 60, 61)] == [0, 100, 150]

    def test_carry_passes_over_a_short_element(self):
        noon = {"id": "noon", "when": {"time": ["12:00", "12:10"]}, "steps": [{"flat": 9}]}
        priced = tariff(elements=[noon, {"id": "all", "steps": [HOURLY]}], unit_at_boundary="carry")

        assert amount(priced, 60, "11:30") == 100

    def test_entry_holds_the_first_element_for_the_cycle(self):
        assert self.amount(unit_at_boundary="entry") == 500
        assert self.amount(24 * 60, unit_at_boundary="entry", ladder_reset="day") == (
            13 * 100 + 18 * 50
        )

    def test_total_prices_minutes_and_rounds_their_sum_up(self):
        elements = [
            DAY_AND_NIGHT[0] | {"steps": [{"unit": 10, "price": 500, "per": 60}]},
            DAY_AND_NIGHT[1] | {"steps": [{"unit": 10, "price": 700, "per": 60}]},
        ]
        quote = stay(tariff(elements=elements, unit_at_boundary="total"), 28, "18:54")

        assert [(line.units, line.amount) for line in quote.lines] == [(6, 50), (24, 280)]


class TestCaps:
    def cuts(self, quote):
        return [(line.cap, line.amount) for line in quote.lines if line.cap]

    def test_each_window_has_its_own_amount_and_the_last_repeats(self):
        priced = tariff(caps=[{"window": "24h", "amounts": [1000, 1500]}])

        assert [amount(priced, days * 1440) for days in (1, 2, 3)] == [1000, 2500, 4000]

    def test_a_cap_line_says_what_was_cut(self):
        quote = stay(tariff(caps=[{"window": "stay", "amounts": [250]}]), 240)

        assert self.cuts(quote) == [("stay", -150)]
        assert quote.lines[-1].windows == ("stay[0]",)

    def test_a_unit_belongs_to_the_window_it_starts_in(self):
        priced = tariff({"unit": 480, "price": 800}, caps=[{"window": "day", "amounts": [500]}])

        # From 20:00: one unit on the first day, one from 04:00 on the second.
        assert amount(priced, 9 * 60, "20:00") == 1000

    def test_a_segment_cap_may_look_at_one_element(self):
        night_cap = {"window": "segment", "element": "night", "amounts": [100]}
        quote = stay(tariff(elements=DAY_AND_NIGHT, caps=[night_cap]), 14 * 60, "18:00")

        assert quote.amount == 200 + 100 + 200
        assert self.cuts(quote) == [("segment", -500)]

    def test_the_first_cut_falls_on_the_latest_charges_of_its_window(self):
        caps = [{"window": "stay", "amounts": [2500]}, {"window": "24h", "amounts": [2000]}]

        # 2400 and 1000 in two windows; the stay's cap leaves 2400 and 100, the other 2000 and 100.
        assert amount(tariff(caps=caps), 34 * 60) == 2100

    def test_the_minimum_charge_comes_after_the_caps(self):
        priced = tariff(caps=[{"window": "stay", "amounts": [50]}], min_charge=80)

        assert [line.amount for line in stay(priced, 60).lines] == [100, -50, 30]


class TestPass:
    def test_billing_starts_when_the_pass_ends_and_grants_no_free_minutes(self):
        priced = tariff(free={"minutes": 30})

        assert amount(priced, 140, covered_until=at("12:00")) == 100
        assert amount(priced, 140, covered_until=at("13:00")) == 0

    def test_a_tariff_may_grant_free_minutes_after_a_pass(self):
        priced = tariff(free={"minutes": 30}, free_after_pass=True)

        assert amount(priced, 140, covered_until=at("12:00")) == 0

    def test_a_pass_that_ended_before_the_entry_changes_nothing(self):
        priced = tariff(free={"minutes": 30})

        assert amount(priced, 20, covered_until=at("09:00")) == 0

    def test_a_pass_until_the_repeated_hour_is_compared_by_instants(self):
        entry = datetime(2026, 10, 25, 2, 50, tzinfo=AMSTERDAM)  # before the clock goes back
        until = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=AMSTERDAM)  # twenty minutes later

        quote = price(tariff(), entry, until + HOUR, covered_until=until)

        assert quote.minutes == 60


class TestQuote:
    def test_a_quote_carries_what_is_needed_to_work_it_out_again(self):
        priced = tariff(version=7, caps=[{"window": "24h", "amounts": [150]}])

        trace = stay(priced, 90).as_dict()

        assert trace["tariff"] == "test@7"
        assert (trace["entry"], trace["minutes"]) == ("2026-03-04T10:00:00+01:00", 90)
        assert trace["lines"] == [
            {
                "element": "all",
                "step": 0,
                "from": "2026-03-04T10:00:00+01:00",
                "to": "2026-03-04T11:30:00+01:00",
                "units": 2,
                "amount": 200,
                "cap": None,
                "windows": ["24h[0]"],
            },
            {
                "element": None,
                "step": None,
                "from": "2026-03-04T10:00:00+01:00",
                "to": "2026-03-04T11:30:00+01:00",
                "units": 0,
                "amount": -50,
                "cap": "24h",
                "windows": ["24h[0]"],
            },
        ]

    def test_times_are_told_in_the_zone_of_the_tariff(self):
        entry = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)

        assert price(tariff(), entry, entry + HOUR).lines[0].start.isoformat().endswith("+01:00")
