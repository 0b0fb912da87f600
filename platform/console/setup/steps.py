"""The steps by which a new site comes into operation; each is done when its data exist."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from access.models import Passage
from access.permissions import AccessPermission
from billing.selectors import online_payment_available
from core import clock
from core.models import Site
from core.permissions import InstallationPermission, SitePermission
from devices.permissions import DevicePermission
from estate.models import Building, Door, Lane, Lot, PlanRevision
from estate.permissions import EstatePermission
from integrations.notify import mail_server
from parking.models import Tariff
from parking.permissions import ParkingPermission
from people.models import Membership, Person
from people.permissions import PeoplePermission
from ui.pages import Text

_MANAGE = EstatePermission.MANAGE_PLACES
_INSTALLATION = InstallationPermission.MANAGE_INSTALLATION


@dataclass(frozen=True)
class Step:
    """One step of the checklist.

    Attributes:
        name: as `_DONE` has it.
        label: what is to be done.
        hint: what it is for, and what to do next.
        url_name: the page where it is done.
        button: what the link to the page is called.
        permission: who may open the page.
        is_optional: whether a site can do without it.
        page: the page that the navigation marks there, where it is not that of ``url_name``.
        done: whether its data exist.
    """

    name: str
    label: Text
    hint: Text
    url_name: str
    button: Text
    permission: str
    is_optional: bool = False
    page: str = ""
    done: bool = False

    @property
    def here(self) -> str:
        """The page that the navigation marks while the step is being done."""
        return self.page or self.url_name

    @property
    def is_left(self) -> bool:
        """Return whether it has to be done before the site is in operation."""
        return not (self.done or self.is_optional)


_STEPS: Sequence[Step] = (
    Step(
        "site",
        _("The site"),
        _("Name, time zone, currency and the countries of its plates."),
        "site_settings",
        _("Check the settings"),
        _MANAGE,
    ),
    Step(
        "buildings",
        _("Buildings and units"),
        _("Flats, shops and offices: residents and meters belong to them."),
        "buildings",
        _("Add buildings"),
        _MANAGE,
    ),
    Step(
        "lots",
        _("Car parks and bays"),
        _("Each with its capacity. Open one to number its bays."),
        "lots",
        _("Add a car park"),
        _MANAGE,
    ),
    Step(
        "gates",
        _("Gates and lanes"),
        _("At least one lane in and one lane out."),
        "gates",
        _("Add a gate"),
        _MANAGE,
    ),
    Step(
        "doors",
        _("Doors"),
        _("Optional: entrances for people, with the devices that open them."),
        "door_list",
        _("Add a door"),
        _MANAGE,
        is_optional=True,
    ),
    Step(
        "plan",
        _("Plan"),
        _("The map shows where buildings, bays and gates are. You can draw it later."),
        "draw_plan",
        _("Draw the plan"),
        _MANAGE,
        is_optional=True,
        page="site_plan",
    ),
    Step(
        "broker",
        _("Broker"),
        _("Needed for cameras on other machines. An administrator enters this machine's address."),
        "broker",
        _("Open the broker"),
        _INSTALLATION,
        is_optional=True,
    ),
    Step(
        "devices",
        _("Devices"),
        _("Register a camera, enter its details into it, and choose its lane."),
        "devices",
        _("Register a device"),
        DevicePermission.VIEW_DEVICES,
    ),
    Step(
        "tariff",
        _("Tariff"),
        _("What a stay costs, for each car park. Without one, visitors' cars wait for the guard."),
        "tariffs",
        _("Publish a tariff"),
        ParkingPermission.MANAGE_TARIFFS,
    ),
    Step(
        "people",
        _("People and cars"),
        _("Optional: owners, tenants and their cars come in from lists."),
        "new_import",
        _("Import lists"),
        SitePermission.IMPORT_LISTS,
        is_optional=True,
    ),
    Step(
        "payments",
        _("Online payment"),
        _("Optional: drivers pay by phone. An administrator enters the account."),
        "payment_account",
        _("Set up payments"),
        _INSTALLATION,
        is_optional=True,
    ),
    Step(
        "mail",
        _("Mail"),
        _("Optional: for receipts and invitations. An administrator enters the server."),
        "mail_server",
        _("Set up mail"),
        _INSTALLATION,
        is_optional=True,
    ),
    Step(
        "staff",
        _("Colleagues"),
        _("Guards, finance, technicians: each with an account and a role."),
        "staff",
        _("Invite colleagues"),
        PeoplePermission.MANAGE_STAFF,
    ),
    Step(
        "https",
        _("HTTPS"),
        _("Optional on this machine alone; needed where people use other computers and phones."),
        "https",
        _("Set up HTTPS"),
        _INSTALLATION,
        is_optional=True,
    ),
    Step(
        "test_car",
        _("Test car"),
        _("Send one to a lane and watch it on the lane board."),
        "lanes",
        _("Open the lane board"),
        AccessPermission.VIEW_PASSAGES,
    ),
)


#: The pages on which the steps are done.
PAGES = frozenset(step.here for step in _STEPS)


def steps_of(site: Site) -> list[Step]:
    """Return the steps with whether each is done."""
    done = {**_done(site), **_installation_done(), "payments": online_payment_available(site)}
    return [replace(step, done=done[step.name]) for step in _STEPS]


def is_open(site: Site) -> bool:
    """Return whether a step is left to do; once none is, the site remembers it."""
    if site.set_up_at is not None:
        return False
    done = _done(site)
    if not all(done[step.name] for step in _STEPS if not step.is_optional):
        return True
    site.set_up_at = clock.now()
    Site.objects.filter(pk=site.pk, set_up_at=None).update(set_up_at=site.set_up_at)
    return False


def progress_at(site: Site, page: str) -> dict[str, Any] | None:
    """Return the step that is done on a page, its number and the step to go on with.

    None once the site is in operation, so that the pages are without the checklist's line.
    """
    if site.set_up_at is not None:
        return None
    steps = steps_of(site)
    left = [step for step in steps if step.is_left]
    number = next((n for n, step in enumerate(steps) if step.here == page), None)
    if number is None or not left:
        return None
    after = [step for step in steps[number + 1 :] if step.is_left] or left
    return {"step": steps[number], "number": number + 1, "total": len(steps), "next": after[0]}


def lanes_with_camera(site: Site) -> list[Lane]:
    """Return the lanes to which a test car can be sent."""
    lanes = Lane.objects.in_use().filter(gate__site=site).exclude(camera=None)
    return list(lanes.select_related("gate").order_by("gate__code", "code")[:8])


def _done(site: Site) -> dict[str, bool]:
    here = OuterRef("pk")
    lanes = Lane.objects.in_use().filter(gate__site=here)
    facts: dict[str, Any] = {
        "buildings": Exists(Building.objects.in_use().filter(site=here)),
        "lots": Exists(Lot.objects.in_use().filter(site=here)),
        "entry": Exists(lanes.filter(direction=Lane.Direction.ENTRY)),
        "exit": Exists(lanes.filter(direction=Lane.Direction.EXIT)),
        "doors": Exists(Door.objects.in_use().filter(site=here)),
        "plan": Exists(PlanRevision.objects.filter(site=here).exclude(published_at=None)),
        "devices": Exists(lanes.exclude(camera=None)),
        "lot_without_tariff": Exists(_lots_without_tariff()),
        "people": Exists(Person.objects.filter(site=here)),
        "members": Coalesce(Subquery(_members()), 0),
        "test_car": Exists(Passage.objects.filter(site=here)),
    }
    # Prefixed, because a site has relations of the same names.
    named = {f"has_{name}": fact for name, fact in facts.items()}
    row: dict[str, Any] = dict(Site.objects.filter(pk=site.pk).values(**named).get())
    found = {name: row[f"has_{name}"] for name in facts}
    gates = all([found.pop("entry"), found.pop("exit")])
    staff = found.pop("members") > 1
    tariff = found["lots"] and not found.pop("lot_without_tariff")
    return {"site": True, **found, "gates": gates, "staff": staff, "tariff": tariff}


def _lots_without_tariff() -> QuerySet[Lot]:
    published = Tariff.objects.filter(lot=OuterRef("pk"), withdrawn_at=None)
    return Lot.objects.in_use().filter(~Exists(published), site=OuterRef("pk"))


def _installation_done() -> dict[str, bool]:
    return {
        "broker": not settings.MQTT_LOCAL,
        "mail": mail_server.is_set_up(),
        "https": settings.HTTPS,
    }


def _members() -> QuerySet[Any, Any]:
    of_site = Membership.objects.filter(site=OuterRef("pk")).order_by().values("site")
    return of_site.annotate(n=Count("user", distinct=True)).values("n")
