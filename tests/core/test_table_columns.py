"""Columns of lists: found by their titles, and strict about what a spreadsheet has damaged."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Rejection
from core.tables import (
    Choice,
    Code,
    Column,
    DateCell,
    DateColumn,
    DateOrder,
    DecimalColumn,
    Email,
    NumberCell,
    Phone,
    Text,
    WholeNumber,
    YesNo,
    match_columns,
    open_table,
)
from tests.core.workbooks import workbook

CODE = Code(code="unit", title=_("unit"), required=True, longest=20)
NAME = Text(code="name", title=_("name"), aliases=("业主姓名",))
AREA = DecimalColumn(code="area", title="Built-up area", places=2, maximum=Decimal(100_000))
COLUMNS = (CODE, NAME, AREA)
COLOUR = Choice(code="colour", title="colour", choices={"blue": _("blue"), "free": _("free")})


def code_of(column: Column, cell: str, order: DateOrder = DateOrder.UNKNOWN) -> str:
    with pytest.raises(Rejection) as caught:
        column.read(cell, order)
    assert caught.value.field == column.code
    assert caught.value.message
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(
    "titles",
    [
        ["unit", "name", "area"],
        ["UNIT *", " Name ", "Built-up area (m²)"],
        ["ＵＮＩＴ", "业主姓名", "built_up_area"],
        ["单元", "名称", "area（平方米）"],
    ],
)
def test_columns_are_found_by_their_titles_in_any_language(titles):
    with override("zh-hans"):
        titles[0] = str(CODE.title) if titles[0] == "单元" else titles[0]
        titles[1] = str(NAME.title) if titles[1] == "名称" else titles[1]
    assert match_columns(titles, COLUMNS) == [CODE, NAME, AREA]


def test_columns_may_stand_in_any_order_with_gaps():
    assert match_columns(["name", "", "unit"], COLUMNS) == [NAME, None, CODE]


@pytest.mark.parametrize(
    ("titles", "code", "named"),
    [
        (["name"], "column_missing", "unit"),
        (["unit", "name", "name"], "duplicate", "name"),
        (["unit", "height", "width"], "column_unknown", "height, width"),
    ],
)
def test_titles_that_do_not_fit_are_all_named(titles, code, named):
    with pytest.raises(Rejection) as caught:
        match_columns(titles, COLUMNS)
    assert caught.value.code == code
    assert named in caught.value.message


def test_a_misspelled_title_leads_to_the_right_one():
    with pytest.raises(Rejection) as caught:
        match_columns(["unit", "Build-up area"], COLUMNS)
    assert "do you mean Built-up area?" in caught.value.hint


def test_an_empty_cell_is_none_unless_it_is_required():
    assert NAME.read("") is None
    assert code_of(CODE, "") == "missing"


@pytest.mark.parametrize(
    "cell", ["1.38E+10", "1,38E+10", "1E+15", "4.40524E+17", "１．３８Ｅ＋１０"]
)
@pytest.mark.parametrize("column", [CODE, NAME, AREA])
def test_a_shortened_number_is_rejected_in_every_column(column, cell):
    assert code_of(column, cell) == "scientific_number"


def test_a_code_that_only_looks_like_a_power_is_kept():
    assert CODE.read("1E10") == "1E10"


@pytest.mark.parametrize("cell", ["3月1日", "1-Mar", "Mar-01", DateCell("2026-03-01")])
def test_a_code_that_became_a_date_is_rejected(cell):
    assert code_of(CODE, cell) == "became_a_date"


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#######"])
def test_an_error_of_the_spreadsheet_is_rejected(cell):
    assert code_of(NAME, cell) == "error_value"


def test_a_number_is_a_code_and_full_width_digits_are_digits():
    assert CODE.read(NumberCell("0101")) == "0101"
    assert CODE.read("Ａ－１０１\u3000") == "A-101"
    assert NAME.read("王\u3000 小明") == "王 小明"


def test_a_text_that_is_too_long_is_rejected():
    assert code_of(CODE, "x" * 21) == "too_long"


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-04",
        "2026/3/4",
        "2026.3.4",
        "2026年3月4日",
        "20260304",
        "２０２６－３－４",
        "2026-03-04 00:00:00",
        "04.03.2026",
        NumberCell("46085"),
        "46085",
    ],
)
def test_a_date_is_read_as_people_and_spreadsheets_write_it(cell):
    assert DateColumn(code="day", title="day").read(cell) == date(2026, 3, 4)


def test_a_date_with_its_year_last_needs_an_order_if_two_days_could_be_meant():
    day = DateColumn(code="day", title="day")
    assert code_of(day, "03/04/2026") == "ambiguous_date"
    assert day.read("03/04/2026", DateOrder.DAY_FIRST) == date(2026, 4, 3)
    assert day.read("03/04/2026", DateOrder.MONTH_FIRST) == date(2026, 3, 4)
    assert day.read("13/04/2026") == date(2026, 4, 13)
    assert day.read("04/13/2026") == date(2026, 4, 13)
    assert day.read("04-04-2026") == date(2026, 4, 4)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-30", "no_such_day"),
        ("2026-13-01", "no_such_day"),
        ("0026-01-01", "no_such_year"),
        ("tomorrow", "not_a_date"),
        ("04/03/26", "not_a_date"),
        ("123", "not_a_date"),
        (DateCell("2026-03-04 08:15:00"), "time_of_day"),
    ],
)
def test_what_is_no_day_is_rejected(cell, code):
    assert code_of(DateColumn(code="day", title="day"), cell) == code


@given(day=st.dates(date(1928, 1, 1), date(2100, 12, 31)))
def test_a_serial_of_excel_is_its_day(day):
    serial = NumberCell(str((day - date(1899, 12, 30)).days))
    assert DateColumn(code="day", title="day").read(serial) == day


@given(day=st.dates(date(1920, 1, 1), date(2100, 12, 31)))
def test_a_date_cell_of_a_workbook_is_its_day(day):
    rows = list(open_table(BytesIO(workbook([["day"], [day]]))))
    assert DateColumn(code="day", title="day").read(rows[1].cells[0]) == day


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("89.5", "89.5"),
        ("89,5", "89.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1 234.5", "1234.5"),
        ("１２．５", "12.5"),
        (NumberCell("1.234567890000"), None),
        (NumberCell("0.3000001"), "0.3"),
        ("12,345,678", None),
    ],
)
def test_a_number_may_be_grouped_and_have_a_decimal_comma(cell, value):
    if value is None:
        assert code_of(AREA, cell) in ("too_many_decimals", "out_of_range")
    else:
        assert AREA.read(cell) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1,234", "ambiguous_number"),
        ("1.234", "too_many_decimals"),
        ("-1", "out_of_range"),
        ("89 m²", "not_a_number"),
        ("nan", "not_a_number"),
        (DateCell("2026-01-01"), "not_a_number"),
    ],
)
def test_what_is_no_number_is_rejected(cell, code):
    assert code_of(AREA, cell) == code


@given(value=st.decimals(0, 99_999, places=2))
def test_a_number_of_a_workbook_is_the_number_that_was_entered(value):
    rows = list(open_table(BytesIO(workbook([["area"], [float(value)]]))))
    assert AREA.read(rows[1].cells[0]) == value


def test_a_whole_number_has_no_decimals():
    floor = WholeNumber(code="floor", title="floor", minimum=-9, maximum=200)
    assert floor.read(NumberCell("-2")) == -2
    assert code_of(floor, "2.5") == "not_an_integer"
    assert code_of(floor, "201") == "out_of_range"


def test_a_choice_is_named_by_its_code_or_its_label_in_any_language():
    with override("zh-hans"):
        label = str(COLOUR.choices["blue"])
    for cell in ("blue", "BLUE ", label):
        assert COLOUR.read(cell) == "blue"
    assert code_of(COLOUR, "red") == "not_a_choice"


@pytest.mark.parametrize(
    ("cell", "value"), [("yes", True), ("是", True), ("TRUE", True), ("0", False), ("否", False)]
)
def test_yes_and_no_are_read_in_both_languages(cell, value):
    column = YesNo(code="pays", title="pays")
    assert column.read(cell) is value
    assert code_of(column, "perhaps") == "not_a_boolean"


def test_telephone_numbers_and_addresses_are_checked():
    phone, email = Phone(code="phone", title="phone"), Email(code="email", title="email")
    assert phone.read(NumberCell("13800001234")) == "13800001234"
    assert phone.read("＋86 138-0000-1234") == "+86 138-0000-1234"
    assert code_of(phone, "call me") == "not_a_phone"
    assert email.read("a@example.com") == "a@example.com"
    assert code_of(email, "a@") == "not_an_email"


def test_values_survive_being_stored():
    day = DateColumn(code="day", title="day")
    assert day.load(day.dump(date(2026, 3, 4) + timedelta(0))) == date(2026, 3, 4)
    assert AREA.load(AREA.dump(Decimal("89.50"))) == Decimal("89.50")
    assert NAME.load(NAME.dump(None)) is AREA.load(AREA.dump(None)) is None
