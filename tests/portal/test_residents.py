"""Checks that hold for every address of residents: sign-in, own homes only, forged requests."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from people.accounts import bindings
from tests.browsers import signed_in
from tests.factories import BindingFactory, OccupancyFactory
from tests.laws import HOSTILE_QUERIES, check_page, with_query
from tests.rooms import World, addresses

pytestmark = pytest.mark.django_db

ADDRESSES = addresses("residents")
OF_A_HOME = [name for name, needs in ADDRESSES.items() if needs.row == "binding"]
WITH_ROWS = [name for name, needs in ADDRESSES.items() if needs.further]
READ = [name for name, needs in ADDRESSES.items() if not needs.post_only]


@pytest.fixture(autouse=True)
def _no_requests_before():
    cache.clear()


@pytest.fixture(scope="module")
def there(in_module: Callable) -> World:
    """Another populated site."""
    return in_module(World.build)


def address(world: World, name: str) -> str:
    """The address of the rows of a world."""
    return reverse(f"portal:{name}", args=ADDRESSES[name].arguments(world))


def ask(client: Client, name: str, path: str, values: dict[str, str] | None = None) -> int:
    """The status of a request by the method that the address takes."""
    is_post = ADDRESSES[name].post_only or values is not None
    return (client.post(path, values or {}) if is_post else client.get(path)).status_code


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_anonymous_visitor_is_asked_to_sign_in(here, client, name):
    answer = client.get(address(here, name))
    if ADDRESSES[name].post_only:
        answer = client.post(address(here, name))
    assert answer.status_code in (302, 405)
    if answer.status_code == 302:
        assert answer["Location"].startswith("/login/home/?next=/")


@pytest.mark.parametrize("name", OF_A_HOME)
def test_a_stranger_s_home_is_not_found(here, there, name):
    stranger = signed_in(there.binding.user)
    assert ask(stranger, name, address(here, name)) == 404
    if not ADDRESSES[name].post_only:
        assert ask(stranger, name, address(here, name), {"plate": "沪A00001"}) in (404, 405)


@pytest.mark.parametrize("name", WITH_ROWS)
def test_a_stranger_s_row_is_not_found_through_the_own_home(here, there, name):
    own = signed_in(here.binding.user)
    rows = ADDRESSES[name].arguments(there)[1:]
    path = reverse(f"portal:{name}", args=[here.binding.pk, *rows])
    assert ask(own, name, path) == 404
    assert own.post(path, {"plate": "沪A00001"}).status_code in (404, 405)


@pytest.mark.parametrize("name", WITH_ROWS)
def test_a_row_of_a_neighbour_at_the_same_site_is_not_found(here, name):
    neighbour = BindingFactory(person=OccupancyFactory(person__site=here.site).person)
    rows = ADDRESSES[name].arguments(here)[1:]
    path = reverse(f"portal:{name}", args=[neighbour.pk, *rows])
    assert ask(signed_in(neighbour.user), name, path) == 404


@pytest.mark.parametrize("state", ["pending", "refused", "ended"])
def test_a_binding_that_is_not_in_force_opens_nothing(here, state):
    binding = BindingFactory(person=here.binding.person, state="pending")
    if state != "pending":
        (bindings.end if state == "ended" else bindings.refuse)(binding, here.binding.user)
    path = reverse("portal:home", args=[binding.pk])
    assert signed_in(binding.user).get(path).status_code == 404


@pytest.mark.parametrize("name", OF_A_HOME)
def test_a_post_without_a_csrf_token_is_rejected(here, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(here.binding.user)
    assert client.post(address(here, name), {"plate": "沪A1"}).status_code in (403, 405)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", READ)
def test_every_page_is_in_both_languages_and_without_inline_code(here, name, language):
    own = signed_in(here.binding.user)
    answer = own.get(address(here, name), HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code in ADDRESSES[name].answers
    assert "no-store" in answer["Cache-Control"]
    check_page(answer, language)


@pytest.mark.parametrize("name", READ)
def test_a_hostile_query_breaks_no_page(here, name):
    own = signed_in(here.binding.user)
    for query in HOSTILE_QUERIES:
        answer = own.get(with_query(address(here, name), query))
        assert answer.status_code in (200, 302, 400), query
