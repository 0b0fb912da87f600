"""The first day in a browser: from an empty house to the test car, by what the pages say."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from access.models import Passage
from core.models import Site
from estate.models import Bay, Lane, Unit
from tests.e2e.conftest import A_FORM_REFUSED, Server
from tests.factories import DeviceFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[(1280, "light"), (360, "dark")], ids=["desktop", "phone"])
def page(request, server: Server, chromium: Browser, transactional_db: None) -> Iterator[Page]:
    """The administrator's page in an empty house; errors in the browser's console fail the test."""
    width, scheme = request.param
    administrator = UserFactory(is_superuser=True, username="admin")
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    opened = server.page(chromium, administrator, **options)
    faults: list[str] = []
    opened.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    yield opened
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.context.close()
    assert [fault for fault in faults if A_FORM_REFUSED not in fault] == []


def fill(page: Page, **values: object) -> None:
    """Fill the fields of the open dialog by their labels."""
    dialog = page.locator("dialog[open]")
    for label, value in values.items():
        dialog.get_by_label(label.replace("_", " "), exact=False).first.fill(str(value))


def submit(page: Page, button: str) -> None:
    """Press the dialog's button and wait until it has closed."""
    page.locator("dialog[open]").get_by_role("button", name=button, exact=True).click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def press(page: Page, button: str) -> None:
    """Press a button of the page."""
    page.locator("main").get_by_role("button", name=button, exact=True).first.click()


def next_step(page: Page, link: str) -> None:
    """Follow the checklist to the page of a step."""
    page.goto(f"/s/{Site.objects.get().slug}/setup/")
    page.locator("main").get_by_role("link", name=link, exact=True).click()


def create_site(page: Page) -> None:
    """Answer the first sign-in with a site of one's own."""
    page.goto("/")
    page.get_by_role("link", name="A site of my own").click()
    page.get_by_label("Name", exact=True).fill("Harbour Park")
    expect(page.get_by_label("Web address")).to_have_value("harbour-park")
    page.get_by_label("Web address").fill("harbour")
    page.get_by_label("Time zone").select_option("Asia/Hong_Kong")
    page.get_by_label("Currency").select_option("HKD")
    page.get_by_label("China", exact=True).check()
    page.get_by_role("button", name="Create the site").click()
    expect(page.get_by_role("heading", name="3 of 15 steps done")).to_be_visible()


def number_units(page: Page) -> None:
    """Number buildings and units, as the preview shows them."""
    next_step(page, "Add buildings")
    expect(page.locator("main")).to_contain_text("Set up, step 2 of 15")
    press(page, "Number buildings and units")
    expect(page.locator("#dialog_plan")).to_contain_text("6-1804")
    expect(page.locator("#dialog_plan")).to_contain_text("432 will be created. 6 new buildings.")
    fill(page, Floors=2)
    expect(page.locator("#dialog_plan")).to_contain_text("48 will be created.")
    submit(page, "Create")
    expect(page.locator("#list")).to_contain_text("Building 6")
    expect(page.locator("#setup-banner .state")).to_have_text("done")
    assert Unit.objects.count() == 48


def number_bays(page: Page) -> None:
    """Add a car park with numbered bays, and reserve one."""
    next_step(page, "Add a car park")
    press(page, "Add car park")
    fill(page, Name="Courtyard", Code="main", Capacity=120)
    submit(page, "Add")
    page.get_by_role("link", name="Courtyard").click()
    press(page, "Number bays")
    expect(page.get_by_label("Number of bays")).to_have_value("120")
    expect(page.locator("#dialog_plan")).to_contain_text("A-120")
    submit(page, "Create")
    expect(page.locator("#place")).to_contain_text("A-050")
    press(page, "Reserve or close")
    fill(page, Reason="for the doctor")
    submit(page, "Save")
    expect(page.locator("#place")).to_contain_text("for the doctor")
    assert Bay.objects.filter(status="reserved").count() == 1


def add_lanes(page: Page) -> None:
    """Add a gate with a lane for each direction."""
    next_step(page, "Add a gate")
    press(page, "Add gate")
    fill(page, Name="North gate", Code="north")
    submit(page, "Add")
    for direction in ("entry", "exit"):
        page.locator("main").get_by_role("button", name="Add lane").click()
        expect(page.locator("dialog[open]").get_by_label("Direction")).to_have_value(direction)
        fill(page, Name=f"North {direction}")
        submit(page, "Add")
    expect(page.locator("#list")).to_contain_text("North exit")


def place_camera(page: Page) -> None:
    """Give the entry a camera that drives the barrier."""
    camera = DeviceFactory(site=Site.objects.get(), code="cam-1")
    page.get_by_role("link", name="North entry").click()
    press(page, "Change")
    page.locator("dialog[open]").get_by_label("Camera", exact=False).first.select_option(
        label="cam-1"
    )
    page.locator("dialog[open]").get_by_label("Barrier").select_option("camera")
    submit(page, "Save")
    expect(page.locator("#place")).to_contain_text("by the camera")
    assert Lane.objects.get(code="entry").barrier == camera


def send_test_car(page: Page) -> None:
    """Send a test car to the entry, and see it on the lane board."""
    page.goto("/s/harbour/setup/")
    expect(page.get_by_role("heading", name="7 of 15 steps done")).to_be_visible()
    press(page, "North entry")
    submit(page, "Send")
    expect(page.get_by_role("heading", name="8 of 15 steps done")).to_be_visible()
    assert Passage.objects.get().is_test
    page.goto("/s/harbour/lanes/")
    expect(page.locator("main")).to_contain_text("Test car: the lane received it")


def test_a_site_comes_into_operation_by_the_checklist(page: Page) -> None:
    create_site(page)
    number_units(page)
    number_bays(page)
    add_lanes(page)
    place_camera(page)
    send_test_car(page)


def test_what_needs_a_place_is_settled_before_it_ends(page: Page) -> None:
    from tests.rooms import World

    here = World.build()
    page.goto(here.url("place_lot", here.gate.lot.pk))
    press(page, "End")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("2 lanes use this car park")
    expect(dialog.get_by_role("button", name="End", exact=True)).to_have_count(0)
    dialog.get_by_role("link", name=here.gate.entry.name).click()
    expect(page.locator("h1")).to_contain_text(here.gate.entry.name)
