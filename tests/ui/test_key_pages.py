"""Lists whose pages are addressed by a row: neighbours, ties, bounds."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse

from core import clock
from parking.models import Stay
from tests.factories import LotFactory, SiteFactory, StayFactory
from ui.tables import paginate_by_key

pytestmark = pytest.mark.django_db
SIZE = 3


@pytest.fixture
def site():
    """Ten stays; always two of them entered at the same instant."""
    site = SiteFactory()
    lot = LotFactory(site=site)
    for number in range(10):
        at = clock.now() - timedelta(minutes=number // 2)
        StayFactory(site=site, lot=lot, plate=f"沪A1000{number}", entered_at=at)
    return site


def shown(site, **query):
    request = RequestFactory().get("/", query)
    return paginate_by_key(request, Stay.objects.filter(site=site), "entered_at", SIZE)


def keys(page):
    return [stay.pk for stay in page]


def walk(site, way):
    pages, query = [], {}
    while True:
        page = shown(site, **query)
        pages.append(keys(page))
        if not getattr(page, way):
            return pages, page
        query = {way: getattr(page, way)}


def test_each_row_is_on_one_page_in_order(site):
    pages, last = walk(site, "older")
    expected = list(
        Stay.objects.filter(site=site).order_by("-entered_at", "-pk").values_list("pk", flat=True)
    )
    assert [pk for page in pages for pk in page] == expected
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert last.newer


def test_a_list_by_key_has_each_row_on_one_page(site):
    rows = Stay.objects.filter(site=site)
    pages, query = [], {}
    while True:
        request = RequestFactory().get("/", query)
        page = paginate_by_key(request, rows, "id", SIZE)
        pages += keys(page)
        if not page.older:
            break
        query = {"older": page.older}
    assert pages == list(rows.order_by("-pk").values_list("pk", flat=True))


def test_newer_leads_back_to_a_full_first_page(site):
    pages, last = walk(site, "older")
    page = shown(site, newer=last.newer)
    assert keys(page) == pages[2]
    page = shown(site, newer=page.newer)
    assert keys(page) == pages[1]
    page = shown(site, newer=page.newer)
    assert (keys(page), page.newer) == (pages[0], "")


def test_rows_that_arrive_move_no_row_to_another_page(site):
    first = shown(site)
    second = keys(shown(site, older=first.older))
    StayFactory(site=site, lot=Stay.objects.filter(site=site)[0].lot, entered_at=clock.now())
    assert keys(shown(site, older=first.older)) == second


@pytest.mark.parametrize(
    "cursor", ["", "x", "~", "2026-01-01~1", "2026-01-01T00:00:00+00:00~²", "~" * 500]
)
def test_an_invalid_cursor_shows_the_first_page(site, cursor):
    assert keys(shown(site, older=cursor)) == keys(shown(site))
    assert keys(shown(site, newer=cursor)) == keys(shown(site))


def test_a_page_behind_the_last_row_is_empty(site):
    page = shown(site, older="2000-01-01T00:00:00+00:00~1")
    assert (keys(page), page.older, page.newer) == ([], "", "")


def test_the_lists_of_stays_and_of_dead_letters_have_such_pages(site, client, django_user_model):
    client.force_login(django_user_model.objects.create(username="root", is_superuser=True))
    for name in ("stays", "dead_letters"):
        cursor = f"{clock.now().isoformat()}~1"
        assert (
            client.get(reverse(f"console:{name}", args=[site.slug]), {"older": cursor}).status_code
            == 200
        )
