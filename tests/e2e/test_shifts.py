"""A shift in a browser: it ends with a note, and a second guard takes over what is open."""

import pytest
from playwright.sync_api import expect

from core import clock
from core.permissions import StandardRole
from incidents import services
from incidents.models import HandOver, Incident, Shift
from tests.browsers import hire
from tests.e2e.test_dispatch import submit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def guards(here):
    """Two guards, of a site where nothing is open and no shift waits."""
    HandOver.objects.all().delete()
    Shift.objects.all().delete()
    Incident.objects.update(state="closed", cleared=True, ended_at=clock.now())
    return [hire(here.site, StandardRole.GUARD) for _number in range(2)]


@pytest.fixture
def incident(here, guards):
    return services.raise_incident(
        here.site.pk, "intrusion", "zone:fence", "severe", clock.now(), {}
    )


def open_shifts(server, chromium, here, guard):
    """The page of shifts of a guard, once it is live."""
    page = server.page(chromium, guard)
    page.goto(here.url("shifts"))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    return page


def end(page, note):
    """End the shift of the page's guard with a note."""
    page.get_by_role("button", name="End shift").click()
    enter_note_and_end(page, note)


def enter_note_and_end(page, note):
    page.locator("#sheet-in").get_by_label("Note for the next shift").fill(note)
    submit(page, "End shift")


def test_who_starts_the_next_shift_takes_over_what_is_open(
    server, chromium, here, guards, incident
):
    first, second = guards
    page, next_page = (open_shifts(server, chromium, here, each) for each in guards)
    page.get_by_role("button", name="Start shift").click()
    expect(next_page.locator("main")).to_contain_text(first.display_name)
    page.get_by_role("button", name="End shift").click()
    sheet = page.locator("#sheet-in")
    expect(sheet).to_contain_text("The next shift takes over")
    expect(sheet.locator(f'a[href="{here.url("incident", incident.pk)}"]')).to_be_visible()
    enter_note_and_end(page, "the fence is open")
    expect(page.get_by_role("button", name="Start shift")).to_be_visible()

    waiting = next_page.locator(".card", has_text=f"Handed over by {first.display_name}")
    expect(waiting).to_contain_text("the fence is open")
    expect(waiting).to_contain_text("You take over when you start your shift.")
    next_page.get_by_role("button", name="Start shift").click()
    expect(waiting).to_have_count(0)
    ended = next_page.locator("tr", has_text="the fence is open")
    expect(ended).to_contain_text(second.display_name)
    assert HandOver.objects.get().taken_over_by == second
    for each in (page, next_page):
        each.context.close()


def test_a_colleague_on_duty_takes_over_by_a_button(server, chromium, here, guards, incident):
    first, second = guards
    for guard in guards:
        Shift.objects.create(site=here.site, user=guard, began_at=clock.now())
    page, next_page = (open_shifts(server, chromium, here, each) for each in guards)
    end(page, "the fence is open")
    next_page.get_by_role("button", name="Take over").click()
    expect(next_page.get_by_role("button", name="Take over")).to_have_count(0)
    expect(next_page.locator("tr", has_text="the fence is open")).to_contain_text(
        second.display_name
    )
    expect(page.locator("tr", has_text="the fence is open")).to_contain_text(second.display_name)
    assert HandOver.objects.get().shift.user == first
    for each in (page, next_page):
        each.context.close()
