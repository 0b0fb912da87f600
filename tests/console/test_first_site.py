"""The first sign-in: a site of one's own, the demo site, or whom to ask."""

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from config.demo_site import STEPS
from core import runs
from core.models import AuditEntry, Run, Site
from core.permissions import StandardRole
from estate import demo
from estate.demo import community
from estate.models import Bay, Building
from parking.models import Stay
from people.models import Membership
from tests.browsers import hire, signed_in, text
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db

INDEX, NEW, DEMO = (reverse(f"console:{name}") for name in ("index", "new_site", "load_demo"))
HARBOUR = {
    "name": "Harbour Park",
    "slug": "harbour",
    "timezone": "Asia/Hong_Kong",
    "currency": "HKD",
    "language": "zh-hans",
    "plate_countries": ["CN", "GB"],
}


@pytest.fixture
def administrator():
    return UserFactory(is_superuser=True)


def test_the_administrator_of_an_empty_house_is_offered_both(administrator):
    page = text(signed_in(administrator).get(INDEX))
    assert NEW in page
    assert DEMO in page


def test_others_in_an_empty_house_are_sent_to_the_administrator():
    user = UserFactory(username="guard-li")
    page = text(signed_in(user).get(INDEX))
    assert "There is no site yet" in page
    assert "guard-li" in page
    assert NEW not in page


def test_a_person_without_a_role_learns_whom_to_ask_and_no_site_s_name():
    SiteFactory(name="Secret Gardens")
    page = text(signed_in(UserFactory(username="new-guard")).get(INDEX))
    assert "You don't have a role at any site yet" in page
    assert "new-guard" in page
    assert "Secret Gardens" not in page


@pytest.mark.parametrize("address", [INDEX, NEW, DEMO])
def test_an_anonymous_visitor_is_redirected_to_the_login(client, address):
    assert client.get(address)["Location"].startswith("/login/")


def test_only_administrators_create_sites_and_load_the_demo():
    manager = signed_in(hire(SiteFactory(), StandardRole.MANAGER))
    assert manager.get(NEW).status_code == manager.post(NEW, HARBOUR).status_code == 403
    assert manager.post(DEMO).status_code == 403
    assert Site.objects.count() == 1


def test_a_new_site_leads_to_its_checklist(administrator):
    browser = signed_in(administrator)
    assert "Asia/Shanghai" in text(browser.get(NEW))
    answer = browser.post(NEW, HARBOUR)
    site = Site.objects.get(slug="harbour")
    assert answer["Location"] == reverse("console:setup", args=["harbour"])
    assert (site.currency, site.plate_countries) == ("HKD", ["CN", "GB"])
    assert Membership.objects.get(site=site, user=administrator).role.code == "manager"


@pytest.mark.parametrize(
    ("field", "wrong"), [("slug", "harbour"), ("timezone", "Mars/Olympus"), ("name", "")]
)
def test_an_invalid_site_is_shown_with_the_reason(administrator, field, wrong):
    SiteFactory(slug="harbour")
    values = {**HARBOUR, "slug": "another", field: wrong}
    answer = signed_in(administrator).post(NEW, values)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert Site.objects.count() == 1


def test_an_administrator_with_one_site_reaches_the_list_of_all(administrator):
    site = SiteFactory()
    browser = signed_in(administrator)
    assert site.slug in browser.get(INDEX)["Location"]
    page = text(browser.get(INDEX, {"all": ""}))
    assert NEW in page
    assert DEMO in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_demo_sites_have_names_in_the_reader_s_language(administrator, language):
    browser = signed_in(administrator)
    browser.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    browser.post(DEMO)
    names = set(Building.objects.values_list("name", flat=True))
    assert ("Maple House" in names) == ("Cold store" in names) == (language == "en")
    assert Run.objects.get().parameters["language"] == language


def test_the_demo_sites_are_loaded_step_by_step(administrator):
    browser = signed_in(administrator)
    answer = browser.post(DEMO)
    assert answer["Location"] == reverse("console:setup", args=["demo"])
    run = Run.objects.get()
    progress = reverse("console:demo_progress", args=["demo"])
    assert "every 1s" in text(browser.get(progress))
    steps = sum(map(len, STEPS.values()))
    for number in range(1, steps + 1):
        run = runs.work_on_chunk(run.pk)
        assert (run.done, run.total) == (number, steps)
    assert run.state == Run.State.DONE
    assert "every 1s" not in text(browser.get(progress))
    assert Bay.objects.filter(lot__site__slug="demo").count() == 80
    assert Stay.objects.exists()
    home = django_settings.HOME
    assert "guard" in (home / "demo-logins.txt").read_text()
    assert (home / "simulator.json").exists()


def test_a_step_that_fails_is_repeated_and_counts_once(administrator, monkeypatch):
    signed_in(administrator).post(DEMO)
    run = Run.objects.get()
    runs.work_on_chunk(run.pk)
    with monkeypatch.context() as broken:
        broken.setattr("people.demo.community.register_residents", lambda site, actor: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            runs.work_on_chunk(run.pk)
    assert runs.work_on_chunk(run.pk).done == 2


def test_the_demo_sites_are_created_once(administrator):
    browser = signed_in(administrator)
    for _ in range(2):
        assert browser.post(DEMO).status_code == 302
    assert (Site.objects.count(), Run.objects.count()) == (3, 1)
    created = AuditEntry.objects.filter(action="create site")
    assert {each.actor for each in created} == {administrator.username}
    assert DEMO not in text(browser.get(INDEX, {"all": ""}))


def test_an_installation_with_the_first_demo_site_alone_gets_the_others(administrator):
    community.create_site(administrator, demo.COMMUNITY)
    browser = signed_in(administrator)
    assert DEMO in text(browser.get(INDEX, {"all": ""}))
    browser.post(DEMO)
    assert set(Site.objects.values_list("slug", flat=True)) == set(demo.SLUGS)
    assert Run.objects.get().parameters["sites"] == [demo.PARK, demo.EMPTY]
