"""Smoke in a browser: the page of who is on duty sounds, then the next person is notified."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core import clock
from core.jobs import run_waiting
from core.permissions import StandardRole
from incidents import services
from incidents.escalation.rota_editing import LayerValues, add_layer
from incidents.models import Incident, Shift
from tests.browsers import hire
from tests.incidents.escalation.staff import notified

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def guards(here):
    """Two guards who are on call by turns of a week; the first one's week is now."""
    first, second = (hire(here.site, StandardRole.GUARD) for _ in range(2))
    now = clock.local(clock.now(), here.site.timezone)
    day = (now - timedelta(days=1)).date()
    here.rota_layer.delete()
    add_layer(here.site, first, LayerValues("line", [first, second], day, now.time()))
    services.acknowledge_all(Incident.objects.filter(site=here.site), first)
    return first, second


def smoke(site):
    """Raise an incident, and run what follows it at once."""
    incident = services.raise_incident(
        site.pk, "smoke_fire", "device:smoke", "extreme", clock.now(), {}
    )
    run_waiting()
    return incident


def test_smoke_sounds_until_it_is_acknowledged_and_reaches_the_next_person(
    server, chromium, here, guards, monkeypatch
):
    first, second = guards
    page = server.page(chromium, first)
    bar = page.locator("#sound")
    page.goto(here.url("shifts"))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    page.get_by_role("button", name="Start shift").click()
    expect(page.locator("main")).to_contain_text("You have been on duty since")
    expect(bar).to_have_attribute("data-played", "test")
    assert Shift.objects.get(ended_at=None).user == first

    incident = smoke(here.site)
    expect(bar).to_have_attribute("data-played", "extreme")
    expect(bar).to_contain_text("Not acknowledged: 1")
    assert set(notified(incident)) == {first.username}

    later = clock.now() + timedelta(seconds=60)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        run_waiting()
    assert set(notified(incident)) == {first.username, second.username}

    services.acknowledge(incident, first)
    expect(bar).to_be_hidden()
    page.context.close()


def test_a_red_bar_says_that_the_sound_is_off_while_it_is_muted(server, chromium, here, guards):
    first, _second = guards
    Shift.objects.create(site=here.site, user=first, began_at=clock.now())
    page = server.page(chromium, first)
    page.add_init_script("localStorage.setItem('gatehouse-sound-muted', 'true')")
    page.goto(here.url("shifts"))
    bar, shift = page.locator("#sound"), page.locator("#shifts")
    expect(bar).to_be_visible()
    expect(bar).to_contain_text("The sound of alarms is off.")
    expect(shift.get_by_text("The sound of alarms is off.")).to_be_visible()
    expect(shift.get_by_text("Alarms sound on your open pages.")).to_be_hidden()
    bar.get_by_role("button", name="Turn on").click()
    expect(bar).to_have_attribute("data-played", "test")
    expect(bar).to_be_hidden()
    expect(shift.get_by_text("Alarms sound on your open pages.")).to_be_visible()
    shift.get_by_role("button", name="Mute").click()
    expect(bar).to_be_visible()
    expect(shift.get_by_text("Alarms sound on your open pages.")).to_be_hidden()
    page.context.close()
