"""Every dialog: for all who may open it, at all widths, themes and languages."""

from contextlib import suppress

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.visits import ROLES, Combination, Visitors, faults_of, report
from tests.rooms import World
from tests.rotation import ROTATION

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_dialog_is_usable_by_all_who_may_open_it(visitors: Visitors, here: World) -> None:
    # The other half has its turn in the next rotation.
    due = visitors.due("dialog", lambda number: (number + ROTATION) % 2 == 0)
    dialogs = [(role, path) for _number, role, path in due]
    assert len(dialogs) > 50
    faults = faults_of_dialogs(visitors, here, dialogs)
    assert not faults, report(faults)


def faults_of_dialogs(
    visitors: Visitors, here: World, dialogs: list[tuple[str, str]]
) -> dict[str, list[str]]:
    found = {}
    for turn, role in enumerate(ROLES):
        seen = Combination.of(5 * turn, ROTATION // 2)
        page = visitors.page(role, seen)
        open_empty(page, here.url("overview"))
        for path in (path for each, path in dialogs if each == role):
            open_dialog(page, path, here.url("overview"))
            if faults := faults_of(page, "dialog[open]"):
                found[f"{path} ({role}, {seen})"] = faults
            page.keyboard.press("Escape")
    return found


def open_empty(page: Page, path: str) -> None:
    """Open a page and empty it: what is behind a dialog takes no part, but is examined too."""
    page.goto(path)
    page.evaluate("document.querySelector('main').replaceChildren()")


def open_dialog(page: Page, path: str, behind: str) -> None:
    """Open the dialog as a button of the page does.

    One that is not shown, because the one before it has not closed, is opened on a fresh page.
    """
    for _try in range(3):
        page.evaluate("path => htmx.ajax('GET', path, '#sheet-in')", path)
        with suppress(PlaywrightTimeout):
            page.wait_for_selector("dialog[open] .dialog-foot", timeout=10_000)
            return
        open_empty(page, behind)
    raise AssertionError(f"{path} does not open")
