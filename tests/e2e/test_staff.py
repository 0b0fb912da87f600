"""A manager invites a colleague, who signs in with the one-time password and replaces it."""

import pytest
from playwright.sync_api import expect

from core.models import User
from people.models import Membership

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OWN = "staple 4 tall giraffes"


def test_an_invited_colleague_signs_in_and_chooses_a_password(server, chromium, here, page):
    page.goto(here.url("staff"))
    page.get_by_role("button", name="Invite a colleague").click()
    dialog = page.locator("#sheet")
    dialog.get_by_label("Full name").fill("Li Na")
    dialog.get_by_label("User name").fill("li.na")
    dialog.get_by_label("Guard").check()
    dialog.get_by_role("button", name="Invite", exact=True).click()
    password = page.locator("[data-secret]").inner_text()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#list")).to_contain_text("has a one-time password")

    theirs = server.page(chromium)
    theirs.goto("/login/")
    theirs.get_by_label("User name").fill("li.na")
    theirs.get_by_label("Password").fill(password)
    theirs.get_by_role("button", name="Sign in", exact=True).click()
    expect(theirs.get_by_text("Your password was generated.")).to_be_visible()
    theirs.get_by_label("Current password").fill(password)
    theirs.get_by_label("New password", exact=True).fill(OWN)
    theirs.get_by_label("New password again").fill(OWN)
    theirs.get_by_role("button", name="Change password").click()
    expect(theirs.get_by_role("navigation", name="Site").first).to_be_attached()
    assert User.objects.get(username="li.na").check_password(OWN)
    assert theirs.goto(here.url("staff")).status == 403

    end_access(page, "Li Na")
    assert theirs.goto(here.url("map")).url.endswith(f"/login/?next={here.url('map')}")
    theirs.context.close()
    assert not Membership.objects.filter(user__username="li.na").exists()


def end_access(page, name: str) -> None:
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="End access").click()
    page.get_by_label("Reason").fill("left the company")
    page.locator("#sheet").get_by_role("button", name="End access").click()
    expect(page.get_by_role("heading", name="Staff", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_have_count(0)
