"""A resident opens the invitation on a phone, and does what residents do."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from core import outbox
from core.jobs import run_waiting
from core.permissions import StandardRole
from people.accounts import invitations
from people.models import Person, Vehicle
from tests.browsers import hire
from tests.factories import OccupancyFactory, VehicleFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMAIL = "li.na@example.com"


def test_from_the_invitation_to_the_own_data_on_a_phone(server, chromium, here, mailoutbox):
    home = OccupancyFactory(person__site=here.site, person__name="Li Na", role="owner")
    VehicleFactory(person=home.person, plate="沪A12345")
    manager = hire(here.site, StandardRole.MANAGER)
    invitations.invite_by_mail(home.person, manager, email=EMAIL, language="en")
    phone = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}
    page = server.page(chromium, **phone)

    accept_invitation(page, mailoutbox)
    expect(page.get_by_role("heading", name="Li Na")).to_be_visible()
    expect(page.get_by_text(str(home.unit)).first).to_be_visible()
    add_second_car(page, home)
    invite_partner(page, mailoutbox)
    data = download_data(page)
    assert data["people"]["person"][0]["name"] == "Li Na"
    plates = {each["plate"] for each in data["people"]["vehicles"]}
    assert plates == {"沪A12345", "沪B23456"}
    page.context.close()


def mail(mailoutbox, pattern: str) -> str:
    """What the latest mail of the outbox has in that place."""
    outbox.send_due()
    return re.search(pattern, mailoutbox[-1].body).group(1)


def accept_invitation(page, mailoutbox) -> None:
    page.goto(urlsplit(mail(mailoutbox, r"(http\S+/home/invitation/\S+)")).path)
    page.get_by_role("link", name="Sign in and accept").click()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    page.get_by_label("Six-digit code").fill(mail(mailoutbox, r"\n(\d{3} \d{3})\n"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Accept the invitation").click()


def add_second_car(page, home) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Cars").click()
    page.get_by_role("link", name="Add a car").click()
    page.get_by_label("Plate").fill("沪B23456")
    page.get_by_role("button", name="Add the car").click()
    expect(page.get_by_text("Car added.")).to_be_visible()
    assert Vehicle.objects.filter(person=home.person).count() == 2


def invite_partner(page, mailoutbox) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Household").click()
    page.get_by_role("link", name="Add and invite a member").click()
    page.get_by_label("Name").fill("Wang Fang")
    page.get_by_label("E-mail").fill("wang.fang@example.com")
    page.get_by_label("May pay").check()
    page.get_by_role("button", name="Add and invite").click()
    expect(page.get_by_text("Invited, not accepted yet")).to_be_visible()
    assert mail(mailoutbox, r"(/home/invitation/\S+)")
    assert mailoutbox[-1].to == ["wang.fang@example.com"]
    assert Person.objects.get(name="Wang Fang").occupancies.get().role == "family"


def download_data(page) -> dict:
    page.get_by_role("navigation").get_by_role("link", name="Profile").click()
    page.get_by_role("link", name="My data").click()
    page.get_by_role("button", name="Gather my data").click()
    run_waiting()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download JSON").click()
    return json.loads(Path(download.value.path()).read_text())
