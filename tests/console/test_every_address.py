"""Checks that hold for every address of the console: sign-in, permissions, sites, languages."""

import re

import pytest
from django.core.cache import cache
from django.urls import URLPattern, URLResolver

from console import urls
from core.models import AuditEntry
from core.permissions import StandardRole, default_grants
from tests.console.addresses import ADDRESSES
from tests.console.world import World, build, hire, signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ABOUT_A_ROW = [name for name, (_may, row, _post) in ADDRESSES.items() if row]
READ = [name for name, (_may, _row, only_post) in ADDRESSES.items() if not only_post]
#: What some addresses ask for besides.
ASKED = {
    "series": "?metric=temperature.c",
    "series_file": "?metric=temperature.c",
    "raw_file": "?metric=temperature.c",
    "command_device": "?action=trigger",
}
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son[a-z]+=|javascript:", re.IGNORECASE
)


def address(world: World, name: str, of: World | None = None) -> str:
    """The address at one world's site, of a row that may be another world's."""
    row: object = of or world
    path = ADDRESSES[name][1]
    for step in path.split(".") if path else []:
        row = getattr(row, step)
    return world.url(name, *([row.pk] if path else [])) + ASKED.get(name, "")


def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern.url_patterns)
        else:
            found.add(pattern.name)
    return found


def test_the_listed_addresses_are_all_of_the_console_s():
    assert set(ADDRESSES) == names(urls.urlpatterns) - {"index"}


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_anonymous_visitor_is_redirected_to_the_login(here, client, name):
    answer = client.get(address(here, name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_user_without_a_role_gets_not_found(here, name):
    assert signed_in(UserFactory()).get(address(here, name)).status_code == 404


@pytest.mark.parametrize("name", ADDRESSES)
def test_each_role_opens_what_it_was_granted_and_no_more(here, name):
    permission, _row, only_post = ADDRESSES[name]
    for role in StandardRole:
        client = signed_in(hire(here.site, role))
        answer = (client.post if only_post else client.get)(address(here, name))
        assert (answer.status_code == 403) == (permission not in default_grants()[role]), role


@pytest.mark.parametrize("name", READ)
def test_each_address_works_for_a_manager(here, manager, name):
    assert manager.get(address(here, name)).status_code in (200, 204)


@pytest.mark.parametrize("name", ABOUT_A_ROW)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_row_of_another_site_is_not_found(here, manager, name, method):
    there = build()
    answer = getattr(manager, method)(address(here, name, of=there), {"reason": "x", "text": "x"})
    assert answer.status_code == (405 if ADDRESSES[name][2] and method == "get" else 404)


@pytest.mark.parametrize("name", ABOUT_A_ROW)
def test_a_role_at_one_site_opens_nothing_at_another(here, manager, name):
    assert manager.get(address(build(), name)).status_code == 404


@pytest.mark.parametrize("name", READ)
def test_no_page_has_script_or_style_of_its_own(here, manager, name):
    answer = manager.get(address(here, name))
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    if answer["Content-Type"].startswith("text/html"):
        assert not INLINE.search(answer.content.decode())


@pytest.mark.parametrize("name", sorted(set(ADDRESSES) - {"publish_tariff"}))
def test_a_post_without_the_csrf_token_is_refused(here, name):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(hire(here.site, StandardRole.MANAGER))
    answer = client.post(address(here, name), {"reason": "x"})
    assert answer.status_code in (403, 405)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", READ)
def test_every_page_exists_in_both_languages(here, manager, name, language):
    answer = manager.get(address(here, name), HTTP_ACCEPT_LANGUAGE=language)
    assert answer.status_code in (200, 204)
    if b"<html" in answer.getvalue():
        assert f'<html lang="{language}"' in answer.content.decode()


#: Hostile query strings: invalid numbers, times out of range, overlong texts.
ODD = (
    "q=%00&device=%00&metric=%00",
    f"days={'9' * 5000}&points={'9' * 5000}&page={'9' * 5000}",
    "days=%C2%B2&points=%C2%B2&page=%C2%B2&letter=%C2%B2",
    "begin=0001-01-01T00:00:00%2B08:00&end=0002-01-01T00:00:00Z",
    "show=%F0%9F%9A%97&kind=x&state=x&below=x&utility=x&action=x",
)


@pytest.mark.parametrize("name", READ)
def test_no_query_string_causes_a_server_error(here, manager, name):
    for odd in ODD:
        plain = address(here, name)
        answer = manager.get(f"{plain}{'&' if '?' in plain else '?'}{odd}")
        assert answer.status_code in (200, 204, 400, 404), odd


@pytest.mark.parametrize("name", ["passage", "stay", "incident", "watch_list", "meter"])
def test_viewing_personal_data_is_audited(here, guard, manager, name):
    manager.get(address(here, name))
    last = AuditEntry.objects.filter(site=here.site).latest("pk")
    assert last.action.startswith("read ")


def test_repeated_views_within_ten_minutes_are_audited_once(here, manager):
    for _ in range(3):
        manager.get(address(here, "passage"), headers={"HX-Request": "true"})
    assert AuditEntry.objects.filter(site=here.site, action="read passage").count() == 1


def test_views_by_another_user_and_later_views_are_audited(here, guard, manager):
    for person in (guard, manager):
        person.get(address(here, "passage"))
    cache.clear()  # as when the look is ten minutes old
    manager.get(address(here, "passage"))
    assert AuditEntry.objects.filter(site=here.site, action="read passage").count() == 3
