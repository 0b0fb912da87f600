"""Write the plan of a site: drafts, their publication, and the return to an earlier revision."""

from collections import Counter
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from core.models import Site, User
from estate import topics
from estate.models import Bay, Building, Gate, Lot, Place, PlanRevision
from estate.plans.changes import Match, PlanChanges, compare
from estate.plans.drawings import features_of
from estate.plans.features import Feature, read_file, rejected, validated
from estate.plans.selectors import renamed
from estate.services import (
    change_building,
    change_gate,
    change_lot,
    create_building,
    create_gate,
    create_lot,
)
from estate.services.common import lock_in_use
from gis import geojson

_OUTLINED: tuple[Any, ...] = (Building, Lot, Bay)


@transaction.atomic
def save_drawing(site: Site, actor: User, drawing: Any, *, version: int) -> PlanRevision:
    """Save what the editor has drawn as the site's draft.

    Args:
        drawing: see `estate.plans.drawings`.
        version: of the draft that the editor has opened; 0 if there was none.

    Raises:
        Rejection: a shape is not valid, or another person has changed the draft.
    """
    draft = _locked_draft(site)
    _require_version(draft, version)
    features = validated(features_of(drawing))
    return _write(draft, site, actor, features, draft.source if draft else "", "draw plan")


@transaction.atomic
def import_plan(site: Site, actor: User, content: bytes, name: str) -> PlanRevision:
    """Make a GeoJSON file the site's draft; a draft that exists is replaced.

    Args:
        name: of the file.

    Raises:
        Rejection: the file is not usable; RejectedPlan for its features.
    """
    draft = _locked_draft(site)
    return _write(draft, site, actor, read_file(content), name[:200], "import plan")


@transaction.atomic
def restore_plan(revision: PlanRevision, actor: User) -> PlanRevision:
    """Make an earlier revision the site's draft, with the codes that its places have now.

    Raises:
        Rejection: a place of the revision has now the code of another one.
    """
    site = revision.site
    draft = _locked_draft(site)
    source = _("revision %(number)s") % {"number": revision.number}
    features = validated(renamed(site, revision.features))
    return _write(draft, site, actor, features, source, "restore plan")


@transaction.atomic
def discard_draft(site: Site, actor: User) -> None:
    """Delete the site's draft; without one there is no effect."""
    draft = _locked_draft(site)
    if draft is not None:
        audit.record(site, actor, "discard plan", ("plan", draft.pk), number=draft.number)
        draft.delete()


@transaction.atomic
def publish_plan(site: Site, actor: User, *, version: int) -> PlanRevision:
    """Publish the site's draft: create its new places, and draw all of them where it has them.

    Places that the plan does not have leave the map and stay in all lists.

    Args:
        version: of the draft whose changes the actor has seen.

    Raises:
        Rejection: there is no draft, it was changed meanwhile, or it cannot be published.
    """
    draft = _locked_draft(site)
    if draft is None:
        problem = _("there is no draft to publish")
        raise Rejection("draft", "no_draft", problem, _("draw or import a plan first"))
    _require_version(draft, version)
    changes = compare(site, draft.features)
    if changes.rejections:
        raise rejected(list(changes.rejections))
    placed = _apply(site, actor, changes)
    draft.features = [_linked(feature, placed) for feature in draft.features]
    draft.published_at, draft.published_by = clock.now(), actor
    draft.save()
    _move_site(site, draft.features)
    counts = {"created": len(changes.created), "moved": len(changes.moved + changes.drawn)}
    counts["undrawn"] = len(changes.undrawn)
    audit.record(site, actor, "publish plan", ("plan", draft.pk), number=draft.number, **counts)
    live.announce(topics.PLAN, site.pk)
    return draft


def _locked_draft(site: Site) -> PlanRevision | None:
    """Return the site's draft; other changes of its plan wait until the transaction ends."""
    # Without the key, so that other transactions may add audit entries of the site.
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    return PlanRevision.objects.filter(site=site, published_at=None).first()


def _require_version(draft: PlanRevision | None, version: int) -> None:
    if (draft.version if draft else 0) == version:
        return
    if draft is None:
        problem = _("the draft was published or discarded meanwhile")
    else:
        at = formats.date_format(timezone.localtime(draft.changed_at), "H:i")
        text = _("%(who)s has changed the draft at %(time)s")
        problem = text % {"who": draft.changed_by, "time": at}
    hint = _("open the plan again, and repeat your changes")
    raise Rejection("version", "changed_meanwhile", problem, hint)


def _write(
    draft: PlanRevision | None,
    site: Site,
    actor: User,
    features: list[Feature],
    source: str,
    action: str,
) -> PlanRevision:
    if draft is None:
        last = PlanRevision.objects.filter(site=site).aggregate(last=Max("number"))["last"]
        draft = PlanRevision(site=site, number=(last or 0) + 1, version=0)
    draft.features, draft.source = features, source
    draft.version += 1
    draft.changed_at, draft.changed_by = clock.now(), actor
    draft.save()
    detail = {"number": draft.number, "features": len(features)}
    audit.record(site, actor, action, ("plan", draft.pk), source=source, **detail)
    return draft


def _apply(site: Site, actor: User, changes: PlanChanges) -> dict[str, Place]:
    """Create, rename and draw the places of a plan; return them by the id of their feature."""
    placed = {each.feature["id"]: each.place for each in changes.matches if each.place}
    for match in changes.matches:
        if match.place is None and match.feature["properties"]["kind"] != "bay":
            placed[match.feature["id"]] = _create(site, actor, match.feature, changes)
        elif match.place is not None:
            _rename(match, actor)
    _draw(changes)
    return placed | _create_bays(site, changes)


def _create(site: Site, actor: User, feature: Feature, changes: PlanChanges) -> Place:
    properties = feature["properties"]
    code, name = properties["code"], properties.get("name") or properties["code"]
    if properties["kind"] == "gate":
        longitude, latitude = feature["geometry"]["coordinates"]
        return create_gate(
            site, actor, code=code, name=name, longitude=longitude, latitude=latitude
        )
    outline = feature["geometry"]["coordinates"]
    if properties["kind"] == "building":
        return create_building(site, actor, code=code, name=name, outline=outline)
    bays = Counter(each.feature["properties"].get("lot") for each in changes.matches)
    capacity = properties.get("capacity", bays[code])
    return create_lot(site, actor, code=code, name=name, capacity=capacity, outline=outline)


def _create_bays(site: Site, changes: PlanChanges) -> dict[str, Place]:
    wanted = [
        each.feature for each in changes.created if each.feature["properties"]["kind"] == "bay"
    ]
    lots = _locked_lots(site, {feature["properties"]["lot"] for feature in wanted})
    bays = [
        Bay(
            lot=lots[feature["properties"]["lot"]],
            code=feature["properties"]["code"],
            outline=feature["geometry"]["coordinates"],
        )
        for feature in wanted
    ]
    try:
        with transaction.atomic():
            Bay.objects.bulk_create(bays)
    except IntegrityError as error:
        problem = _("someone else has created one of these bays meanwhile")
        raise Rejection("code", "already_used", problem, _("publish again")) from error
    return {feature["id"]: bay for feature, bay in zip(wanted, bays, strict=True)}


def _locked_lots(site: Site, codes: set[str]) -> dict[str, Lot]:
    """Return lots that get bays; none of them can end before the transaction does."""
    lots = {lot.code: lot for lot in Lot.objects.filter(site=site, code__in=codes).order_by("pk")}
    for lot in lots.values():
        lock_in_use(lot, "lot")
    return lots


def _rename(match: Match, actor: User) -> None:
    """Give a place the name and the capacity that the plan has for it."""
    place, values = match.place, match.new_values
    if not values or place is None:
        return
    if isinstance(place, Lot):
        values = {"name": place.name, "capacity": place.capacity, **values}
        change_lot(place, actor, code=place.code, **values)
    elif isinstance(place, Building):
        change_building(place, actor, code=place.code, **values)
    elif isinstance(place, Gate):
        change_gate(place, actor, code=place.code, **values)


def _draw(changes: PlanChanges) -> None:
    """Set the outlines of places that exist, and clear those of places that are not drawn."""
    outlines: dict[Any, Any] = {
        match.place: match.feature["geometry"]["coordinates"]
        for match in changes.matches
        if match.place and match.distance > 0
    }
    outlines |= {place: [] for place in changes.undrawn}
    for place, coordinates in outlines.items():
        if isinstance(place, Gate):
            place.longitude, place.latitude = coordinates or (None, None)
        else:
            place.outline = coordinates
    for model in _OUTLINED:
        rows: Any = [place for place in outlines if isinstance(place, model)]
        model.objects.bulk_update(rows, ["outline"], batch_size=500)
    gates = [place for place in outlines if isinstance(place, Gate)]
    Gate.objects.bulk_update(gates, ["longitude", "latitude"])


def _linked(feature: Feature, placed: dict[str, Place]) -> Feature:
    """Return the feature with the key of its place, by which a later change of code is followed."""
    place = placed.get(feature["id"])
    if place is None:
        return feature
    return {**feature, "properties": {**feature["properties"], "place": place.pk}}


def _move_site(site: Site, features: list[Feature]) -> None:
    """Give a site without a position that of its plan."""
    box = geojson.bounds(feature["geometry"] for feature in features)
    if box and not (site.longitude or site.latitude):
        site.longitude, site.latitude = round(box[0], 6), round(box[1], 6)
        site.save(update_fields=["longitude", "latitude"])
