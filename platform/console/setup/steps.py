"""The steps by which a new site comes into operation; each is done when its data exist."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from access.models import Passage
from access.permissions import AccessPermission
from core.models import Site
from devices.permissions import DevicePermission
from estate.models import Building, Lane, Lot, PlanRevision
from estate.permissions import EstatePermission
from parking.models import Tariff
from parking.permissions import ParkingPermission
from people.models import Membership
from people.permissions import PeoplePermission
from ui.pages import Text

_MANAGE = EstatePermission.MANAGE_PLACES


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
        _("What a stay costs. Without one, visitors' cars wait for the guard."),
        "tariffs",
        _("Publish a tariff"),
        ParkingPermission.MANAGE_TARIFFS,
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
    """Return the steps with whether each is done, in one query."""
    done = _done(site)
    return [replace(step, done=done[step.name]) for step in _STEPS]


def is_open(site: Site) -> bool:
    """Return whether a step is left to do."""
    return any(step.is_left for step in steps_of(site))


def progress_at(site: Site, page: str) -> dict[str, Any] | None:
    """Return the step that is done on a page, its number and the step to go on with.

    None once the site is in operation, so that the pages are without the checklist's line.
    """
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
        "plan": Exists(PlanRevision.objects.filter(site=here).exclude(published_at=None)),
        "devices": Exists(lanes.exclude(camera=None)),
        "tariff": Exists(Tariff.objects.filter(lot__site=here, withdrawn_at=None)),
        "members": Coalesce(Subquery(_members()), 0),
        "test_car": Exists(Passage.objects.filter(site=here)),
    }
    # Prefixed, because a site has relations of the same names.
    named = {f"has_{name}": fact for name, fact in facts.items()}
    row: dict[str, Any] = dict(Site.objects.filter(pk=site.pk).values(**named).get())
    found = {name: row[f"has_{name}"] for name in facts}
    gates = all([found.pop("entry"), found.pop("exit")])
    staff = found.pop("members") > 1
    return {"site": True, **found, "gates": gates, "staff": staff}


def _members() -> QuerySet[Any, Any]:
    of_site = Membership.objects.filter(site=OuterRef("pk")).order_by().values("site")
    return of_site.annotate(n=Count("user", distinct=True)).values("n")
