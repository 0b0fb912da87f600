"""Who visits a page how: role, width, theme and language, rotated so that all of them occur."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from django.urls import reverse
from playwright.sync_api import Browser, Page

from core.models import User
from core.permissions import StandardRole, default_grants
from tests.browsers import hire
from tests.e2e.conftest import Server
from tests.factories import UserFactory
from tests.rooms import Address, World, addresses

#: With another number the pages meet other combinations; without one, a run repeats the last.
ROTATION = int(os.environ.get("GATEHOUSE_ROTATION", "30"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECKS = (Path(__file__).parent / "page_checks.js").read_text()
ADMINISTRATOR = "administrator"
RESIDENT = "resident"
ANYBODY = ""
ROLES = (*StandardRole, ADMINISTRATOR)

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
    """The pages of each role, opened in any combination."""

    def __init__(self, server: Server, chromium: Browser, here: World) -> None:
        self._server, self._chromium, self._here = server, chromium, here
        self._pages: dict[tuple[str, bool], Page] = {}
        self._users: dict[str, User] = {}

    def page(self, role: str, combination: Combination) -> Page:
        """Return the role's page, set to the combination."""
        key = role, combination.is_touched
        if key not in self._pages:
            # The policy of the pages admits no script of a test.
            options = {"bypass_csp": True, "has_touch": key[1], "is_mobile": key[1]}
            options["reduced_motion"] = "reduce"
            user = self._user(role) if role else None
            self._pages[key] = self._server.page(self._chromium, user, **options)
        page = self._pages[key]
        page.set_viewport_size({"width": combination.width, "height": 900})
        page.emulate_media(**combination.media)
        language = {"name": "django_language", "value": combination.language}
        page.context.add_cookies([{**language, "url": self._server.url}])
        return page

    def close(self) -> None:
        """Close all pages."""
        for page in self._pages.values():
            page.context.close()

    def _user(self, role: str) -> User:
        if role == RESIDENT:
            user: User = self._here.binding.user
            return user
        if role not in self._users:
            is_administrator = role == ADMINISTRATOR
            self._users[role] = (
                UserFactory(is_superuser=True) if is_administrator else hire(self._here.site, role)
            )
        return self._users[role]


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
    page.evaluate(AXE_SCRIPT)
    # Focus rings are for those who use the keyboard.
    page.keyboard.press("Tab")
    found: list[str] = page.evaluate(CHECKS, {"rules": RULES, "scope": scope})
    return found
