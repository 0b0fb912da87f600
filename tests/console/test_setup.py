"""The checklist follows the data of the site; the site's settings and test cars."""

import pytest

from access.models import Passage
from billing import ports
from console.setup.steps import is_open, steps_of
from core import audit
from core.models import Site
from core.permissions import StandardRole
from estate import services
from integrations.notify import mail_server
from integrations.stripe.adapter import StripeProvider
from tests.browsers import hire, signed_in, text
from tests.estate import plans
from tests.factories import (
    BuildingFactory,
    DoorFactory,
    LaneFactory,
    LotFactory,
    MembershipFactory,
    PersonFactory,
    SiteFactory,
    StayFactory,
    TariffFactory,
    UserFactory,
)
from tests.gate import GateScene, open_commands, staff

pytestmark = pytest.mark.django_db


def steps(browser, site) -> dict[str, bool]:
    page = browser.get(f"/s/{site.slug}/setup/")
    return {step.name: step.done for step in page.context["steps"]}


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def manager(site):
    return signed_in(hire(site, StandardRole.MANAGER))


def test_of_a_new_site_only_the_site_itself_is_done(manager, site):
    done = steps(manager, site)
    assert [name for name, is_done in done.items() if is_done] == ["site", "broker", "mail"]
    assert list(done) == [
        "site",
        "buildings",
        "lots",
        "gates",
        "doors",
        "plan",
        "broker",
        "devices",
        "tariff",
        "people",
        "payments",
        "mail",
        "staff",
        "https",
        "test_car",
    ]


def test_each_step_is_done_when_its_data_exist(manager, site):
    BuildingFactory(site=site)
    assert steps(manager, site)["buildings"]
    lot = LotFactory(site=site)
    assert steps(manager, site)["lots"]
    LaneFactory(site=site, lot=lot, direction="entry", camera=None, barrier=None)
    assert not steps(manager, site)["gates"]
    lane = LaneFactory(site=site, lot=lot, direction="exit", camera=None, barrier=None)
    assert steps(manager, site)["gates"]
    assert not steps(manager, site)["devices"]
    LaneFactory(site=site, lot=lot)
    assert steps(manager, site)["devices"]
    TariffFactory(lot=lot)
    assert steps(manager, site)["tariff"]
    other = LotFactory(site=site)
    assert not steps(manager, site)["tariff"], "each car park needs one"
    services.end_place(other, staff())
    assert steps(manager, site)["tariff"]
    assert not steps(manager, site)["staff"]
    MembershipFactory(site=site)
    assert steps(manager, site)["staff"]
    services.end_place(lane, staff())
    assert not steps(manager, site)["gates"]


def test_a_site_is_in_operation_without_a_plan(site):
    gate = GateScene.build(site=site)
    gate.sees(gate.entry, "苏A55555")
    BuildingFactory(site=site)
    MembershipFactory.create_batch(2, site=site)
    assert not any(step.is_left for step in steps_of(site))
    left = [step.name for step in steps_of(site) if not step.done]
    assert left == ["doors", "plan", "people", "payments", "https"]
    assert not is_open(site)
    plans.publish(site)
    PersonFactory(site=site)
    DoorFactory(site=site)
    left = [step.name for step in steps_of(site) if not step.done]
    assert left == ["tariff", "payments", "https"], "the plan has brought a second car park"


def test_a_checklist_that_was_done_does_not_come_back(manager, site):
    gate = GateScene.build(site=site)
    gate.sees(gate.entry, "苏A55555")
    building = BuildingFactory(site=site)
    MembershipFactory.create_batch(2, site=site)
    assert not is_open(site)
    services.end_place(building, staff())
    site.refresh_from_db()
    assert not is_open(site)
    assert "Set up" not in text(manager.get(f"/s/{site.slug}/setup/site/")).split("<main")[0]


def test_the_steps_of_the_installation_are_done_by_administrators(
    manager, site, settings, monkeypatch
):
    settings.EMAIL_BACKEND = mail_server.ENTERED
    # As at the start with a key in the environment.
    monkeypatch.setitem(ports.PROVIDERS, "stripe", StripeProvider("sk_test_x", ""))
    found = {step.name: step for step in steps_of(site)}
    assert (found["mail"].done, found["payments"].done) == (False, True)
    link = f'href="/s/{site.slug}/installation/mail/"'
    address = f"/s/{site.slug}/setup/"
    assert link not in text(manager.get(address))
    assert link in text(signed_in(UserFactory(is_superuser=True)).get(address))


def test_another_site_s_data_complete_no_step(manager, site):
    GateScene.build()
    BuildingFactory()
    assert [name for name, is_done in steps(manager, site).items() if is_done] == [
        "site",
        "broker",
        "mail",
    ]


def test_the_checklist_stays_in_the_navigation_until_all_is_done(manager):
    gate = GateScene.build()
    BuildingFactory(site=gate.site)
    browser = signed_in(hire(gate.site, StandardRole.MANAGER))
    MembershipFactory(site=gate.site)
    link = f'href="/s/{gate.site.slug}/setup/"'
    assert link in text(browser.get(f"/s/{gate.site.slug}/lanes/"))
    gate.sees(gate.entry, "沪A12345")
    assert link not in text(browser.get(f"/s/{gate.site.slug}/lanes/"))
    assert "Your site is in operation." in text(browser.get(f"/s/{gate.site.slug}/setup/"))


def test_a_page_of_a_step_leads_back_to_the_checklist_and_on_to_the_next_step(manager, site):
    page = text(manager.get(f"/s/{site.slug}/places/lots/"))
    assert "Set up, step 3 of 15" in page
    assert "Next: Gates and lanes" in page
    LotFactory(site=site)
    assert "Set up, step 3 of 15" not in text(manager.get(f"/s/{site.slug}/incidents/"))


def test_the_last_step_leads_back_to_one_that_was_left_out(manager, site):
    assert "Next: Buildings and units" in text(manager.get(f"/s/{site.slug}/lanes/"))


def test_the_pages_of_a_site_in_operation_are_without_the_checklist(site):
    gate = GateScene.build(site=site)
    gate.sees(gate.entry, "苏A55555")
    BuildingFactory(site=site)
    MembershipFactory(site=site)
    manager = signed_in(hire(site, StandardRole.MANAGER))
    assert "setup-banner" not in text(manager.get(f"/s/{site.slug}/lanes/"))


def test_a_guard_sees_no_checklist(site):
    guard = signed_in(hire(site, StandardRole.GUARD))
    assert "/setup/" not in text(guard.get(f"/s/{site.slug}/lanes/"))


def test_settings_are_changed_and_shown_with_their_history(manager, site):
    address = f"/s/{site.slug}/setup/site/change/"
    values = {**services.site_values(site), "name": "Harbour Park", "plate_countries": ["CN"]}
    answer = manager.post(address, values)
    assert answer.status_code == 303
    page = text(manager.get(f"/s/{site.slug}/setup/site/"))
    assert "Harbour Park" in page
    assert "kind=site" in page
    assert audit.history(site, ("site", site.pk)).last().action == "change site"


def test_a_setting_that_stays_depend_on_is_shown_with_the_reason():
    site = StayFactory().site
    manager = signed_in(hire(site, StandardRole.MANAGER))
    address = f"/s/{site.slug}/setup/site/change/"
    assert "1 stay was recorded in it" in text(manager.get(address))
    values = {**services.site_values(site), "timezone": "Europe/Berlin", "name": "Other"}
    manager.post(address, values)
    site.refresh_from_db()
    assert (site.timezone, site.name) == ("Asia/Shanghai", "Other")


def test_the_second_of_two_people_is_shown_the_change_of_the_first(manager, site):
    address = f"/s/{site.slug}/setup/site/change/"
    shown = manager.get(address).context["form"].initial["revision"]
    services.change_site(site, staff("li"), name="Lakeside")
    values = {**services.site_values(site), "name": "Harbour Park", "revision": shown}
    answer = manager.post(address, values)
    assert answer.status_code == 422
    assert "by li at" in text(answer)
    assert "→ Lakeside" in text(answer)
    again = answer.context["form"].data
    assert manager.post(address, again).status_code == 303
    assert Site.objects.get(pk=site.pk).name == "Harbour Park"


def restore_address(browser, site) -> str:
    """The address that returns to the settings before the latest change."""
    page = browser.get(f"/s/{site.slug}/setup/site/")
    return f"/s/{site.slug}/setup/site/restore/{page.context['changes'][0][0].pk}/"


def test_earlier_settings_are_restored_after_a_confirmation_of_what_changes(manager, site):
    services.change_site(site, staff("li"), name="Lakeside", plate_countries=["CN"])
    address = restore_address(manager, site)
    shown = text(manager.get(address))
    assert '<th scope="row">Name</th><td class="break-any">Lakeside</td>' in shown
    assert f'<td class="break-any">{site.name}</td>' in shown
    assert "Time zone" not in shown
    assert manager.post(address).status_code == 303
    restored = Site.objects.get(pk=site.pk)
    assert (restored.name, restored.plate_countries) == (site.name, [])
    entry = audit.history(site, ("site", site.pk)).last()
    assert entry.action == "restore site settings"
    assert entry.detail["name"] == ["Lakeside", site.name]


def test_a_return_can_be_returned_from(manager, site):
    services.change_site(site, staff("li"), name="Lakeside")
    for expected in (site.name, "Lakeside"):
        manager.post(restore_address(manager, site))
        assert Site.objects.get(pk=site.pk).name == expected


def test_values_that_the_site_has_already_need_no_return(manager, site):
    services.change_site(site, staff("li"), name="Lakeside")
    address = restore_address(manager, site)
    services.change_site(site, staff("li"), name=site.name)
    page = text(manager.get(address))
    assert "The site has these values already." in page
    assert 'class="btn btn-primary send"' not in page


def test_a_return_to_what_is_fixed_now_is_refused_with_the_reason(manager, site):
    services.change_site(site, staff("li"), timezone="Europe/Berlin")
    StayFactory(site=site, lot=LotFactory(site=site))
    answer = manager.post(restore_address(manager, site))
    assert answer.status_code == 422
    assert "1 stay was recorded in it" in text(answer)
    assert Site.objects.get(pk=site.pk).timezone == "Europe/Berlin"


def test_a_return_is_confirmed_again_if_someone_else_changed_the_settings(manager, site):
    services.change_site(site, staff("li"), name="Lakeside")
    address = restore_address(manager, site)
    shown = manager.get(address).context["form"].initial["revision"]
    services.change_site(site, staff("li"), name="Hillside")
    answer = manager.post(address, {"revision": shown})
    assert answer.status_code == 422
    assert "Lakeside → Hillside" in text(answer)
    assert Site.objects.get(pk=site.pk).name == "Hillside"


def test_a_change_of_another_site_is_not_found(manager, site):
    other = SiteFactory()
    services.change_site(other, staff("li"), name="Lakeside")
    entry = audit.history(other, ("site", other.pk)).last()
    address = f"/s/{site.slug}/setup/site/restore/{entry.pk}/"
    assert manager.get(address).status_code == 404


def test_a_test_car_is_sent_from_the_checklist():
    gate = GateScene.build()
    manager = signed_in(hire(gate.site, StandardRole.MANAGER))
    address = f"/s/{gate.site.slug}/setup/test-car/{gate.entry.pk}/"
    assert address in text(manager.get(f"/s/{gate.site.slug}/setup/"))
    assert manager.post(address).status_code == 204
    assert Passage.objects.get().is_test
    assert Passage.objects.get().state_label == "test"
    assert open_commands(gate.entry) == 0
    assert manager.post(address, {"opens_barrier": "on"}).status_code == 204
    assert open_commands(gate.entry) == 1


def test_a_rejected_test_car_is_explained_in_the_dialog():
    gate = GateScene.build()
    gate.sees(gate.exit, "沪A12345")
    manager = signed_in(hire(gate.site, StandardRole.MANAGER))
    answer = manager.post(f"/s/{gate.site.slug}/setup/test-car/{gate.exit.pk}/")
    assert answer.status_code == 422
    assert "A car is waiting in this lane" in text(answer)
