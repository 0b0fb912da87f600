"""The kinds of places: their rows at a site, their forms and the services that change them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from console.places import door_forms, forms
from core.models import Site, User
from estate import services
from estate.models import Bay, Building, Door, DoorGroup, Gate, Lane, Lot, Place, Unit, Zone
from ui.pages import Text

# Numbered codes in the order of their numbers: 2 before 10, 904 before 1001.
BY_CODE = (Length("code"), "code")
AnyPlace = Any  # services take one model each; `Kind` keeps model, form and services together


@dataclass(frozen=True)
class Kind:
    """One kind of place.

    Attributes:
        name: as `Place.kind` says, and in the names of its URLs.
        plural: in its addresses.
        model: its rows.
        label: what it is called.
        site_field: the lookup of its site.
        owner: the field of the place it belongs to; empty for one of the site itself.
        listed_at: the URL name of the list that it stands in.
        form: the form of a change.
        change: the service of a change.
        here: the navigation item of its page, where that is not the list's.
    """

    name: str
    plural: str
    model: type[Place]
    label: Text
    site_field: str
    owner: str
    listed_at: str
    form: type[forms.PlaceForm]
    change: Callable[..., Any]
    here: str = ""

    def rows(self, site: Site) -> QuerySet[Any]:
        """Return the places of this kind at a site, those that have ended included."""
        related = [part for part in (self.owner, *_RELATED.get(self.name, ())) if part]
        rows = self.model._default_manager.filter(**{self.site_field: site})
        return rows.select_related(*related, _site_of(self)).order_by(*BY_CODE)

    def get(self, site: Site, pk: int) -> AnyPlace:
        """Return one place of the site.

        Raises:
            Http404: the site has no such place.
        """
        return get_object_or_404(self.rows(site), pk=pk)

    def change_form(self, site: Site, place: AnyPlace, data: Any = None) -> forms.PlaceForm:
        """Return the form of a change, with the place's values and their token."""
        initial = {**self.form.values_of(place), "revision": services.revision_of(place)}
        return self.form(data, initial=initial, site=site, place=place)

    def apply(self, place: AnyPlace, user: User, data: dict[str, Any]) -> AnyPlace:
        """Change a place by the form's cleaned data."""
        return self.change(place, user, **data)


_RELATED = {
    "lane": ("lot", "camera", "barrier"),
    "bay": ("sensor",),
    "door": ("building", "zone"),
}
KINDS = (
    Kind(
        "building",
        "buildings",
        Building,
        _("Building"),
        "site",
        "",
        "buildings",
        forms.BuildingForm,
        services.change_building,
    ),
    Kind(
        "unit",
        "units",
        Unit,
        _("Unit"),
        "building__site",
        "building",
        "buildings",
        forms.UnitForm,
        services.change_unit,
    ),
    Kind("lot", "lots", Lot, _("Car park"), "site", "", "lots", forms.LotForm, services.change_lot),
    Kind(
        "bay",
        "bays",
        Bay,
        _("Bay"),
        "lot__site",
        "lot",
        "lots",
        forms.BayForm,
        services.change_bay,
    ),
    Kind(
        "gate", "gates", Gate, _("Gate"), "site", "", "gates", forms.GateForm, services.change_gate
    ),
    Kind(
        "lane",
        "lanes",
        Lane,
        _("Lane"),
        "gate__site",
        "gate",
        "gates",
        forms.LaneForm,
        services.change_lane,
    ),
    Kind(
        "door",
        "doors",
        Door,
        _("Door"),
        "site",
        "",
        "door_list",
        door_forms.DoorForm,
        services.change_door,
    ),
    Kind(
        "zone",
        "zones",
        Zone,
        _("Zone"),
        "site",
        "",
        "zone_list",
        door_forms.ZoneForm,
        services.change_zone,
        "door_list",
    ),
    Kind(
        "door_group",
        "door-groups",
        DoorGroup,
        _("Group of doors"),
        "site",
        "",
        "door_group_list",
        door_forms.DoorGroupForm,
        services.change_door_group,
        "door_list",
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def in_use_or_404(kind: str, site: Site, pk: int) -> AnyPlace:
    """Return a place that has not ended.

    Raises:
        Http404: the site has no such place, or it has ended.
    """
    place = BY_NAME[kind].get(site, pk)
    if place.ended_at is not None:
        raise Http404(f"{kind} {pk} has ended")
    return place


def _site_of(kind: Kind) -> str:
    return f"{kind.owner}__site" if kind.owner else "site"
