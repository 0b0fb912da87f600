"""The table that staff see before they save a tariff."""

from pricing import preview
from tests.pricing.cases import at, tariff


def test_the_table_runs_from_nothing_to_72_hours_by_the_half_hour():
    rows = preview(tariff(caps=[{"window": "24h", "amounts": [1000]}]), at("10:00"))

    assert (len(rows), rows[0].amount, rows[-1].minutes) == (145, 0, 72 * 60)
    assert [row.amount for row in rows[1:5]] == [100, 100, 200, 200]
    assert rows[-1].amount == 3000


def test_the_table_goes_by_elapsed_time_over_a_clock_change():
    rows = preview(tariff(), at("01:00", day=29), hours=2, every=60)

    assert [(row.exit, row.amount) for row in rows] == [
        (at("01:00", day=29), 0),
        (at("03:00", day=29), 100),
        (at("04:00", day=29), 200),
    ]
