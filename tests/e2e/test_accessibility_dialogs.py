"""Every dialog: for all who may open it, at all widths, themes and languages."""

from contextlib import suppress

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.visits import ROLES, ROTATION, Combination, Visit, Visitors, faults_of, report
from tests.rooms import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_dialog_is_usable_by_all_who_may_open_it(visitors: Visitors, here: World) -> None:
    faults = faults_of_dialogs(visitors, here, visitors.by_kind()["dialog"])
    assert not faults, report(faults)


def faults_of_dialogs(
    visitors: Visitors, here: World, dialogs: list[Visit]
) -> dict[str, list[str]]:
    found = {}
    for turn, role in enumerate(ROLES):
        seen = Combination.of(5 * turn, ROTATION // 2)
        page = visitors.page(role, seen)
        page.goto(here.url("overview"))
        for number, visit in enumerate(dialogs):
            if visit.role(number) != role or (number + ROTATION) % 2:
                continue  # the other half has its turn in the next rotation
            if visitors.kind_of(role, visit.path) != "dialog":
                continue  # this role gets none
            open_dialog(page, visit.path, here.url("overview"))
            if faults := faults_of(page, "dialog[open]"):
                found[f"{visit.path} ({role}, {seen})"] = faults
            page.keyboard.press("Escape")
    return found


def open_dialog(page: Page, path: str, behind: str) -> None:
    """Open the dialog as a button of the page does.

    One that is not shown, because the one before it has not closed, is opened on a fresh page.
    """
    for _try in range(3):
        page.evaluate("path => htmx.ajax('GET', path, '#sheet-in')", path)
        with suppress(PlaywrightTimeout):
            page.wait_for_selector("dialog[open] .dialog-foot", timeout=10_000)
            return
        page.goto(behind)
    raise AssertionError(f"{path} does not open")
