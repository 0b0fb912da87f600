"""An area is added as docs/adding-an-area.md describes, and removed again."""

import copy
import re
import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches, reload
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import NoReverseMatch, clear_url_caches, reverse

import config.urls
import console
import console.urls
import estate
import tests.estate
from console.sections import SECTIONS
from core import permissions
from core.permissions import StandardRole, declared
from estate.models import Building
from people.roles import sync_standard_roles
from tests.browsers import hire, signed_in, text
from tests.rooms import Address, addresses
from ui.sections import register

pytestmark = pytest.mark.django_db

GUIDE = settings.BASE_DIR / "docs" / "adding-an-area.md"
FILE = re.compile(
    r"^`(?:platform/|(?=tests/))([\w/.]+)`\n```\w+\n(.*?)```$", re.MULTILINE | re.DOTALL
)
# Modules that exist already, to which the guide adds.
EXTENDED = ("estate.permissions", "tests.estate.addresses")
VIEW_OUTLINES = "estate.view_outlines"


def set_sections(*sections) -> None:
    """Use these sections, as at the start of a process."""
    register("console", sections)
    for module in (console.urls, config.urls):
        reload(module)
    clear_url_caches()


@pytest.fixture
def guide_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of the guide, importable beside the real ones."""
    for name, content in FILE.findall(GUIDE.read_text()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    for package in (console, estate, tests.estate):
        paths = [str(tmp_path / package.__name__.replace(".", "/")), *package.__path__]
        monkeypatch.setattr(package, "__path__", paths)
    for name in EXTENDED:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(estate, "permissions", None)
    invalidate_caches()
    permissions._permission_modules.cache_clear()
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("console.outlines")]:
        del sys.modules[name]
    for name in EXTENDED:
        sys.modules.pop(name, None)
    permissions._permission_modules.cache_clear()


@pytest.fixture
def added(guide_files: Path) -> Iterator[None]:
    """The console with the area of the guide."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(guide_files / "console" / "outlines" / "templates")
    section = import_module("console.outlines.section").SECTION
    with override_settings(TEMPLATES=templates):
        set_sections(*SECTIONS, section)
        sync_standard_roles()
        yield
        set_sections(*SECTIONS)


def test_the_guide_has_all_files_of_the_area():
    assert [name for name, _content in FILE.findall(GUIDE.read_text())] == [
        "estate/permissions.py",
        "console/outlines/__init__.py",
        "console/outlines/section.py",
        "console/outlines/urls.py",
        "console/outlines/views.py",
        "console/outlines/templates/console/outlines/list.html",
        "tests/estate/addresses.py",
    ]


def test_an_added_area_has_an_address_navigation_and_a_badge(added, here):
    Building.objects.create(site=here.site, code="W1", name="Willow House")
    manager = signed_in(hire(here.site, StandardRole.MANAGER))
    address = here.url("outlines")
    page = manager.get(address)
    assert "Willow House" in text(page)
    assert f'<a href="{address}" aria-current="page">' in text(page)
    without_outline = Building.objects.filter(site=here.site, outline=[]).count()
    assert page.context["badges"]["outlines"] == without_outline > 1
    assert f'"outlines": {without_outline}' in manager.get(here.url("counts"))["HX-Trigger"]
    assert f'href="{address}"' in text(manager.get(here.url("stays")))
    assert "Willow House" not in text(manager.get(address, {"q": "oak"}))


def test_the_area_s_address_is_among_those_that_every_check_covers(added):
    assert addresses("console")["outlines"] == Address(VIEW_OUTLINES)


def test_the_area_s_permission_is_granted_to_the_roles_that_its_room_names(added, here):
    assert VIEW_OUTLINES in declared()
    technician = signed_in(hire(here.site, StandardRole.TECHNICIAN))
    assert technician.get(here.url("outlines")).status_code == 200
    guard = signed_in(hire(here.site, StandardRole.GUARD))
    assert guard.get(here.url("outlines")).status_code == 403
    page = guard.get(here.url("map"))
    assert "outlines" not in page.context["badges"]
    assert "/outlines/" not in text(page)


def test_a_removed_area_leaves_nothing_behind(here):
    page = signed_in(hire(here.site, StandardRole.MANAGER)).get(here.url("map"))
    assert "outlines" not in page.context["badges"]
    assert "/outlines/" not in text(page)
    assert VIEW_OUTLINES not in declared()
    assert "outlines" not in addresses("console")
    with pytest.raises(NoReverseMatch):
        reverse("console:outlines", args=[here.site.slug])
