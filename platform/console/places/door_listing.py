"""The lists of doors, zones and groups of doors."""

from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from console.places.kinds import BY_NAME
from console.places.listing import (
    CODE_COLUMN,
    FIRST_QUERY,
    LOOKUPS,
    MANAGE,
    NAME_COLUMN,
    PRESETS,
    PlaceFilter,
    choices_of,
    linked,
)
from core.models import Site
from core.text_lists import joined
from estate.models import Building, Door, DoorDevice, DoorGroup, Zone
from estate.topics import DOOR
from ui.lists import Column, FirstStep, Listing, choice_filter, conditions
from ui.lists.cells import RowPage, link

_SERVED = DoorDevice.objects.values("door")
_DOORS_NOW = Count("doors", filter=Q(doors__ended_at=None), distinct=True)


class DoorFilter(PlaceFilter):
    """Filters of doors."""

    building = choice_filter(_("Building"))
    zone = choice_filter(_("Zone"))
    group = choice_filter(_("Group of doors"))
    type = choice_filter(_("Type"), Door.Type.choices)
    decides = choice_filter(_("Who decides"), Door.Decides.choices)
    devices = choice_filter(
        _("Devices"), [("with", _("connected")), ("without", _("none connected"))]
    )

    def set_choices(self, site: Site) -> None:
        """Offer the site's buildings, zones and groups."""
        for name, model in (("building", Building), ("zone", Zone), ("group", DoorGroup)):
            self.offer(name, choices_of(model._default_manager.filter(site=site)))


def _doors(site: Site) -> QuerySet[Door]:
    served = DoorDevice.objects.select_related("device").order_by("device__code", "number")
    groups = DoorGroup.objects.in_use().order_by("name")
    rows: QuerySet[Door] = BY_NAME["door"].rows(site).defer("building__outline")
    return rows.prefetch_related(
        Prefetch("devices", served, "served"), Prefetch("groups", groups, "groups_now")
    )


def _with_doors(kind: str) -> Any:
    return lambda site: BY_NAME[kind].rows(site).annotate(doors_now=_DOORS_NOW)


def _devices(door: Any) -> str:
    return joined(str(each.device) for each in door.served)


def _groups(door: Any, page: RowPage) -> SafeString:
    links = (
        (link(page.address("console:place_door_group", each.pk), each.name),)
        for each in door.groups_now
    )
    return format_html_join(", ", "{}", links)


def _place(door: Any, page: RowPage, kind: str) -> object:
    place = getattr(door, kind)
    return link(page.address(f"console:place_{kind}", place.pk), place) if place else ""


DOORS = Listing(
    name="doors",
    title=_("Doors"),
    rows=_doors,
    columns=(
        NAME_COLUMN,
        CODE_COLUMN,
        Column("building", _("Building"), lambda door: str(door.building or "")),
        Column("zone", _("Zone"), lambda door: str(door.zone or "")),
        Column("type", _("Type"), lambda door: door.get_type_display()),
        Column("groups", _("Groups of doors"), lambda d: joined(g.name for g in d.groups_now)),
        Column("devices", _("Devices"), _devices),
        Column("decides", _("Who decides"), lambda door: door.get_decides_display()),
    ),
    cells={
        "name": linked("console:place_door"),
        "building": lambda door, page: _place(door, page, "building"),
        "zone": lambda door, page: _place(door, page, "zone"),
        "groups": _groups,
    },
    sort="code",
    filters=DoorFilter,
    lookups={
        **LOOKUPS,
        "building": "building",
        "zone": "zone",
        "group": "groups",
        "type": "type",
        "decides": "decides",
        "devices": conditions({"with": Q(pk__in=_SERVED), "without": ~Q(pk__in=_SERVED)}),
    },
    first_query=FIRST_QUERY,
    presets=PRESETS,
    topics=(DOOR.name,),
    empty=_(
        "Doors through which people come in belong here. Make an entrance for each house at once,"
        " or add one."
    ),
    first_step=FirstStep(_("Add door"), "console:add_door", MANAGE),
)

ZONES = Listing(
    name="zones",
    title=_("Zones"),
    rows=_with_doors("zone"),
    columns=(
        NAME_COLUMN,
        CODE_COLUMN,
        Column("limit", _("People at most"), lambda zone: zone.people_limit, numeric=True),
        Column("doors", _("Doors"), lambda zone: zone.doors_now, numeric=True),
    ),
    cells={"name": linked("console:place_zone")},
    sort="code",
    filters=PlaceFilter,
    lookups=LOOKUPS,
    first_query=FIRST_QUERY,
    presets=PRESETS,
    empty=_(
        "Areas that doors lead into belong here, such as a courtyard or an office floor: they"
        " say who is inside, and may have a limit."
    ),
    first_step=FirstStep(_("Add zone"), "console:add_zone", MANAGE),
)

DOOR_GROUPS = Listing(
    name="door_groups",
    title=_("Groups of doors"),
    rows=_with_doors("door_group"),
    columns=(
        NAME_COLUMN,
        CODE_COLUMN,
        Column("doors", _("Doors"), lambda group: group.doors_now, numeric=True),
        Column("passback", _("Entering twice"), lambda group: group.get_passback_display()),
    ),
    cells={"name": linked("console:place_door_group")},
    sort="code",
    filters=PlaceFilter,
    lookups=LOOKUPS,
    first_query=FIRST_QUERY,
    presets=PRESETS,
    topics=(DOOR.name,),
    empty=_("Doors to which people get rights together belong here. Add the first group."),
    first_step=FirstStep(_("Add group"), "console:add_door_group", MANAGE),
)

#: The tabs of the three lists: each with the name of its address.
TABS = (
    (DOORS, "console:door_list"),
    (ZONES, "console:zone_list"),
    (DOOR_GROUPS, "console:door_group_list"),
)
