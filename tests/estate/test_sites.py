"""Sites are created and changed with valid settings, and keep those that records depend on."""

import pytest

from core import revisions
from core.errors import Rejection
from core.models import AuditEntry, Organisation, Site
from core.permissions import StandardRole, permissions_at
from estate import services
from estate.permissions import EstatePermission
from people.models import Membership
from tests.factories import (
    DeviceFactory,
    LotFactory,
    OrganisationFactory,
    SiteFactory,
    StayFactory,
    TariffFactory,
    UserFactory,
)
from tests.gate import staff

pytestmark = pytest.mark.django_db

HARBOUR = {
    "slug": "harbour",
    "name": "Harbour Park",
    "timezone": "Europe/Lisbon",
    "currency": "EUR",
}


def last_entry(site):
    return AuditEntry.objects.filter(site=site).latest("pk")


def test_whoever_creates_a_site_becomes_its_manager():
    user = UserFactory()
    site = services.create_site(user, **HARBOUR)
    assert Membership.objects.get(site=site).role.code == StandardRole.MANAGER
    assert EstatePermission.MANAGE_PLACES in permissions_at(user, site)


def test_a_site_that_a_program_creates_has_no_staff():
    site = services.create_site("import", **HARBOUR)
    assert not Membership.objects.filter(site=site).exists()


def test_settings_of_a_new_site_are_stored_and_audited():
    more = {"plate_countries": ["CN", "GB"], "language": "zh-hans"}
    site = services.create_site(staff("li"), **HARBOUR, **more)
    site.refresh_from_db()
    assert services.site_values(site) == {**HARBOUR, **more, "phone": "", "wallets": ""}
    created = AuditEntry.objects.get(site=site, action="create site")
    assert (created.actor, created.detail) == ("li", {"slug": "harbour"})


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("slug", "my park"),
        ("slug", ""),
        ("name", "   "),
        ("name", "x" * 121),
        ("timezone", "Asia/Atlantis"),
        ("timezone", "GMT+8"),
        ("currency", "RMB"),
        ("currency", "cny"),
        ("currency", "XAU"),
        ("currency", "XTS"),
        ("plate_countries", ["XX"]),
        ("language", "tlh"),
    ],
)
def test_an_invalid_setting_is_rejected_at_its_field(field, wrong):
    with pytest.raises(Rejection) as rejected:
        services.create_site(staff(), **{**HARBOUR, field: wrong})
    assert rejected.value.field == field
    site = SiteFactory()
    with pytest.raises(Rejection) as rejected:
        services.change_site(site, staff(), **{field: wrong})
    assert rejected.value.field == field


def test_an_address_that_another_site_has_is_rejected():
    SiteFactory(slug="harbour")
    for attempt in (
        lambda: services.create_site(staff(), **HARBOUR),
        lambda: services.change_site(SiteFactory(), staff(), slug="harbour"),
    ):
        with pytest.raises(Rejection) as rejected:
            attempt()
        assert (rejected.value.field, rejected.value.code) == ("slug", "already_used")


def test_a_change_is_audited_with_the_values_before_and_after():
    site = SiteFactory(name="Harbour", currency="EUR")
    services.change_site(site, staff("li"), name="Harbour Park", currency="EUR")
    entry = last_entry(site)
    assert (entry.actor, entry.action) == ("li", "change site")
    assert entry.detail == {"name": ["Harbour", "Harbour Park"]}


def test_a_change_to_the_same_values_leaves_no_entry():
    site = SiteFactory()
    services.change_site(site, staff(), **services.site_values(site))
    assert not AuditEntry.objects.filter(site=site).exists()


@pytest.mark.parametrize(("field", "value"), [("timezone", "Europe/Berlin"), ("currency", "EUR")])
def test_time_zone_and_currency_are_fixed_once_a_stay_was_recorded(field, value):
    site = StayFactory().site
    with pytest.raises(Rejection, match="1 stay was recorded in it") as rejected:
        services.change_site(site, staff(), **{field: value})
    assert (rejected.value.field, rejected.value.code) == (field, "fixed")
    services.change_site(site, staff(), name="Another name")
    assert Site.objects.get(pk=site.pk).name == "Another name"


def test_stays_of_another_site_fix_nothing_here():
    StayFactory()
    site = SiteFactory(timezone="Asia/Tokyo", currency="JPY")
    services.change_site(site, staff(), timezone="Asia/Seoul", currency="KRW")
    site.refresh_from_db()
    assert (site.timezone, site.currency) == ("Asia/Seoul", "KRW")


def test_a_published_tariff_fixes_the_currency_but_not_the_time_zone():
    site = TariffFactory(lot=LotFactory()).lot.site
    services.change_site(site, staff(), timezone="Asia/Tokyo")
    with pytest.raises(Rejection, match="tariff was published"):
        services.change_site(site, staff(), currency="JPY")


def test_the_address_is_fixed_once_devices_publish_under_it():
    site = DeviceFactory().site
    with pytest.raises(Rejection, match="1 device publishes under it") as rejected:
        services.change_site(site, staff(), slug="elsewhere")
    assert rejected.value.field == "slug"
    bare = SiteFactory()
    services.change_site(bare, staff(), slug="elsewhere")
    assert Site.objects.get(pk=bare.pk).slug == "elsewhere"


def test_plates_are_compared_with_the_formats_of_the_site_s_own_countries():
    from people.plates import validate_plate

    site = SiteFactory(plate_countries=["GB"])
    assert validate_plate(site, "AB12CDE") == "AB12CDE"
    with pytest.raises(Rejection, match="no expected plate"):
        validate_plate(site, "沪A12345")
    services.change_site(site, staff(), plate_countries=["GB", "CN"])
    assert validate_plate(Site.objects.get(pk=site.pk), "沪A12345") == "沪A12345"


def test_a_new_site_gets_an_organisation_of_its_name_or_of_another():
    assert services.create_site(staff(), **HARBOUR).organisation.name == "Harbour Park"
    named = services.create_site(
        staff(), **{**HARBOUR, "slug": "pier"}, organisation_name=" Harbour Ltd "
    )
    assert named.organisation.name == "Harbour Ltd"
    sister = services.create_site(
        staff(), **{**HARBOUR, "slug": "quay"}, organisation=named.organisation
    )
    assert sister.organisation == named.organisation
    assert Organisation.objects.count() == 2


def test_an_organisation_s_name_is_rejected_at_the_field_of_its_form():
    with pytest.raises(Rejection) as rejected:
        services.create_site(staff(), **HARBOUR, organisation_name="x" * 161)
    assert rejected.value.field == "organisation_name"
    with pytest.raises(Rejection) as rejected:
        services.change_organisation(SiteFactory(), "import", name=" ")
    assert rejected.value.field == "name"


def test_a_changed_organisation_is_audited_at_each_of_its_sites():
    organisation = OrganisationFactory(name="Harbour Ltd")
    sites = [SiteFactory(organisation=organisation) for _ in range(2)]
    values = {"name": "Harbour plc", "tax_number": "GB 123", "address": "1 Quay"}
    services.change_organisation(sites[0], UserFactory(is_superuser=True), **values)
    organisation.refresh_from_db()
    assert services.organisation_values(organisation) == values
    for site in sites:
        entry = last_entry(site)
        assert entry.subject == ("organisation", str(organisation.pk))
        assert entry.detail["name"] == ["Harbour Ltd", "Harbour plc"]


def test_a_manager_of_one_site_does_not_change_the_organisation_of_another():
    manager = UserFactory()
    site = services.create_site(manager, **HARBOUR)
    services.change_organisation(site, manager, address="1 Quay")
    SiteFactory(organisation=site.organisation)
    with pytest.raises(Rejection) as rejected:
        services.change_organisation(site, manager, address="2 Quay")
    assert rejected.value.code == "other_sites"


def test_two_people_do_not_overwrite_each_other_s_organisation():
    site = SiteFactory()
    shown = revisions.revision_of(services.organisation_values(site.organisation))
    services.change_organisation(site, "li", address="1 Quay", revision=shown)
    with pytest.raises(Rejection) as rejected:
        services.change_organisation(site, "wang", address="2 Quay", revision=shown)
    assert rejected.value.code == "changed_meanwhile"
