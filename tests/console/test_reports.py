"""The pages of reports, their files, and the months of the ledger."""

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from billing.ledger import Line, book
from billing.models import ClosedMonth
from core import clock
from core.money import Money
from tests.browsers import hire, signed_in, text
from tests.factories import OccupancyFactory, PersonFactory, UnitFactory
from tests.rooms import World

pytestmark = pytest.mark.django_db
PERIOD = {"since": "2026-06-01", "until": "2026-06-30"}


@pytest.fixture
def payer(here: World):
    """A person who owes 12.50 since June."""
    person = PersonFactory(site=here.site, name="=李伟")
    owed = [
        Line("receivable", Money(1250, "CNY"), ("person", str(person.pk))),
        Line("parking", Money(-1250, "CNY")),
    ]
    noon = clock.midnight(date(2026, 6, 3), here.site.timezone) + timedelta(hours=12)
    book(here.site, "x", "", owed, at=noon)
    return person


def lines_of(answer) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(content)))


def test_a_trial_balance_is_shown_and_exported(here, finance, payer):
    on = {"on": "2026-06-30"}
    assert "¥12.50" in text(finance.get(here.url("reports"), on))
    rows = lines_of(finance.get(here.url("reports"), {**on, "export": "csv"}))
    assert rows[1][-2:] == ["12.50", "0.00"]
    assert rows[-1] == ["Total", "", "CNY", "12.50", "12.50"]


@pytest.mark.parametrize("report", ["reports", "report_ageing"])
def test_a_page_shows_a_dash_where_nothing_is_and_a_file_holds_zero(here, finance, payer, report):
    page = text(finance.get(here.url(report)))
    assert ">–<" in page
    assert "CN¥0.00" not in page.split("Total")[0]
    assert "0.00" in lines_of(finance.get(here.url(report), {"export": "csv"}))[1]


def test_a_workbook_holds_amounts_as_numbers(here, finance, payer):
    answer = finance.get(here.url("report_income"), {**PERIOD, "export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in sheet[2]] == ["2026-06", "parking income", "CNY", 12.5]


def test_a_name_is_no_formula_in_a_file(here, finance, payer):
    rows = lines_of(finance.get(here.url("report_ageing"), {"export": "csv"}))
    assert "'=李伟" in [row[0] for row in rows]


def test_reports_speak_chinese(here, finance, payer):
    finance.cookies["django_language"] = "zh-hans"
    assert "试算平衡表" in text(finance.get(here.url("reports")))
    rows = lines_of(finance.get(here.url("reports"), {"export": "csv"}))
    assert rows[0] == ["科目", "类型", "货币", "借方", "贷方"]


def test_a_payers_statement_is_found_by_name(here, finance, payer):
    found = text(finance.post(here.url("report_statement"), {"q": "李伟"}))
    assert f"?payer=person-{payer.pk}" in found
    shown = finance.get(here.url("report_statement"), {**PERIOD, "payer": f"person-{payer.pk}"})
    assert "Closing balance" in text(shown)
    assert text(shown).count("¥12.50") == 3


def test_a_household_is_found_by_its_unit(here, finance, payer):
    unit = UnitFactory(building__site=here.site, code="B-77")
    OccupancyFactory(site=here.site, unit=unit, person=payer, begins_on=date(2025, 1, 1))
    found = text(finance.post(here.url("report_statement"), {"q": "B-77"}))
    assert f"?payer=unit-{unit.pk}" in found
    address = here.url("report_statement")
    shown = text(finance.get(address, {**PERIOD, "payer": f"unit-{unit.pk}"}))
    assert "Only what concerns this unit" in shown
    assert "¥12.50" not in shown  # it was charged for no unit


@pytest.mark.parametrize("key", ["person-0", "bay-1", "person-x", "person-99999999999999999999"])
def test_an_unknown_payer_is_not_found(here, finance, key):
    assert finance.get(here.url("report_statement"), {"payer": key}).status_code == 404


def test_an_invalid_day_counts_as_the_usual_one(here, finance, payer):
    answer = finance.get(here.url("reports"), {"on": "2026-02-31", "x": "1"})
    assert "¥12.50" in text(answer)


def test_the_cash_book_shows_the_chosen_account(here, finance):
    assert "Opening balance" in text(finance.get(here.url("report_cash_book")))
    assert finance.get(here.url("report_cash_book"), {"account": "0"}).status_code == 200


def test_the_accountant_closes_and_reopens_a_month(here, finance, payer):
    assert "Close 2026-06" in text(finance.get(here.url("closed_months")))
    assert finance.post(here.url("close_month")).status_code == 204
    assert ClosedMonth.objects.get(site=here.site).month == date(2026, 6, 1)
    assert finance.post(here.url("reopen_month"), {"reason": ""}).status_code == 422
    assert finance.post(here.url("reopen_month"), {"reason": "a bill"}).status_code == 204
    assert not ClosedMonth.objects.exists()


def test_a_guard_sees_no_report(here):
    guard = signed_in(hire(here.site, "guard"))
    assert guard.get(here.url("reports")).status_code == 403
