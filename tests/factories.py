"""One factory for each model; fields that a test leaves out get plausible values."""

from datetime import date, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from core import clock
from core.models import Organisation, Site, User
from core.permissions import StandardRole
from core.plates import fold
from people.models import Membership, Role
from people.periods import today


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Company {n}")


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    slug = factory.Sequence(lambda n: f"site-{n}")
    name = factory.Sequence(lambda n: f"Site {n}")
    organisation = factory.SubFactory(OrganisationFactory)
    timezone = "Asia/Shanghai"
    currency = "CNY"
    longitude = 121.47
    latitude = 31.23


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user-{n}")
    password = factory.django.Password("correct horse battery")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    site = factory.SubFactory(SiteFactory)
    role = StandardRole.GUARD

    @classmethod
    def _create(cls, model_class, *args, role, **kwargs):
        standard = Role.objects.get(site=None, code=role)
        return super()._create(model_class, *args, role=standard, **kwargs)


class DeviceFactory(DjangoModelFactory):
    class Meta:
        model = "devices.Device"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"device-{n}")
    serial = factory.Sequence(lambda n: f"SN{n:08d}")
    kind = "camera"
    driver = "vzenith-mqtt"


class LotFactory(DjangoModelFactory):
    class Meta:
        model = "estate.Lot"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"lot-{n}")
    name = factory.Sequence(lambda n: f"Lot {n}")
    capacity = 100


class BayFactory(DjangoModelFactory):
    class Meta:
        model = "estate.Bay"

    lot = factory.SubFactory(LotFactory)
    code = factory.Sequence(lambda n: f"A-{n:03d}")


class GateFactory(DjangoModelFactory):
    class Meta:
        model = "estate.Gate"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"gate-{n}")
    name = factory.Sequence(lambda n: f"Gate {n}")


class LaneFactory(DjangoModelFactory):
    """A lane with a camera that drives its barrier, at a gate and lot of one site."""

    class Meta:
        model = "estate.Lane"

    class Params:
        site = factory.SubFactory(SiteFactory)

    gate = factory.SubFactory(GateFactory, site=factory.SelfAttribute("..site"))
    lot = factory.SubFactory(LotFactory, site=factory.SelfAttribute("..site"))
    camera = factory.SubFactory(DeviceFactory, site=factory.SelfAttribute("..site"))
    barrier = factory.SelfAttribute("camera")
    code = factory.Sequence(lambda n: f"lane-{n}")
    name = factory.Sequence(lambda n: f"Lane {n}")
    direction = "entry"


class DoorFactory(DjangoModelFactory):
    class Meta:
        model = "estate.Door"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"door-{n}")
    name = factory.Sequence(lambda n: f"Door {n}")


class ZoneFactory(DjangoModelFactory):
    class Meta:
        model = "estate.Zone"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"zone-{n}")
    name = factory.Sequence(lambda n: f"Zone {n}")


class DoorGroupFactory(DjangoModelFactory):
    class Meta:
        model = "estate.DoorGroup"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"doors-{n}")
    name = factory.Sequence(lambda n: f"Doors {n}")


class ReaderFactory(DeviceFactory):
    """A reader of our own protocol, which asks before it opens."""

    code = factory.Sequence(lambda n: f"reader-{n}")
    kind = "door"
    driver = "gatehouse"
    serial = None


class BuildingFactory(DjangoModelFactory):
    class Meta:
        model = "estate.Building"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"B{n + 1}")
    name = factory.Sequence(lambda n: f"Building {n + 1}")


class UnitFactory(DjangoModelFactory):
    class Meta:
        model = "estate.Unit"

    building = factory.SubFactory(BuildingFactory)
    code = factory.Sequence(lambda n: f"{n:04d}")


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = "people.Person"

    site = factory.SubFactory(SiteFactory)
    name = factory.Sequence(lambda n: f"Resident {n}")


class CompanyFactory(DjangoModelFactory):
    class Meta:
        model = "people.Company"

    site = factory.SubFactory(SiteFactory)
    name = factory.Sequence(lambda n: f"Tenant {n} Ltd")


class OccupancyFactory(DjangoModelFactory):
    """A tenant of a unit of the person's site, for the last thirty days and on."""

    class Meta:
        model = "people.Occupancy"

    person = factory.SubFactory(PersonFactory)
    site = factory.LazyAttribute(lambda made: (made.person or made.company).site)
    unit = factory.SubFactory(UnitFactory, building__site=factory.SelfAttribute("...site"))
    role = "tenant"
    begins_on = factory.LazyAttribute(lambda made: today(made.site) - timedelta(days=30))


class VehicleFactory(DjangoModelFactory):
    class Meta:
        model = "people.Vehicle"

    person = factory.SubFactory(PersonFactory)
    site = factory.LazyAttribute(lambda made: (made.person or made.company).site)
    plate = factory.Sequence(lambda n: f"沪A{10000 + n}")
    folded = factory.LazyAttribute(lambda made: fold(made.plate))
    begins_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=30))


class ResidentUserFactory(UserFactory):
    """The user of a resident, who signs in with an e-mail address."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"resident-{n}")
    email = factory.Sequence(lambda n: f"resident-{n}@example.com")
    account = factory.RelatedFactory(
        "tests.factories.ResidentAccountFactory",
        factory_related_name="user",
        email=factory.SelfAttribute("..email"),
    )


class ResidentAccountFactory(DjangoModelFactory):
    class Meta:
        model = "people.ResidentAccount"

    user = factory.SubFactory(UserFactory)
    email = factory.Sequence(lambda n: f"account-{n}@example.com")
    created_at = factory.LazyFunction(clock.now)


class BindingFactory(DjangoModelFactory):
    """A user who acts for a person, approved a day ago."""

    class Meta:
        model = "people.Binding"

    user = factory.SubFactory(ResidentUserFactory)
    person = factory.SubFactory(PersonFactory)
    site = factory.LazyAttribute(lambda made: made.person.site)
    state = "approved"
    requested_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))
    decided_at = factory.LazyAttribute(
        lambda made: None if made.state == "pending" else made.requested_at
    )


class AccessListEntryFactory(DjangoModelFactory):
    class Meta:
        model = "access.AccessListEntry"

    site = factory.SubFactory(SiteFactory)
    kind = "allow"
    plate = factory.Sequence(lambda n: f"沪B{10000 + n}")
    folded = factory.LazyAttribute(lambda made: fold(made.plate))
    reason = "delivery firm"
    begins_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))


class VisitorPassFactory(DjangoModelFactory):
    class Meta:
        model = "access.VisitorPass"

    site = factory.SubFactory(SiteFactory)
    plate = factory.Sequence(lambda n: f"沪C{10000 + n}")
    folded = factory.LazyAttribute(lambda made: fold(made.plate))
    begins_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=1))
    ends_at = factory.LazyFunction(lambda: clock.now() + timedelta(hours=5))


HOURLY = {
    "schema": "tariff/1",
    "id": "hourly",
    "version": 1,
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "free": {"minutes": 15, "kind": "threshold", "inclusive": True, "repeat": "stay"},
    "elements": [{"id": "all", "steps": [{"unit": 60, "price": 500}]}],
    "exit_grace_minutes": 15,
}


class TariffFactory(DjangoModelFactory):
    """Five yuan per started hour, a quarter of an hour free."""

    class Meta:
        model = "parking.Tariff"

    lot = factory.SubFactory(LotFactory)
    code = "hourly"
    version = factory.Sequence(lambda n: n + 1)
    document = factory.LazyFunction(lambda: dict(HOURLY))
    valid_from = factory.LazyFunction(lambda: clock.now() - timedelta(days=365))


class StayFactory(DjangoModelFactory):
    class Meta:
        model = "parking.Stay"

    lot = factory.SubFactory(LotFactory)
    site = factory.SelfAttribute("lot.site")
    tariff = factory.SubFactory(TariffFactory, lot=factory.SelfAttribute("..lot"))
    plate = factory.Sequence(lambda n: f"沪D{10000 + n}")
    folded = factory.LazyAttribute(lambda made: fold(made.plate))
    entered_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=2))
    currency = "CNY"


class FeedEndpointFactory(DjangoModelFactory):
    """An approved endpoint."""

    class Meta:
        model = "incidents.FeedEndpoint"

    site = factory.SubFactory(SiteFactory)
    name = factory.Sequence(lambda n: f"District police {n}")
    kind = "liaison"
    legal_basis = "Agreement 2026-7"
    created_by = factory.SubFactory(UserFactory)
    approved_by = factory.SubFactory(UserFactory)
    approved_at = factory.LazyFunction(clock.now)
    valid_until = factory.LazyFunction(lambda: clock.now() + timedelta(days=365))


class WatchEntryFactory(DjangoModelFactory):
    """An approved entry in force."""

    class Meta:
        model = "incidents.WatchEntry"

    site = factory.SubFactory(SiteFactory)
    plate = factory.Sequence(lambda n: f"沪E{10000 + n}")
    folded = factory.LazyAttribute(lambda made: fold(made.plate))
    legal_basis = "police_request"
    document_no = "PR-2026-001"
    requesting_org = "District police"
    requesting_officer = "Officer Li"
    reason = "stolen vehicle inquiry"
    begins_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))
    ends_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=30))
    created_by = factory.SubFactory(UserFactory)
    approved_by = factory.SubFactory(UserFactory)
    approved_at = factory.LazyFunction(clock.now)


class WebhookEndpointFactory(FeedEndpointFactory):
    """An approved webhook in force; `approved_by=None` for one that waits for approval."""

    name = factory.Sequence(lambda n: f"Police station {n}")
    kind = "webhook"
    url = "https://feed.example/hook"


class FeeItemFactory(DjangoModelFactory):
    class Meta:
        model = "fees.FeeItem"

    site = factory.SubFactory(SiteFactory)
    code = factory.Sequence(lambda n: f"fee-{n}")
    title = factory.Sequence(lambda n: f"Fee {n}")
    method = "area"
    currency = factory.SelfAttribute("site.currency")
    income = "income_property"


class FeePriceFactory(DjangoModelFactory):
    class Meta:
        model = "fees.FeePrice"

    item = factory.SubFactory(FeeItemFactory)
    begins_on = date(2020, 1, 1)
    price = Decimal("2.80")
