"""Checks that hold for every address of the console: sign-in, permissions, sites, languages.

Hostile queries and forms are sent by tests/config/test_hostile_input.py; what every role of another
site is answered is in test_other_sites.py.
"""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from console import urls
from core.models import AuditEntry
from core.permissions import StandardRole, default_grants
from tests.browsers import hire, signed_in
from tests.factories import UserFactory
from tests.laws import check_page, url_names, with_query
from tests.rooms import World, addresses
from tests.rotation import ROTATION

pytestmark = pytest.mark.django_db

# Addresses of no site: tests/console/test_first_site.py checks them.
WITHOUT_SITE = {"index", "new_site", "load_demo"}
FRONT = {"overview", "start"}
ADDRESSES = addresses("console")
ABOUT_A_ROW = [name for name, needs in ADDRESSES.items() if needs.row]
LANGUAGES = ("en", "zh-hans")
AUDITED = [name for name, needs in ADDRESSES.items() if needs.audited]


def address(world: World, name: str, of: World | None = None) -> str:
    """The address at one world's site, of a row that may be another world's."""
    needs = ADDRESSES[name]
    return with_query(world.url(name, *needs.arguments(of or world)), needs.query)


def is_granted(role: StandardRole, name: str) -> bool:
    """Return whether the role has the permission of the address."""
    return ADDRESSES[name].permission in default_grants()[role]


def is_led_elsewhere(role: StandardRole, name: str) -> bool:
    """Return whether the role is led to its own page: tests/console/test_liaison.py."""
    return name in FRONT and role == StandardRole.LIAISON


def may_read(role: StandardRole, name: str) -> bool:
    """Return whether the role may open the address with GET."""
    if is_led_elsewhere(role, name):
        return False
    return is_granted(role, name) and not ADDRESSES[name].post_only


@pytest.fixture
def here(uncopied: World) -> World:
    return uncopied


@pytest.fixture(scope="module")
def there(in_module: Callable) -> World:
    """Another populated site."""
    return in_module(World.build)


@pytest.fixture(scope="module")
def by_role(shared_world: World, in_module: Callable) -> dict[StandardRole, Client]:
    """A signed-in browser of each role."""
    return in_module(
        lambda: {role: signed_in(hire(shared_world.site, role)) for role in StandardRole}
    )


@pytest.fixture(scope="module")
def administrator(in_module: Callable) -> Client:
    """A signed-in browser of an administrator of the installation."""
    return in_module(lambda: signed_in(UserFactory(is_superuser=True)))


@pytest.fixture(scope="module")
def stranger(in_module: Callable) -> Client:
    """A signed-in browser of a user without a role."""
    return in_module(lambda: signed_in(UserFactory()))


@pytest.fixture(scope="module")
def forged(shared_world: World, in_module: Callable) -> Client:
    """A signed-in browser of a manager that sends no CSRF token."""

    def sign_in() -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(hire(shared_world.site, StandardRole.MANAGER))
        return client

    return in_module(sign_in)


@pytest.fixture
def manager(by_role: dict[StandardRole, Client]) -> Client:
    return by_role[StandardRole.MANAGER]


@pytest.fixture
def guard(by_role: dict[StandardRole, Client]) -> Client:
    return by_role[StandardRole.GUARD]


def test_the_listed_addresses_are_all_of_the_console_s():
    assert set(ADDRESSES) == url_names(urls.urlpatterns) - WITHOUT_SITE


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_anonymous_visitor_is_redirected_to_the_login(here, client, name):
    answer = client.get(address(here, name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_user_without_a_role_at_the_site_gets_404(here, stranger, name):
    assert stranger.get(address(here, name)).status_code == 404


@pytest.mark.parametrize("name", ADDRESSES)
def test_each_role_reaches_exactly_the_addresses_it_is_granted(here, by_role, name):
    for role, client in by_role.items():
        if may_read(role, name) or is_led_elsewhere(role, name):
            continue  # it opens the page below
        answer = (client.post if ADDRESSES[name].post_only else client.get)(address(here, name))
        assert (answer.status_code == 403) == (not is_granted(role, name)), role


@pytest.mark.parametrize("name", [name for name, needs in ADDRESSES.items() if not needs.post_only])
def test_every_page_is_in_both_languages_and_without_inline_code(
    here, by_role, administrator, name
):
    full = administrator if ADDRESSES[name].is_for_administrators else by_role[StandardRole.MANAGER]
    readers = [client for role, client in by_role.items() if may_read(role, name)] or [full]
    readers *= 1 if len(readers) > 1 else len(LANGUAGES)
    for turn, client in enumerate(readers, ROTATION):
        language = LANGUAGES[turn % len(LANGUAGES)]
        answer = client.get(address(here, name), HTTP_ACCEPT_LANGUAGE=language)
        # Some roles open the page of their own rows only, such as their own cash drawer.
        assert answer.status_code in ADDRESSES[name].answers + (() if client is full else (404,))
        check_page(answer, language)


@pytest.mark.parametrize("name", ABOUT_A_ROW)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_site_is_not_found(here, there, manager, name, method):
    answer = getattr(manager, method)(address(here, name, of=there), {"reason": "x", "text": "x"})
    assert answer.status_code == (405 if ADDRESSES[name].post_only and method == "get" else 404)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_post_without_a_csrf_token_is_rejected(here, forged, name):
    answer = forged.post(address(here, name), {"reason": "x"})
    assert answer.status_code in (403, 405)


@pytest.mark.parametrize("name", AUDITED)
def test_a_view_of_personal_data_is_audited(here, guard, manager, name):
    cache.clear()  # repeated views within ten minutes are logged once
    manager.get(address(here, name))
    last = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert last.action.startswith("read ")


@pytest.mark.parametrize("name", ["passage"])
def test_repeated_views_of_one_page_and_its_fragments_are_logged_once(here, manager, name):
    cache.clear()
    for _ in range(3):
        manager.get(address(here, name), headers={"HX-Request": "true"})
    assert AuditEntry.objects.filter(site=here.site, action="read passage").count() == 1


@pytest.mark.parametrize("name", ["passage"])
def test_views_by_other_users_and_later_views_are_logged(here, guard, manager, name):
    cache.clear()
    for client in (guard, manager):
        client.get(address(here, name))
    cache.clear()  # as when the view is ten minutes old
    manager.get(address(here, name))
    assert AuditEntry.objects.filter(site=here.site, action="read passage").count() == 3
