"""Billing runs: what is previewed is issued, once, and undone while nothing is paid."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Bill, BillingSettings, BillLine, Charge, CreditNote
from billing.outstanding import bills, owed_by
from core import clock, runs
from core.errors import Rejection
from core.models import AuditEntry, Run
from fees.models import BillRun, RunLine
from fees.runs import discard_run, issue_run, retry_run, services, staging, start_run
from fees.runs.previewing import changed_most, largest_lines, omitted_lines
from fees.services import prices
from tests.billing.books import standing
from tests.billing.club_fees import pay
from tests.factories import FeeItemFactory, FeePriceFactory, SiteFactory
from tests.fees.runs_of_site import issue, preview, undo, worked_off
from tests.fees.units import DECEMBER, NOVEMBER, paid_unit, payer_of, pays, unit_of
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    at = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


@pytest.fixture
def site():
    return SiteFactory(slug="jade")


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site, item__code="property", item__title="Property").item


@pytest.fixture
def cleaning(site):
    made = FeeItemFactory(site=site, code="cleaning", method="fixed", income="income_fees")
    FeePriceFactory(item=made, price=Decimal(12))
    return made


def amounts(site):
    return list(Bill.objects.filter(site=site).order_by("pk").values_list("total", flat=True))


def test_a_bill_names_its_payer_and_an_erased_person_as_erased(site, item):
    named, erased = pays(unit_of(site)).person, pays(unit_of(site)).person
    erased.name, erased.erased_at = "", clock.now()
    erased.save()
    issue(preview(site, item))
    names = Bill.objects.order_by("number").values_list("payer_name", flat=True)
    assert list(names) == [named.name, "erased"]


def test_a_preview_charges_nothing(site, item):
    paid_unit(site)
    unit_of(site)
    run = preview(site, item)
    assert (run.state, run.charged, run.omitted, run.total, run.bills) == (
        "previewed", 1, 1, 25096, 1,
    )  # fmt: skip
    assert run.summary["omitted"] == {"no_payer": 1}
    assert not Charge.objects.exists()


def test_a_preview_shows_the_largest_and_what_is_left_out(site, item):
    small, large = paid_unit(site, area="50"), paid_unit(site, area="200")
    nobody = unit_of(site)
    run = preview(site, item)
    assert [line.unit for line in largest_lines(run)] == [large, small]
    assert [line.unit for line in omitted_lines(run, "no_payer")] == [nobody]
    assert list(omitted_lines(run, "no_area")) == []


def test_a_preview_shows_what_changed_most_against_the_month_before(site, item):
    same, grown = paid_unit(site, area="100"), paid_unit(site, area="50")
    issue(preview(site, item, month=OCTOBER))
    grown.built_up_area = Decimal(60)
    grown.save()
    (changed,) = changed_most(preview(site, item))
    assert (changed.unit, changed.item) == (grown, item)
    assert (changed.now.minor, changed.before.minor, changed.difference.minor) == (
        16800, 14000, 2800,
    )  # fmt: skip
    assert same not in [changed.unit]


def test_a_unit_gets_one_bill_of_all_items(site, item, cleaning):
    unit = unit_of(site)
    owner = pays(unit)
    issue(preview(site, item, cleaning))
    bill = Bill.objects.get()
    assert (bill.total, bill.unit, bill.payer, bill.period) == (
        26296, unit, payer_of(owner), "2026-11",
    )  # fmt: skip
    assert bill.payer_name == owner.person.name
    titles = (
        BillLine.objects.filter(bill=bill).order_by("position").values_list("titles", flat=True)
    )
    assert [each["en"] for each in titles] == [f"{cleaning.title}, 2026-11", "Property, 2026-11"]
    assert standing(site) == {
        "receivable": 26296, "income_property": -25096, "income_fees": -1200,
    }  # fmt: skip


def test_each_payer_of_a_month_gets_a_bill(site, item):
    unit = unit_of(site, area="100")
    pays(unit, ends_on=date(2026, 11, 16))
    pays(unit, date(2026, 11, 16))
    run = issue(preview(site, item))
    assert amounts(site) == [14000, 14000]
    assert run.summary["issued"] == {"bills": 2, "amount": 28000, "skipped": 0}


@pytest.mark.parametrize(
    ("currency", "price", "total"), [("JPY", "280", 25096), ("KWD", "0.280", 25096)]
)
def test_other_currencies_are_billed_in_their_minor_units(currency, price, total):
    site = SiteFactory(currency=currency)
    item = FeePriceFactory(item__site=site, price=Decimal(price)).item
    paid_unit(site)
    issue(preview(site, item))
    assert amounts(site) == [total]


def test_a_second_run_charges_nothing(site, item):
    paid_unit(site)
    issue(preview(site, item))
    again = preview(site, item)
    assert (again.charged, again.summary["omitted"]) == (0, {"charged_already": 1})
    assert rejected(issue_run, again, staff()) == ("run", "nothing_to_issue")
    assert Charge.objects.count() == 1


def test_what_was_charged_between_preview_and_issue_is_left_out(site, item):
    paid_unit(site)
    first, second = preview(site, item), preview(site, item)
    issue(first)
    run = issue(second)
    assert run.summary["issued"] == {"bills": 0, "amount": 0, "skipped": 1}
    assert amounts(site) == [25096]


def test_a_price_that_changes_after_the_preview_changes_nothing(site, item):
    paid_unit(site)
    run = preview(site, item)
    prices.set_price(item, staff(), begins_on=NOVEMBER, price=Decimal(5))
    issue(run)
    assert amounts(site) == [25096]


def test_prices_of_a_month_are_final_once_it_is_issued(site, item):
    paid_unit(site)
    run = issue(preview(site, item))
    values = {"begins_on": date(2026, 11, 30), "price": Decimal(5)}
    assert rejected(prices.set_price, item, staff(), **values) == (
        "begins_on",
        "charged_already",
    )
    undo(run)
    prices.set_price(item, staff(), **values)


@pytest.mark.parametrize(
    ("timezone", "at", "day"),
    [
        ("Asia/Shanghai", datetime(2026, 11, 30, 15, 59, tzinfo=UTC), date(2026, 11, 30)),
        ("Asia/Shanghai", datetime(2026, 11, 30, 16, 0, tzinfo=UTC), date(2026, 12, 1)),
        ("America/New_York", datetime(2026, 12, 1, 4, 59, tzinfo=UTC), date(2026, 11, 30)),
    ],
)
def test_a_bill_is_dated_by_the_clock_of_its_site(monkeypatch, timezone, at, day):
    site = SiteFactory(timezone=timezone)
    item = FeePriceFactory(item__site=site).item
    paid_unit(site)
    run = preview(site, item)
    monkeypatch.setattr(clock, "now", lambda: at)
    issue(run)
    assert Bill.objects.get().issued_on == day


def test_a_month_with_a_change_of_the_clock_is_a_whole_month():
    site = SiteFactory(timezone="America/New_York")
    item = FeePriceFactory(item__site=site).item
    paid_unit(site)
    issue(preview(site, item))
    charge = Charge.objects.get()
    # Daylight saving time ends on 1 November 2026.
    assert charge.begins_at == datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    assert charge.ends_at == datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert charge.amount == 25096


def test_a_bill_is_due_with_the_last_of_its_items(site, item, cleaning):
    cleaning.due_months, cleaning.due_day = 1, 10
    cleaning.save()
    paid_unit(site)
    issue(preview(site, item, cleaning))
    assert Bill.objects.get().due_on == date(2026, 12, 10)


def test_a_bill_of_a_past_month_is_not_overdue_at_once(site, item):
    BillingSettings.objects.create(site=site, due_days=10)
    paid_unit(site)
    issue(preview(site, item, month=OCTOBER))
    assert Bill.objects.get().due_on == date(2026, 11, 20)


def test_a_household_that_moves_out_still_owes_its_month(site, item):
    unit = unit_of(site)
    owner = pays(unit, ends_on=DECEMBER)
    issue(preview(site, item))
    pays(unit, DECEMBER)
    issue(preview(site, item, month=DECEMBER))
    (owed,) = owed_by(site, payer_of(owner))
    assert owed.money.minor == 25096


def test_only_units_of_the_chosen_building_are_charged(site, item):
    here, _elsewhere = paid_unit(site), paid_unit(site)
    run = preview(site, item, building=here.building)
    assert [line.unit for line in run.lines.all()] == [here]


def test_an_undone_run_leaves_no_debt_and_can_be_charged_again(site, item):
    unit = unit_of(site)
    owner = pays(unit)
    run = undo(issue(preview(site, item)))
    assert (run.state, run.summary["undone"]) == ("undone", {"undone": 1, "kept": 0})
    assert CreditNote.objects.get().reason == "wrong price"
    assert (owed_by(site, payer_of(owner)), standing(site)) == ([], {})
    issue(preview(site, item))
    assert amounts(site) == [25096, 25096]
    assert standing(site)["receivable"] == 25096


def test_a_paid_bill_is_kept_when_its_run_is_undone(site, item):
    unit, _other = unit_of(site), paid_unit(site)
    owner = pays(unit)
    run = issue(preview(site, item))
    charge = Charge.objects.get(source_id=f"{item.pk}-{unit.pk}")
    pay(site, 25096, charge, payer=payer_of(owner))
    run = undo(run)
    assert run.summary["undone"] == {"undone": 1, "kept": 1}
    assert [each.bill.unit for each in run.issued.filter(kept=True)] == [unit]
    assert sorted(bills(site).values_list("state", flat=True)) == ["credited", "settled"]


def test_chunks_stage_and_issue_each_unit_once(site, item, monkeypatch):
    for module in ("staging", "issuing", "undoing"):
        monkeypatch.setattr(f"fees.runs.{module}.CHUNK", 2)
    for _n in range(5):
        paid_unit(site)
    run = issue(preview(site, item))
    assert (run.charged, run.work.done, amounts(site)) == (5, 5, [25096] * 5)
    assert undo(run).summary["undone"]["undone"] == 5


def test_a_worker_that_is_lost_resumes_behind_the_last_chunk(site, item, monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 2)
    for _n in range(3):
        paid_unit(site)
    run = start_run(site, staff(), month=NOVEMBER, items=[item])
    runs.work_on_chunk(run.work.pk)
    assert RunLine.objects.count() == 2
    Run.objects.update(heartbeat_at=clock.now() - timedelta(hours=1))
    assert worked_off(run).charged == 3


def test_work_that_was_given_up_can_be_continued(site, item, monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 2)
    for _n in range(3):
        paid_unit(site)
    run = start_run(site, staff(), month=NOVEMBER, items=[item])
    assert rejected(retry_run, run, staff()) == ("run", "working")
    runs.work_on_chunk(run.work.pk)
    runs.cancel(run.work)
    assert worked_off(retry_run(run, staff())).charged == 3


def test_a_site_works_on_one_run_at_a_time(site, item):
    start_run(site, staff(), month=NOVEMBER, items=[item])
    busy = {"month": DECEMBER, "items": [item]}
    assert rejected(start_run, site, staff(), **busy) == ("month", "busy")


def test_only_fees_of_the_site_that_are_charged_by_month_can_be_run(site, item):
    once = FeeItemFactory(site=site, method="one_off")
    for items in ([], [once], [FeeItemFactory()]):
        with pytest.raises(Rejection):
            start_run(site, staff(), month=NOVEMBER, items=items)


def test_a_run_is_issued_and_undone_once(site, item):
    paid_unit(site)
    run = preview(site, item)
    assert rejected(services.undo_run, run, staff(), reason="x") == ("run", "wrong_state")
    issue(run)
    assert rejected(issue_run, run, staff()) == ("run", "wrong_state")
    assert rejected(services.undo_run, run, staff(), reason=" ") == ("reason", "missing")


def test_a_discarded_run_keeps_no_lines(site, item):
    paid_unit(site)
    run = discard_run(preview(site, item), staff())
    assert (run.state, RunLine.objects.count()) == ("discarded", 0)
    assert preview(site, item).charged == 1


def test_who_started_issued_and_undid_a_run_is_recorded(site, item):
    paid_unit(site)
    run = undo(issue(preview(site, item)))
    actions = AuditEntry.objects.filter(subject_type="bill_run", subject_id=str(run.pk))
    assert list(actions.order_by("pk").values_list("action", flat=True)) == [
        "start bill run", "issue bill run", "undo bill run",
    ]  # fmt: skip
    assert BillRun.objects.get().undone_by.username == "manager"
