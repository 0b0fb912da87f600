"""Rule 12: covered minutes are removed, and the others are priced as one stay."""

from datetime import timedelta

from pricing import price
from tests.pricing.cases import DAY_AND_NIGHT, amount, at, stay, tariff


class TestCover:
    """Rule 12: one ladder and one set of caps over the uncovered minutes."""

    LADDER = ({"upto": 60, "unit": 60, "price": 1000}, {"unit": 60, "price": 100})

    @staticmethod
    def priced(tariff_, minutes, *covered, start="10:00", **options):
        spans = [(at(begins), at(ends)) for begins, ends in covered]
        return amount(tariff_, minutes, start, covered=spans, **options)

    def test_a_cap_holds_over_all_uncovered_time(self):
        capped = tariff(caps=[{"window": "24h", "amounts": [300]}])

        assert self.priced(capped, 480, ("13:00", "14:00")) == 300
        assert self.priced(capped, 480, ("10:00", "12:00"), ("13:00", "17:00")) == 200

    def test_the_ladder_goes_on_after_cover(self):
        assert self.priced(tariff(*self.LADDER), 180, ("11:00", "12:00")) == 1100
        assert self.priced(tariff(*self.LADDER), 180, ("10:00", "11:00")) == 1100
        assert self.priced(tariff(*self.LADDER), 300, ("10:30", "14:00")) == 1100

    def test_a_unit_that_runs_when_cover_begins_goes_on_after_it(self):
        assert self.priced(tariff(), 120, ("10:30", "11:30")) == 100

    def test_the_first_hour_of_a_carried_unit_goes_on_after_cover(self):
        carried = tariff(elements=DAY_AND_NIGHT, unit_at_boundary="carry")

        # 18:40 to 18:55 by day, covered until 19:05; the running half hour ends at 19:20.
        assert self.priced(carried, 60, ("18:55", "19:05"), start="18:40") == 100 + 50

    def test_the_free_threshold_is_tested_on_the_whole_stay(self):
        free = tariff(free={"minutes": 30})

        assert self.priced(free, 30, ("10:05", "10:10")) == 0
        assert self.priced(free, 50, ("10:05", "10:45")) == 100

    def test_the_free_threshold_may_be_tested_on_the_uncovered_minutes(self):
        free = tariff(free={"minutes": 30}, free_after_pass=True)

        assert self.priced(free, 50, ("10:05", "10:45")) == 0
        assert self.priced(free, 80, ("10:05", "10:45")) == 100

    def test_deducted_minutes_are_the_first_of_the_stay_or_of_the_uncovered_ones(self):
        free = {"minutes": 30, "kind": "deduct"}

        assert self.priced(tariff(free=free), 80, ("10:00", "10:20")) == 100
        assert self.priced(tariff(free=free), 90, ("10:00", "10:20")) == 100
        later = tariff(free=free, free_after_pass=True)
        assert self.priced(later, 110, ("10:00", "10:20")) == 100
        assert self.priced(later, 50, ("10:00", "10:20")) == 0

    def test_each_cycle_is_tested_with_its_covered_minutes(self):
        free = tariff(free={"minutes": 30, "repeat": "cycle"}, ladder_reset="day")

        # Two hours on the 4th; on the 5th, 40 minutes of which 20 are covered.
        assert self.two_days(free) == 200 + 100
        assert (
            self.two_days(
                tariff(
                    free={"minutes": 30, "repeat": "cycle"},
                    ladder_reset="day",
                    free_after_pass=True,
                )
            )
            == 200
        )

    @staticmethod
    def two_days(priced):
        covered = [(at("00:00", 5), at("00:20", 5))]
        return price(priced, at("22:00"), at("00:40", 5), covered=covered).amount

    def test_24_hours_count_from_the_first_uncovered_minute(self):
        capped = tariff(caps=[{"window": "24h", "amounts": [500, 700]}])
        covered = [(at("10:00"), at("20:00")), (at("20:00", 5), at("21:00", 5))]

        # 20:00 to 20:00 costs 5.00; then one hour is covered and two are billed.
        assert price(capped, at("10:00"), at("23:00", 5), covered=covered).amount == 500 + 200

    def test_day_windows_keep_their_dates(self):
        capped = tariff(caps=[{"window": "day", "amounts": [300]}])
        covered = [(at("12:00"), at("10:00", 5))]

        assert price(capped, at("10:00"), at("20:00", 5), covered=covered).amount == 200 + 300

    def test_cover_never_makes_a_stay_dearer(self):
        restarts = tariff(
            elements=[
                {"id": "noon", "when": {"time": ["12:00", "13:00"]}, "steps": [{"flat": 10}]},
                {"id": "rest", "steps": [{"upto": 120, "flat": 100}, {"unit": 60, "price": 900}]},
            ]
        )

        # Without the noon hour the two hours before and after it would be one segment of four.
        assert self.priced(restarts, 300) == 210
        assert self.priced(restarts, 300, ("12:00", "13:00")) == 210
        assert stay(restarts, 300, covered=[(at("12:00"), at("13:00"))]).minutes == 300

    def test_spans_outside_the_stay_change_nothing(self):
        outside = [("08:00", "10:00"), ("12:00", "13:00"), ("11:00", "11:00")]

        assert self.priced(tariff(), 120, *outside) == 200

    def test_a_stay_that_spans_cover_together_is_free(self):
        covered = [("09:00", "11:00"), ("10:30", "12:00")]

        assert self.priced(tariff(min_charge=700), 120, *covered) == 0

    def test_spans_and_the_end_of_a_pass_add_up(self):
        options = {"covered_until": at("11:00")}

        assert self.priced(tariff(), 240, ("12:00", "13:00"), **options) == 200

    def test_the_lines_name_the_time_that_was_billed(self):
        covered = [(at("11:00"), at("12:00"))]
        lines = stay(tariff(*self.LADDER), 180, covered=covered).lines

        times = [(line.start.strftime("%H:%M"), line.end.strftime("%H:%M")) for line in lines]
        assert times == [("10:00", "11:00"), ("12:00", "13:00")]

    def test_spans_are_cut_to_the_minute_as_the_entry_is(self):
        entry, seconds = at("10:00:50"), timedelta(seconds=50)
        covered = [(entry, at("11:00") + seconds)]

        assert price(tariff(), entry, at("12:00") + seconds, covered=covered).minutes == 60
