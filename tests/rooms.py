"""Collect what each room brings to the checks that hold for every address.

A room has `tests/<room>/addresses.py` with its addresses by URL name, CONSOLE, PORTAL and
RESIDENTS (the portal's behind a sign-in), and
`tests/<room>/world.py` with ROWS: by name, the function that makes a row of the room at a site.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from django.urls import reverse

import tests
from core.models import Site
from core.permissions import InstallationPermission
from tests.factories import SiteFactory


@dataclass(frozen=True)
class Address:
    """What one address needs.

    Attributes:
        permission: without it the address answers 403; empty for a public page. No role has the
            permissions of administrators.
        row: the row of the world that the address names, or an attribute of one; empty for none.
        post_only: whether it accepts no GET.
        query: what a useful request has after the question mark.
        audited: whether each view is recorded, because the page shows personal data.
        by: the attribute of the row that stands in the URL.
        answers: the statuses of a successful GET.
        words: what else stands in the URL, such as the name of a bulk action.
        further: rows whose keys stand in the URL, too.
    """

    permission: str = ""
    row: str = ""
    post_only: bool = False
    query: str = ""
    audited: bool = False
    by: str = "pk"
    answers: tuple[int, ...] = (200, 204)
    words: tuple[str, ...] = ()
    further: tuple[str, ...] = ()

    @property
    def is_for_administrators(self) -> bool:
        """Whether only administrators may open it, with any role or none."""
        return self.permission in set(InstallationPermission)

    def arguments(self, world: "World") -> list[object]:
        """The arguments of the URL, with the row of that world."""
        row = [getattr(world.find(self.row), self.by)] if self.row else []
        return [*row, *(world.find(each).pk for each in self.further), *self.words]


def modules(name: str) -> Iterator[ModuleType]:
    """Yield the modules of that name in the folders of the rooms."""
    for folder in iter_modules(tests.__path__, "tests."):
        if folder.ispkg and find_spec(f"{folder.name}.{name}"):
            yield import_module(f"{folder.name}.{name}")


def addresses(web: str) -> dict[str, Address]:
    """Return the addresses of all rooms in ``console`` or ``portal`` by their URL name."""
    found: dict[str, Address] = {}
    for module in modules("addresses"):
        own: dict[str, Address] = getattr(module, web.upper(), {})
        assert not found.keys() & own.keys(), "two rooms have an address of the same name"
        found |= own
    return found


@cache
def makers() -> dict[str, Callable[["World"], object]]:
    """Return the functions that make the rows of all rooms, by the row's name."""
    found: dict[str, Callable[[World], object]] = {}
    for module in modules("world"):
        assert not found.keys() & module.ROWS.keys(), "two rooms have a row of the same name"
        found |= module.ROWS
    return found


class World:
    """A site with the rows of every room: ``world.stay``, ``world.meter``.

    A row is made when it is first read, so that a room's function may read another room's rows.
    """

    site: Site

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self.__dict__[name] = row = self._made(name)
        return row

    def _made(self, name: str) -> Any:
        make = makers().get(name)
        if make is None:
            raise AttributeError(name)
        return make(self)

    @classmethod
    def build(cls) -> "World":
        """Make a site with all rows."""
        world = cls()
        world.site = SiteFactory()
        for name in makers():
            getattr(world, name)
        return world

    def copied(self) -> "World":
        """Return a copy, of which a row is copied when it is first read: few tests read many."""
        return _Copy(self)

    def url(self, name: str, *args: object) -> str:
        """Return the path of an address of the console at this site."""
        return reverse(f"console:{name}", args=[self.site.slug, *args])

    def find(self, path: str) -> Any:
        """Return a row, or what an attribute of it names: ``gate.entry.camera``."""
        row: Any = self
        for step in path.split("."):
            row = getattr(row, step)
        return row


class _Copy(World):
    def __init__(self, original: World) -> None:
        self._original = original
        self._copies: dict[int, Any] = {}  # rows refer to each other, also in the copy

    def _made(self, name: str) -> Any:
        if name in self._original.__dict__:
            return copy.deepcopy(self._original.__dict__[name], self._copies)
        return super()._made(name)
