"""No address answers 500, whatever stands in its path, its query string or its form."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from urllib.parse import quote_from_bytes

import pytest
from django import forms
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core.live_sessions import sign_in_of
from core.permissions import StandardRole
from tests.browsers import hire, signed_in
from tests.rooms import World, addresses
from tests.rotation import ROTATION

pytestmark = pytest.mark.django_db
HOSTILE = [
    b"\0",
    b"a\0b",
    b"x" * 10_000,
    b"9" * 5_000,
    "²".encode(),
    "１２".encode(),
    "١".encode(),
    b"-1",
    b"0",
    b"1",
    b"1.5",
    b"99999999999999999999",
    b"-99999999999999999999",
    b"9223372036854775808",
    b"2147483648",
    b"1e400",
    b"NaN",
    b"Infinity",
    b"1_000",
    b"2026-02-30",
    b"2031-05-17",
    b"2031-05-17T10:00",
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-12:00",
    b"0000-00-00",
    b"2026-W07-6",
    b"24:00",
    b"no-such-thing",
    b"",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "🚗".encode(),
    "‮".encode(),
    b"%",
    b"'\"<>\\",
    b"\r\nX-Injected: 1",
    b"[1]",
    b"{}",
    b"[" * 5_000,
    b"null",
    b"../../etc/passwd",
    b"http://[",
]
BODIES = [
    ("application/json", b'{"a": ' * 5_000),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"q=\xff"),
    ("application/x-www-form-urlencoded", b"a=1&" * 2_000),
]
# Read from the query string by name rather than by a form.
OF_QUERIES = ("q", "search", "show", "page", "newer", "older", "ended", "next", "from", "to", "all")
OF_QUERIES += (
    "letter",
    "bay",
    "days",
    "metric",
    "action",
    "begin",
    "end",
    "span",
    "points",
    "code",
)
OF_FORMS = ("language", "token", "email", "username", "password", "mapping", "text", "file")

OF_HEADERS = ("Accept-Language", "HX-Request", "HX-Current-URL", "HX-Target", "HX-Trigger")
OF_HEADERS += ("Referer", "Origin", "X-CSRFToken", "Content-Type", "If-Modified-Since")
OF_HEADERS += ("X-Forwarded-For", "Stripe-Signature", "Range", "User-Agent")


@cache
def field_names() -> tuple[str, ...]:
    """The names of the fields of all forms, once each."""
    get_resolver().url_patterns  # noqa: B018 - imports the views and with them their forms
    classes: list[type] = [forms.BaseForm]
    for each in classes:
        classes += each.__subclasses__()
    names = (name for each in classes for name in getattr(each, "base_fields", {}))
    return tuple(dict.fromkeys([*OF_QUERIES, *OF_FORMS, *sorted(names)]))


@lru_cache(maxsize=64)
def encoded(turn: int, without: str = "") -> str:
    """Give each name one of the values, another one in each turn; every third name twice.

    Args:
        without: a query whose names are left out.
    """
    names = [name for name in field_names() if f"{name}=" not in without]
    pairs = [(name, HOSTILE[(at + turn) % len(HOSTILE)]) for at, name in enumerate(names)]
    pairs += [(name, HOSTILE[(at + turn + 7) % len(HOSTILE)]) for at, name in enumerate(names[::3])]
    return "&".join(f"{name}={quote_from_bytes(value[:9_000], '/[')}" for name, value in pairs)


def all_patterns(
    patterns: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the name and the route of each address."""
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from all_patterns(each.url_patterns, route)
        else:
            yield each.name or route, route


ROUTES = sorted({route for _name, route in all_patterns(get_resolver().url_patterns)})
CONSOLE, PORTAL = addresses("console"), addresses("portal")
STEP = 21  # odd, so that of the values of a page every other one is sent without its valid query
PATHS = ["0", "99999999999999999999", "9" * 400, "x" * 300, "²", "%00", "%FF", "%ED%A0%80", "-1"]


@pytest.fixture
def here(uncopied: World) -> World:
    return uncopied


@pytest.fixture(scope="module")
def manager(shared_world: World, in_module) -> Client:
    return in_module(lambda: signed_in(hire(shared_world.site, StandardRole.MANAGER)))


def path_of(world: World, name: str) -> str:
    return world.url(name, *CONSOLE[name].arguments(world))


def check(client: Client, path: str, valid: str = "", start: int = 0) -> None:
    """Send hostile queries and forms; an exception in a view is raised here.

    Args:
        valid: a query that the page needs, sent along with every other one.
        start: addresses that start differently share the work of trying all values, and a page
            gets others in the next rotation.
    """
    for turn in range((start + ROTATION) % STEP, len(HOSTILE), STEP):
        without = valid if turn % 2 else ""
        query = encoded(turn, without)
        answers = [client.get(f"{path}?{without}&{query}"), send_form(client, path, query)]
        assert all(each.status_code < 500 for each in answers), (path, turn)


def send_form(client: Client, path: str, form: str):
    return client.post(path, form, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("name", sorted(CONSOLE))
def test_a_page_of_the_console_survives_hostile_queries_and_forms(here, manager, name):
    start = sorted(CONSOLE).index(name)
    check(manager, path_of(here, name), CONSOLE[name].query, start)


@pytest.mark.parametrize("name", sorted(PORTAL))
def test_a_page_of_the_portal_survives_hostile_queries_and_forms(here, client, name):
    start = sorted(PORTAL).index(name)
    check(client, reverse(f"portal:{name}", args=PORTAL[name].arguments(here)), start=start)


@pytest.mark.parametrize("path", ["/", "/login/", "/logout/", "/language/", "/hooks/stripe/"])
def test_every_other_page_survives_hostile_queries_and_forms(client, path):
    for start in range(STEP):
        check(client, path, start=start)


@pytest.mark.parametrize("route", ROUTES)
def test_an_address_survives_a_hostile_path(here, manager, route):
    known = route.replace("<slug:slug>", here.site.slug)
    paths = list(dict.fromkeys("/" + re.sub(r"<[^>]+>", value, known) for value in PATHS))
    methods = [manager.get, manager.post]
    for turn, path in enumerate(paths if len(paths) > 1 else paths * 2, ROTATION):
        assert methods[turn % 2](path).status_code < 500, path


@pytest.mark.parametrize("name", sorted(CONSOLE))
def test_a_page_survives_any_kind_of_body(here, manager, name):
    # Django reads most bodies; a page that reads its own gets each kind from a neighbour in turn.
    turn = sorted(CONSOLE).index(name)
    for kind, body in (BODIES[turn % len(BODIES)], BODIES[(turn + 2) % len(BODIES)]):
        assert manager.generic("POST", path_of(here, name), body, kind).status_code < 500, kind


@pytest.mark.parametrize("value", ["²", "x", "-1", "9" * 30, "１", ""])
@pytest.mark.parametrize("name", ["publish_tariff", "edit_vehicle_class", "stays", "curves_file"])
def test_one_hostile_number_alone_breaks_no_page(here, manager, name, value):
    if name in CONSOLE:
        for parameter in OF_QUERIES:
            assert manager.get(path_of(here, name), {parameter: value}).status_code < 500


@pytest.mark.parametrize(
    "value", ['"aaaaaaaaaa\\000b"', "x" * 5_000, "²", "http://[", "%00", "%FF", "a;b=c", '"\\777"']
)
@pytest.mark.parametrize(
    "path", ["/", "/login/", "/p/{slug}/", "/s/{slug}/stays/", "/hooks/stripe/"]
)
def test_hostile_headers_and_cookies_break_no_page(here, client, path, value):
    names = ["sessionid", "csrftoken", "django_language", "known_browser", "messages", "payer"]
    client.raise_request_exception = True
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name in names),
        **dict.fromkeys(OF_HEADERS, value),
    }
    for method in ("GET", "POST"):
        answer = client.generic(method, path.format(slug=here.site.slug), b"", headers=headers)
        assert answer.status_code < 500


@pytest.mark.parametrize("key", ["aaaaaaaaaa\0b", "", None, "²" * 32, "x" * 5_000])
def test_a_hostile_session_key_opens_no_live_channel(key):
    assert sign_in_of(key) is None
