"""An officer confirms an incident, sends it, and sees that it was delivered."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.outbox_lanes import send_all_due
from core.permissions import StandardRole
from incidents import services
from incidents.feeds import endpoints
from incidents.feeds.delivery_topic import LANE
from incidents.models import FeedEndpoint, Incident
from tests import receiver
from tests.browsers import hire
from tests.factories import FeedEndpointFactory, UserFactory
from tests.receiver import Receiver
from tests.rooms import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def police(settings) -> Iterator[Receiver]:
    settings.OUTGOING_PLAIN_HTTP = True
    with receiver.running() as running:
        yield running


def add_feed(here: World, police: Receiver, name: str, path: str, **values: object):
    """A feed with the token that its receiver got."""
    feed: FeedEndpoint = FeedEndpointFactory(
        site=here.site,
        name=name,
        url=police.url(path),
        allowed_networks=["127.0.0.0/8"],
        **values,
    )
    return feed, endpoints.renew_credentials(feed, UserFactory()).token


def submit(page: Page, button: str, **fields: str) -> None:
    """Fill in the open dialog, send it, and wait until it has closed."""
    sheet = page.locator("#sheet-in")
    for label, value in fields.items():
        sheet.get_by_label(label, exact=True).fill(value)
    sheet.get_by_role("button", name=button, exact=True).click()
    expect(sheet).to_be_hidden()


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Review", exact=True).click()
    page.locator("#sheet-in").get_by_label("Confirmed").check()
    submit(page, "Save", Reason="seen on the camera")


def test_an_officer_confirms_sends_and_sees_the_delivery_become_delivered(
    server, chromium, here, police
):
    add_feed(here, police, "Station 7", "/hook", kind="webhook")
    incident = services.raise_incident(
        here.site.pk, "intrusion", "zone:fence", "severe", clock.now(), {}
    )
    page = server.page(chromium, hire(here.site, StandardRole.SECURITY))
    page.goto(here.url("incident", incident.pk))
    expect(page.locator("html")).to_have_attribute("data-live-state", "live")
    expect(page.get_by_role("button", name="Send to authorities")).to_have_count(0)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("detected")
    confirm(page)
    expect(heading).to_contain_text("confirmed")
    page.get_by_role("button", name="Send to authorities").click()
    sheet = page.locator("#sheet-in")
    expect(sheet).to_contain_text("Station 7")
    expect(sheet).to_contain_text("What leaves")
    submit(page, "Send", Reason="agreed with the station")

    expect(heading).to_contain_text("dispatched")
    sent = page.locator(".sightings li", has_text="Station 7")
    expect(sent).to_contain_text("pending")
    assert police.connections == 0
    send_all_due(LANE)
    expect(sent).to_contain_text("delivered")
    (request,) = police.received
    message = Incident.objects.get(pk=incident.pk).messages.get()
    assert request.headers["webhook-id"] == message.public_id
    page.context.close()
