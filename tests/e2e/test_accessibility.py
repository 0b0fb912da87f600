"""Every page and every dialog: for all who may open it, at all widths, themes and languages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.e2e.visits import ROLES, ROTATION, Combination, Visit, Visitors, faults_of, visits
from tests.rooms import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_PAGE = "another kind of answer"


@pytest.fixture
def visitors(server, chromium, here: World) -> Iterator[Visitors]:
    opened = Visitors(server, chromium, here)
    yield opened
    opened.close()


def kind_of(page: Page, path: str) -> str:
    """Return whether the address answers with a page, a dialog, or something else."""
    answer = page.request.get(path)
    if "text/html" not in answer.headers.get("content-type", ""):
        return NO_PAGE
    content = answer.text()
    if "<html" in content:
        return "page"
    return "dialog" if "dialog-foot" in content else NO_PAGE


def by_kind(visitors: Visitors, here: World) -> dict[str, list[Visit]]:
    """Return the visits to pages and those to dialogs."""
    found: dict[str, list[Visit]] = {"page": [], "dialog": [], NO_PAGE: []}
    for visit in visits(here):
        page = visitors.page(visit.roles[0], Combination(0))
        found[kind_of(page, visit.path)].append(visit)
    return found


def open_dialog(page: Page, path: str) -> None:
    """Open the dialog as a button of the page does."""
    page.evaluate("path => htmx.ajax('GET', path, '#sheet-in')", path)
    page.wait_for_selector("dialog[open] .dialog-foot")


def report(found: dict[str, list[str]]) -> str:
    """Return the faults by page, and how to repeat the run that found them."""
    lines = [f"{where}\n    " + "\n    ".join(faults) for where, faults in found.items()]
    return "\n".join([f"GATEHOUSE_ROTATION={ROTATION} repeats this:", *lines])


def test_every_page_is_usable_by_all_who_may_open_it(visitors, here):
    pages = by_kind(visitors, here)["page"]
    found = {}
    for number, visit in enumerate(pages):
        seen = Combination.of(number)
        page = visitors.page(visit.role(number), seen)
        page.goto(visit.path)
        if faults := faults_of(page):
            found[f"{visit.path} ({visit.role(number)}, {seen})"] = faults
    assert len(pages) > 50
    assert not found, report(found)


def test_every_dialog_is_usable_by_all_who_may_open_it(visitors, here):
    dialogs = by_kind(visitors, here)["dialog"]
    found = {}
    for turn, role in enumerate(ROLES):
        seen = Combination.of(5 * turn, ROTATION // 2)
        page = visitors.page(role, seen)
        page.goto(here.url("overview"))
        for number, visit in enumerate(dialogs):
            if visit.role(number) != role or (number + ROTATION) % 2:
                continue  # the other half has its turn in the next rotation
            open_dialog(page, visit.path)
            if faults := faults_of(page, "dialog[open]"):
                found[f"{visit.path} ({role}, {seen})"] = faults
            page.keyboard.press("Escape")
    assert len(dialogs) > 50
    assert not found, report(found)
