"""Checks that hold for every address of the portal: languages, forged and hostile requests."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal import urls
from tests.laws import HOSTILE_QUERIES, check_page, url_names, with_query
from tests.rooms import World, addresses

pytestmark = pytest.mark.django_db

ADDRESSES = addresses("portal")
READ = [name for name, needs in ADDRESSES.items() if not needs.post_only]


@pytest.fixture(autouse=True)
def _no_requests_before():
    cache.clear()


def address(world: World, name: str) -> str:
    """The address of its row in the world."""
    needs = ADDRESSES[name]
    return with_query(reverse(f"portal:{name}", args=needs.arguments(world)), needs.query)


def test_the_listed_addresses_are_all_of_the_portal_s():
    assert set(ADDRESSES) | set(addresses("residents")) == url_names(urls.urlpatterns)


@pytest.mark.parametrize("name", [name for name, needs in ADDRESSES.items() if needs.row])
def test_an_unknown_row_is_not_found(here, client, name):
    others = ADDRESSES[name].arguments(here)[1:]
    path = reverse(f"portal:{name}", args=["abcdefghjkmnpqrstuvw", *others])
    answer = (client.post if ADDRESSES[name].post_only else client.get)(path)
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_post_without_a_csrf_token_is_rejected(here, name):
    answer = Client(enforce_csrf_checks=True).post(address(here, name), {"email": ""})
    assert answer.status_code in (403, 405)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", READ)
def test_every_page_is_in_both_languages_and_without_inline_code(here, client, name, language):
    answer = client.get(address(here, name), HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code in ADDRESSES[name].answers
    check_page(answer, language)


@pytest.mark.parametrize("name", READ)
def test_a_hostile_query_breaks_no_page(here, client, name):
    for query in HOSTILE_QUERIES:
        answer = client.get(with_query(address(here, name), query))
        assert answer.status_code in (200, 204, 302, 400, 404), query
