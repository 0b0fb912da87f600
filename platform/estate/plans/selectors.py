"""Read the revisions of a site's plan, and the plan as it is now."""

from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet
from django.db.models.functions import Length

from core.models import Site
from estate.models import Bay, Building, Gate, Lot, Place, PlanRevision
from estate.plans.changes import PlanChanges, compare, geometry_of, places_of
from estate.plans.drawings import drawing_of
from estate.plans.features import Feature
from estate.selectors import drawn_only
from gis import geojson
from gis.frames import LocalFrame

# A plan nearer to the site's position than this is drawn around it; metres.
_NEAR = 10_000.0


def revisions_of(site: Site) -> QuerySet[PlanRevision]:
    """Return the revisions of the site's plan, newest first, with their numbers of features."""
    rows = PlanRevision.objects.filter(site=site).defer("features")
    size = Func("features", function="jsonb_array_length", output_field=IntegerField())
    return rows.select_related("changed_by", "published_by").annotate(size=size).order_by("-number")


def plan_draft(site: Site) -> PlanRevision | None:
    """Return the site's draft."""
    drafts = PlanRevision.objects.filter(site=site, published_at=None)
    return drafts.select_related("changed_by").first()


def plan_changes(draft: PlanRevision) -> PlanChanges:
    """Return what publishing a draft would change."""
    return compare(draft.site, draft.features)


def drawing_in_work(site: Site) -> tuple[dict[str, Any], int]:
    """Return the drawing to edit, and the version of its draft; 0 if there is no draft yet.

    Without a draft it shows the plan as it is now.
    """
    draft = plan_draft(site)
    features = draft.features if draft else current_features(site)
    return drawing_of(features, _frame(site, features)), draft.version if draft else 0


def places_to_draw(site: Site) -> dict[str, list[dict[str, Any]]]:
    """Return the codes and names of the site's places in use, by kind; bays name their car park."""
    order = (Length("code"), "code")
    kinds = (("building", Building), ("lot", Lot), ("gate", Gate))
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, model in kinds:
        rows = model._default_manager.filter(site=site, ended_at=None).order_by(*order)
        found[kind] = [dict(row) for row in rows.values("code", "name")]
    bays = Bay.objects.in_use().filter(lot__site=site).order_by("lot__code", *order)
    found["bay"] = [dict(row) for row in bays.values("code", in_lot=F("lot__code"))]
    return found


def current_features(site: Site) -> list[Feature]:
    """Return the plan as the map shows it, with the codes and names that the places have now."""
    places = places_of(site).values()
    drawn = [feature for place in places if not place.ended_at and (feature := _feature(place))]
    return [*drawn, *drawn_only(site)]


def renamed(site: Site, features: list[Feature]) -> list[Feature]:
    """Return a published plan's features with the codes and names that its places have now.

    Places that have ended since are left out.
    """
    places = {(place.kind, place.pk): place for place in places_of(site).values()}
    found = [(feature, places.get(_linked_place(feature))) for feature in features]
    return [_renamed(feature, place) for feature, place in found if not (place and place.ended_at)]


def _linked_place(feature: Feature) -> tuple[str, int]:
    """Return the kind and the key of the place for which a feature was published."""
    properties = feature["properties"]
    return properties["kind"], properties.get("place", 0)


def _renamed(feature: Feature, place: Place | None) -> Feature:
    properties = feature["properties"] | (_properties(place) if place else {})
    return {**feature, "properties": properties}


def _feature(place: Place) -> Feature | None:
    geometry = geometry_of(place)
    return geojson.feature(geometry, "", **_properties(place)) if geometry else None


def _properties(place: Any) -> dict[str, Any]:
    if isinstance(place, Bay):
        return {"kind": "bay", "code": place.code, "lot": place.lot.code}
    properties = {"kind": place.kind, "code": place.code, "name": place.name}
    return {**properties, "capacity": place.capacity} if isinstance(place, Lot) else properties


def _frame(site: Site, features: list[Feature]) -> LocalFrame:
    """Return the frame of a drawing: around the site's position, unless its plan is elsewhere."""
    frame = LocalFrame(site.longitude, site.latitude)
    box = geojson.bounds(feature["geometry"] for feature in features)
    if box is None or max(map(abs, frame.to_metres(box[:2]))) < _NEAR:
        return frame
    return LocalFrame(round(box[0], 6), round(box[1], 6))
