"""Who visits a page how: role, width, theme and language, rotated so that all of them occur."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page

from core.models import User
from core.permissions import StandardRole, default_grants
from tests.browsers import hire, signed_in
from tests.e2e.conftest import AXE, Server
from tests.factories import UserFactory
from tests.rooms import Address, World, addresses
from tests.rotation import ROTATION

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECKS = (Path(__file__).parent / "page_checks.js").read_text()
ADMINISTRATOR = "administrator"
RESIDENT = "resident"
ANYBODY = ""
ROLES = (*StandardRole, ADMINISTRATOR)
NO_PAGE = "another kind of answer"

_THEMES: list[dict[str, Any]] = [
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "active"},
]
_WIDTHS = (360, 768, 1280, 2560)
_LANGUAGES = ("en", "zh-hans")


@dataclass(frozen=True)
class Combination:
    """One of the 24 ways in which a page is seen."""

    number: int

    @classmethod
    def of(cls, number: int, rotation: int = ROTATION) -> "Combination":
        """Return the combination that comes up in the rotation for that number."""
        return cls((number + rotation) % (len(_THEMES) * len(_WIDTHS) * len(_LANGUAGES)))

    @property
    def media(self) -> dict[str, Any]:
        """The theme that the browser asks for."""
        return _THEMES[self.number % len(_THEMES)]

    @property
    def width(self) -> int:
        """The width of the window in pixels."""
        return _WIDTHS[self.number % len(_WIDTHS)]

    @property
    def is_touched(self) -> bool:
        """Return whether the device has a touch screen instead of a mouse."""
        return self.width < 1000

    @property
    def language(self) -> str:
        """The language of the pages."""
        return _LANGUAGES[self.number // len(_WIDTHS) % len(_LANGUAGES)]

    def __str__(self) -> str:
        theme = "forced" if self.media["forced_colors"] == "active" else self.media["color_scheme"]
        return f"{self.width} px, {theme}, {self.language}"


@dataclass(frozen=True)
class Visit:
    """A page, and the roles that may open it."""

    path: str
    roles: tuple[str, ...]

    def role(self, number: int) -> str:
        """Return the role whose turn it is."""
        return self.roles[(number + ROTATION // 2) % len(self.roles)]


class Visitors:
    """Two pages, of a touched screen and of a mouse's, that anybody may look at in turn."""

    def __init__(self, server: Server, chromium: Browser, here: World) -> None:
        self._server, self._chromium, self._here = server, chromium, here
        self._pages: dict[bool, Page] = {}
        self._browsers: dict[str, Client] = {}
        self._shown: Page | None = None
        self._role = ""
        self._seen: Combination | None = None

    def page(self, role: str, combination: Combination) -> Page:
        """Return a page of somebody with that role, set to the combination."""
        page = self._page(is_touched=combination.is_touched)
        if self._seen != combination:
            page.set_viewport_size({"width": combination.width, "height": 900})
            page.emulate_media(**combination.media)
        if (self._role, self._seen) != (role, combination):
            self._sign_in(page, role, combination.language)
        self._role, self._seen = role, combination
        return page

    def _page(self, *, is_touched: bool) -> Page:
        if is_touched not in self._pages:
            # The policy of the pages admits no script of a test.
            options = {"bypass_csp": True, "has_touch": is_touched, "is_mobile": is_touched}
            options["reduced_motion"] = "reduce"
            self._pages[is_touched] = self._server.page(self._chromium, **options)
        page = self._pages[is_touched]
        if self._shown not in (None, page):
            self._shown.goto("about:blank")  # a live page goes on working while it is open
        self._shown = page
        return page

    def _sign_in(self, page: Page, role: str, language: str) -> None:
        page.context.clear_cookies()
        cookies = {"django_language": language}
        if role:
            name = settings.SESSION_COOKIE_NAME
            cookies[name] = self._browser(role).cookies[name].value
        page.context.add_cookies(
            [{"name": name, "value": cookies[name], "url": self._server.url} for name in cookies]
        )

    def kind_of(self, role: str, path: str) -> str:
        """Return whether the address answers with a page, a dialog, or something else."""
        answer = self._browser(role).get(path, follow=True)
        if "text/html" not in answer.headers.get("content-type", ""):
            return NO_PAGE
        content = answer.getvalue().decode()
        if "<html" in content:
            return "page"
        return "dialog" if "dialog-foot" in content else NO_PAGE

    def due(self, kind: str, is_due: Callable[[int], bool]) -> Iterator[tuple[int, str, str]]:
        """Yield number, role and path of the visits of that kind whose number is due."""
        for number, visit in enumerate(visits(self._here)):
            role = visit.role(number)
            if is_due(number) and self.kind_of(role, visit.path) == kind:
                yield number, role, visit.path

    def close(self) -> None:
        """Close the pages."""
        for page in self._pages.values():
            page.context.close()

    def _browser(self, role: str) -> Client:
        if role not in self._browsers:
            self._browsers[role] = signed_in(self._user(role)) if role else Client()
        return self._browsers[role]

    def _user(self, role: str) -> User:
        if role == RESIDENT:
            user: User = self._here.binding.user
            return user
        is_administrator = role == ADMINISTRATOR
        return UserFactory(is_superuser=True) if is_administrator else hire(self._here.site, role)


def visits(here: World) -> Iterator[Visit]:
    """Yield every address that can be opened, of both webs and of the accounts."""
    for name, needs in addresses("console").items():
        if not needs.post_only:
            path = here.url(name, *needs.arguments(here))
            yield Visit(f"{path}?{needs.query}" if needs.query else path, _permitted(needs))
    for name, needs in addresses("portal").items():
        if not needs.post_only:
            yield Visit(reverse(f"portal:{name}", args=needs.arguments(here)), (ANYBODY,))
    for name, needs in addresses("residents").items():
        if not needs.post_only and name != "download_own_data":
            yield Visit(reverse(f"portal:{name}", args=needs.arguments(here)), (RESIDENT,))
    for name in ("login", "resident_login", "resident_password"):
        yield Visit(reverse(name), (ANYBODY,))
    for name in ("profile", "passkeys", "password", "second_factor"):
        yield Visit(reverse(name), tuple(StandardRole))
    yield Visit(f"{reverse('console:index')}?all", (ADMINISTRATOR, StandardRole.MANAGER))
    yield Visit(reverse("console:new_site"), (ADMINISTRATOR,))
    yield Visit("/s/no-such-site/", tuple(StandardRole))


def _permitted(needs: Address) -> tuple[str, ...]:
    if needs.is_for_administrators:
        return (ADMINISTRATOR,)
    return tuple(role for role in StandardRole if needs.permission in default_grants()[role])


def faults_of(page: Page, scope: str = "html") -> list[str]:
    """Return what is wrong with the page, or with the element of that selector."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(url=AXE)
    # Focus rings are for those who use the keyboard.
    page.keyboard.press("Tab")
    found: list[str] = page.evaluate(CHECKS, {"rules": RULES, "scope": scope})
    return found


def faults_of_pages(visitors: Visitors, *, touched: bool) -> dict[str, list[str]]:
    """Return the faults of the pages whose turn it is on a touched screen, or with a mouse."""
    found = {}
    due = visitors.due("page", lambda number: Combination.of(number).is_touched == touched)
    pages = [(Combination.of(number), role, path) for number, role, path in due]
    assert len(pages) > 50
    # A browser lays out the page that it leaves once more for each change of width or theme.
    for seen, role, path in sorted(pages, key=lambda each: (each[0].number, each[1])):
        page = visitors.page(role, seen)
        page.goto(path)
        if faults := faults_of(page):
            found[f"{path} ({role}, {seen})"] = faults
    return found


def report(found: dict[str, list[str]]) -> str:
    """Return the faults by page, and how to repeat the run that found them."""
    lines = [f"{where}\n    " + "\n    ".join(faults) for where, faults in found.items()]
    return "\n".join([f"GATEHOUSE_ROTATION={ROTATION} repeats this:", *lines])
