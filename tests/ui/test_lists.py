"""Lists: filters, order, columns, saved views and exports, tried on the list of stays."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from console.stays.listing import STAYS
from core import clock
from core.models import AuditEntry, ListPreference, SavedView
from core.permissions import StandardRole
from core.sealed_text import seal, unseal
from parking.models import Stay
from tests.browsers import hire, signed_in, text
from tests.factories import LotFactory, SiteFactory, StayFactory
from ui.exports import cell
from ui.lists import Column
from ui.lists.cells import shows

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory(slug="park")


@pytest.fixture
def stays(site):
    """Three stays, an hour apart; the last has left."""
    lot = LotFactory(site=site, code="p1")
    entered = [clock.now() - timedelta(hours=hours) for hours in (3, 2, 1)]
    made = [
        StayFactory(lot=lot, plate=plate, entered_at=at)
        for plate, at in zip(["沪A11111", "沪A22222", "沪A33333"], entered, strict=True)
    ]
    Stay.objects.filter(pk=made[2].pk).update(status="closed", left_at=clock.now(), price=1500)
    return made


@pytest.fixture
def manager(site):
    return signed_in(hire(site, StandardRole.MANAGER))


def address(site) -> str:
    return reverse("console:stays", args=[site.slug])


def plates(answer) -> list[str]:
    return [row.plate for row in answer.context["rows"]]


def test_filters_are_posted_and_an_address_names_no_plate(site, stays, manager):
    answer = manager.post(address(site), {"q": "22222", "status": "open", "filter": "1"})
    there = answer["Location"]
    assert "22222" not in there
    assert plates(manager.get(there)) == ["沪A22222"]
    assert 'value="22222"' in text(manager.get(there))


def test_a_sealed_text_is_the_same_each_time_and_useless_elsewhere():
    assert seal("沪A12345") == seal("沪A12345")
    assert unseal(seal("沪A12345")) == "沪A12345"
    assert unseal("~forged") == unseal("~") == unseal("") == ""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "open"}, 2),
        ({"status": "closed"}, 1),
        ({"status": "no such status"}, 3),
        ({"lot": "p1"}, 3),
        ({"lot": "p2"}, 3),
        ({"cover": "resident"}, 0),
        ({"cover": "charged"}, 3),
        ({"entered_from": "2100-01-01T00:00"}, 0),
        ({"entered_until": "2100-01-01T00:00", "status": "open"}, 2),
        ({"entered_from": "yesterday"}, 3),
    ],
)
def test_each_filter_narrows_the_list_and_an_invalid_one_does_not(
    site, stays, manager, query, found
):
    assert len(plates(manager.get(address(site), query))) == found


def test_a_column_sorts_both_ways(site, stays, manager):
    newest_first = plates(manager.get(address(site), {"sort": "-entered"}))
    assert plates(manager.get(address(site), {"sort": "entered"})) == newest_first[::-1]
    assert plates(manager.get(address(site), {"sort": "price"})) == newest_first


def test_pages_follow_the_order_that_is_chosen(site, manager):
    lot = LotFactory(site=site)
    for number in range(60):
        at = clock.now() - timedelta(minutes=number)
        StayFactory(lot=lot, plate=f"沪B{number:05d}", entered_at=at)
    first = manager.get(address(site), {"sort": "entered"})
    second = manager.get(
        address(site), {"sort": "entered", "older": first.context["list"].page.older}
    )
    assert plates(first)[0] == "沪B00059"
    assert (len(plates(second)), plates(second)[-1]) == (10, "沪B00000")
    assert "Next" in text(first)
    assert "Older" in text(manager.get(address(site), {"sort": "-entered"}))
    back = manager.get(
        address(site), {"sort": "entered", "newer": second.context["list"].page.newer}
    )
    assert plates(back) == plates(first)


def test_a_person_finds_the_list_as_it_was_left(site, stays, manager):
    manager.get(address(site), {"status": "closed"})
    answer = manager.get(address(site), follow=True)
    assert plates(answer) == ["沪A33333"]
    manager.get(address(site), {"reset": "1"})
    assert len(plates(manager.get(address(site)))) == 3


def test_what_one_person_filters_changes_nothing_for_another(site, stays, manager):
    manager.get(address(site), {"status": "closed"})
    other = signed_in(hire(site, StandardRole.MANAGER))
    assert len(plates(other.get(address(site)))) == 3


def test_a_column_is_hidden_for_one_person_and_from_that_person_s_exports(site, stays, manager):
    shown = ["plate", "entered", "status"]
    manager.post(address(site), {"hide": "1", "column": shown})
    page = manager.get(address(site))
    assert [column.name for column, _query, _way in page.context["list"].heads] == shown
    assert 'data-label="Permit"' not in text(page)
    lines = exported(manager, site, {"status": "closed"})
    assert lines[0] == "Plate,Entered,Status"


def test_a_column_that_names_the_row_stays(site, stays, manager):
    manager.post(address(site), {"hide": "1"})
    assert [each.name for each in manager.get(address(site)).context["list"].columns] == ["plate"]


def test_a_view_is_saved_shared_and_opened_by_a_colleague(site, stays, manager):
    manager.post(address(site) + "?status=closed", {"name": "Left today", "shared": "on"})
    other = signed_in(hire(site, StandardRole.MANAGER))
    page = other.get(address(site))
    assert "Left today" in text(page)
    view = page.context["saved_views"][0]
    assert plates(other.get(f"{address(site)}?{view.query}")) == ["沪A33333"]


def shown_columns(answer):
    return [column.name for column in answer.context["list"].columns]


def test_a_view_has_the_columns_that_were_shown_when_it_was_saved(site, stays, manager):
    manager.post(address(site), {"hide": "1", "column": ["plate", "price"]})
    manager.post(address(site) + "?status=closed", {"name": "Prices", "shared": "on"})
    other = signed_in(hire(site, StandardRole.MANAGER))
    view = other.get(address(site)).context["saved_views"][0]
    assert shown_columns(other.get(f"{address(site)}?{view.query}")) == ["plate", "price"]
    assert len(shown_columns(other.get(address(site), {"reset": "1"}))) == len(STAYS.columns)


def test_columns_chosen_in_a_view_replace_those_of_the_view(site, stays, manager):
    there = f"{address(site)}?status=closed&without=price,class"
    answer = manager.post(there, {"hide": "1", "column": ["plate", "price"]}, follow=True)
    assert shown_columns(answer) == ["plate", "price"]
    assert plates(answer) == ["沪A33333"]


def test_a_view_that_is_not_shared_is_its_owner_s_alone(site, stays, manager):
    manager.post(address(site) + "?status=closed", {"name": "Mine"})
    assert "Mine" in text(manager.get(address(site), {"reset": "1"}))
    assert "Mine" not in text(signed_in(hire(site, StandardRole.MANAGER)).get(address(site)))


def test_a_colleague_s_view_cannot_be_deleted(site, stays, manager):
    manager.post(address(site) + "?status=closed", {"name": "Shared", "shared": "on"})
    view = SavedView.objects.get()
    other = signed_in(hire(site, StandardRole.MANAGER))
    other.post(address(site), {"delete": view.pk})
    assert SavedView.objects.filter(pk=view.pk).exists()
    manager.post(address(site), {"delete": view.pk})
    assert not SavedView.objects.exists()


def test_a_view_of_another_site_is_not_offered(site, stays, manager):
    user = hire(site, StandardRole.MANAGER)
    elsewhere = SiteFactory()
    SavedView.objects.create(
        site=elsewhere, user=user, list_name="stays", name="Elsewhere", shared=True
    )
    assert "Elsewhere" not in text(manager.get(address(site)))


def test_saving_under_the_same_name_replaces_the_view(site, stays, manager):
    for status in ("open", "closed"):
        manager.post(f"{address(site)}?status={status}", {"name": "Now"})
    assert SavedView.objects.get().query == "status=closed&without=-"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_needs_a_name_that_fits(site, stays, manager, name):
    manager.post(address(site), {"name": name})
    assert not SavedView.objects.exists()


def exported(client, site, query) -> list[str]:
    answer = client.get(address(site), {**query, "export": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content).decode().removeprefix("\ufeff").splitlines()


def test_a_csv_export_has_every_row_that_the_filters_let_through(site, stays, manager):
    lines = exported(manager, site, {"status": "open", "sort": "entered"})
    assert lines[0].startswith("Plate,Car park,Entered")
    assert [line.split(",")[0] for line in lines[1:]] == ["沪A11111", "沪A22222"]


def test_a_column_of_exports_alone_is_not_on_the_page(site, stays, manager, monkeypatch):
    column = Column("currency", "Currency", lambda stay: "CNY", exported=True)
    listing = replace(STAYS, columns=(*STAYS.columns, column))
    monkeypatch.setattr("console.stays.views.STAYS", listing)
    assert "Currency" not in text(manager.get(address(site)))
    header, *rows = exported(manager, site, {})
    assert header.endswith("Currency")
    assert all(row.endswith("CNY") for row in rows)


def test_a_short_code_does_not_break_at_its_hyphens():
    shown = shows(str)
    assert shown("3-0803", None) == '<span class="text-nowrap">3-0803</span>'
    assert shown("Wang Lei", None) == "Wang Lei"
    assert shown("<a-b>", None) == '<span class="text-nowrap">&lt;a-b&gt;</span>'


def test_an_xlsx_export_is_a_workbook_with_the_same_rows(site, stays, manager):
    answer = manager.get(address(site), {"export": "xlsx"})
    assert 'filename="stays.xlsx"' in answer["Content-Disposition"]
    with ZipFile(BytesIO(b"".join(answer.streaming_content))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "沪A33333" in sheet
    assert sheet.count("<row ") == 4


def test_amounts_below_zero_are_exported_as_numbers_and_formulas_as_text():
    assert cell(Decimal("-10.00")) == Decimal("-10.00")
    assert [cell(text) for text in ("=1+1", "+1", "-1", "@x", "a")] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "a",
    ]


def test_an_export_is_audited_with_its_filters_but_without_their_values(site, stays, manager):
    manager.get(address(site), {"q": seal("沪A11111"), "export": "csv"})
    entry = AuditEntry.objects.get(action="export list")
    assert (entry.subject, entry.detail["filters"]) == (("list", "stays"), ["q"])
    assert "11111" not in str(entry.detail)


def test_more_rows_than_are_counted_are_said_to_be_more(site, stays, manager, monkeypatch):
    monkeypatch.setattr("ui.lists.state.COUNTED", 2)
    assert "more than 10,000 rows" in text(manager.get(address(site)))


def test_an_empty_list_says_what_belongs_there_and_an_empty_result_how_to_get_back(site, manager):
    assert "No stays yet." in text(manager.get(address(site)))
    assert "Nothing matches these filters." in text(manager.get(address(site), {"status": "open"}))


def test_a_live_update_does_not_change_what_is_remembered(site, stays, manager):
    manager.get(address(site), {"status": "open"}, headers={"HX-Request": "true"})
    assert not ListPreference.objects.exists()


def test_a_listing_declares_how_each_of_its_filters_narrows_the_rows():
    with pytest.raises(ValueError, match="each filter of stays needs a lookup"):
        replace(STAYS, lookups={"lot": "lot__code"})


def test_an_empty_list_offers_its_first_step_to_those_who_may_take_it(site, manager):
    devices = reverse("console:devices", args=[site.slug])
    step = reverse("console:register_device", args=[site.slug])
    technician = signed_in(hire(site, StandardRole.TECHNICIAN))
    section = text(technician.get(devices)).split('id="list"')[1]
    assert step in section
    assert step not in text(signed_in(hire(site, StandardRole.SECURITY)).get(devices))


def test_a_cell_shows_text_as_text(site, stays, manager):
    Stay.objects.update(vehicle="<b>van</b>")
    page = text(manager.get(address(site)))
    assert "&lt;b&gt;van&lt;/b&gt;" in page
    assert "<b>van</b>" not in page


def test_a_column_without_value_needs_a_cell():
    column = Column("acts", "Actions", None)
    with pytest.raises(ValueError, match="neither value nor cell"):
        replace(STAYS, columns=(*STAYS.columns, column))


def test_a_page_of_a_list_asks_the_database_a_few_times(
    site, stays, manager, django_assert_max_num_queries
):
    manager.get(address(site), {"reset": "1"})
    with django_assert_max_num_queries(14):
        manager.get(address(site), {"reset": "1"})
