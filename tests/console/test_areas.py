"""The areas of both webs: complete, and independent of one another."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from ui.sections import Section, sections_of

WEBS = ("console", "portal")
PLATFORM = settings.BASE_DIR / "platform"
AREAS = [(web, section) for web in WEBS for section in sections_of(web)]


def imports(file: Path) -> set[str]:
    """Return the dotted names of the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


@pytest.mark.parametrize("web", WEBS)
def test_every_folder_with_a_section_is_in_the_tuple(web):
    folders = {file.parent.name for file in (PLATFORM / web).glob("*/section.py")}
    assert folders == {section.name for section in sections_of(web)}


@pytest.mark.parametrize(("web", "section"), AREAS)
def test_an_area_imports_no_other_area(web: str, section: Section):
    others = {each.name for each in sections_of(web)} - {section.name}
    for file in (PLATFORM / web / section.name).rglob("*.py"):
        areas = {name.split(".")[1] for name in imports(file) if name.startswith(f"{web}.")}
        assert not areas & others, file


@pytest.mark.parametrize(("web", "section"), AREAS)
def test_an_area_s_templates_stand_in_its_own_folder(web: str, section: Section):
    templates = PLATFORM / web / section.name / "templates"
    for file in templates.rglob("*.html"):
        assert file.relative_to(templates).parts[:2] == (web, section.name)


def test_names_of_badges_are_unique():
    badges = [item.badge.name for _web, each in AREAS for item in each.navigation if item.badge]
    assert len(badges) == len(set(badges))


def test_every_area_has_a_prefix_of_its_own():
    for web in WEBS:
        prefixes = [section.prefix for section in sections_of(web)]
        assert len(prefixes) == len(set(prefixes))
