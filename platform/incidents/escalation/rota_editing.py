"""Add, change and remove the layers of a rota, and what replaces its turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import audit, clock, live, revisions, validation
from core.errors import Rejection
from core.models import Site, User
from incidents import topics
from incidents.escalation.responders import responders
from incidents.models import RotaLayer, RotaMember, RotaOverride

SUBJECT = "rota"
MAX_LAYERS, MAX_MEMBERS = 10, 50


@dataclass(frozen=True)
class LayerValues:
    """What a person enters of a layer.

    Attributes:
        people: in the order of their turns.
        days, begins, ends: limit the layer to a time of the week; empty for always.
    """

    name: str
    people: Sequence[User]
    first_day: date
    hand_over: time
    turn_days: int = 7
    days: Sequence[int] = ()
    begins: time | None = None
    ends: time | None = None


@transaction.atomic
def add_layer(site: Site, actor: User, values: LayerValues) -> RotaLayer:
    """Add a layer below the others.

    Raises:
        Rejection: a value is invalid, or the site has too many layers.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    layers = RotaLayer.objects.filter(site=site)
    if layers.count() >= MAX_LAYERS:
        raise Rejection(
            "name",
            "too_many_layers",
            _("a rota has at most %(most)s layers") % {"most": MAX_LAYERS},
            _("change one that is no longer needed"),
        )
    last = layers.aggregate(last=Max("position"))["last"]
    layer = RotaLayer(site=site, position=0 if last is None else last + 1)
    _put(layer, values)
    audit.record(site, actor, "add rota layer", (SUBJECT, layer.pk), **shown_values(layer))
    return layer


@transaction.atomic
def change_layer(
    layer: RotaLayer, actor: User, values: LayerValues, revision: str = ""
) -> RotaLayer:
    """Change a layer; its turns follow the new values from now on.

    Args:
        revision: the token of the values that the form showed (`core.revisions`).

    Raises:
        Rejection: a value is invalid, or the layer was changed meanwhile.
    """
    layer = (
        RotaLayer.objects.select_for_update(of=("self",)).select_related("site").get(pk=layer.pk)
    )
    before = shown_values(layer)
    revisions.require_revision(revision, before, layer.site, (SUBJECT, layer.pk))
    _put(layer, values)
    changed = revisions.changed_values(before, shown_values(layer))
    audit.record(layer.site, actor, "change rota layer", (SUBJECT, layer.pk), **changed)
    return layer


@transaction.atomic
def remove_layer(layer: RotaLayer, actor: User) -> None:
    """Remove a layer with the covers in it."""
    audit.record(layer.site, actor, "remove rota layer", (SUBJECT, layer.pk), name=layer.name)
    live.announce(topics.ROTA, layer.site_id)
    layer.delete()


@transaction.atomic
def add_cover(
    layer: RotaLayer,
    actor: User,
    user: User,
    begins_at: datetime,
    ends_at: datetime,
    note: str = "",
) -> RotaOverride:
    """Have a person take over a layer for a time.

    Raises:
        Rejection: the times are invalid, or the person may not see incidents.
    """
    _require_responders(layer.site, "user", [user])
    row = RotaOverride(
        site=layer.site, layer=layer, user=user, begins_at=begins_at, ends_at=ends_at, note=note
    )
    return _add_override(row, actor, "add rota cover")


@transaction.atomic
def add_absence(
    site: Site,
    actor: User,
    absent: User,
    begins_at: datetime,
    ends_at: datetime,
    substitute: User | None = None,
    note: str = "",
) -> RotaOverride:
    """Record that a person is absent; turns pass to the substitute, or to the next person.

    Raises:
        Rejection: the times are invalid, or the substitute is the absent person or may not see
            incidents.
    """
    if substitute == absent:
        raise Rejection(
            "user", "same_person", _("this person is absent"), _("choose another person")
        )
    _require_responders(site, "user", [substitute] if substitute else [])
    row = RotaOverride(
        site=site, absent=absent, user=substitute, begins_at=begins_at, ends_at=ends_at, note=note
    )
    return _add_override(row, actor, "add absence")


@transaction.atomic
def swap_turns(
    layer: RotaLayer,
    actor: User,
    first: tuple[User, datetime, datetime],
    second: tuple[User, datetime, datetime],
) -> list[RotaOverride]:
    """Have two people take each other's turn: the person, its beginning and its end.

    Raises:
        Rejection: both turns are of one person, or a turn has ended.
    """
    if first[0] == second[0]:
        raise Rejection(
            "second", "same_person", _("both turns are of one person"), _("choose another turn")
        )
    return [
        add_cover(layer, actor, second[0], first[1], first[2], _("swapped")),
        add_cover(layer, actor, first[0], second[1], second[2], _("swapped")),
    ]


@transaction.atomic
def remove_override(override: RotaOverride, actor: User) -> None:
    """Remove a cover or an absence; the rota applies again."""
    audit.record(override.site, actor, "remove rota override", (SUBJECT, override.pk))
    live.announce(topics.ROTA, override.site_id)
    override.delete()


def shown_values(layer: RotaLayer) -> dict[str, Any]:
    """Return the values of a layer as plain JSON, for the audit and the form's revision."""
    members = layer.members.order_by("position").values_list("user", flat=True)
    return {
        "name": layer.name,
        "people": list(members),
        "first_day": str(layer.first_day),
        "hand_over": f"{layer.hand_over:%H:%M}",
        "turn_days": layer.turn_days,
        "days": list(layer.days),
        "begins": f"{layer.begins:%H:%M}" if layer.begins else None,
        "ends": f"{layer.ends:%H:%M}" if layer.ends else None,
    }


def _put(layer: RotaLayer, values: LayerValues) -> None:
    _validate(layer.site, values)
    layer.name, layer.first_day = values.name.strip(), values.first_day
    layer.hand_over, layer.turn_days = values.hand_over, values.turn_days
    layer.begins, layer.ends = values.begins, values.ends
    layer.days = sorted(set(values.days)) if values.begins else []
    layer.save()
    layer.members.all().delete()
    RotaMember.objects.bulk_create(
        RotaMember(layer=layer, user=user, position=position)
        for position, user in enumerate(values.people)
    )
    live.announce(topics.ROTA, layer.site_id)


def _validate(site: Site, values: LayerValues) -> None:
    if not values.name.strip():
        raise Rejection(
            "name", "missing", pgettext("of a thing", "a name is required"), _("enter a short name")
        )
    if not 0 < len(values.people) <= MAX_MEMBERS:
        raise Rejection(
            "people",
            "wrong_number",
            _("a layer has between 1 and %(most)s people") % {"most": MAX_MEMBERS},
            _("choose the people in the order of their turns"),
        )
    if len(set(values.people)) < len(values.people):
        raise Rejection(
            "people",
            "twice",
            _("a person is in the rotation twice"),
            _("choose each person once"),
        )
    _require_responders(site, "people", values.people)
    _validate_times(values)


def _validate_times(values: LayerValues) -> None:
    if not 1 <= values.turn_days <= 28:
        raise Rejection(
            "turn_days", "out_of_range", _("a turn lasts 1 to 28 days"), _("enter 7 for a week")
        )
    if (values.begins is None) != (values.ends is None):
        field = "begins" if values.begins is None else "ends"
        raise Rejection(
            field,
            "half_a_time",
            _("a time of day has a beginning and an end"),
            _("enter both, or neither for the whole day"),
        )
    if values.days and values.begins is None:
        raise Rejection(
            "begins",
            "missing",
            _("days of the week need a time of day"),
            _("enter 00:00 to 00:00 for whole days"),
        )


def _require_responders(site: Site, field: str, people: Sequence[User]) -> None:
    wanted = {user.pk for user in people}
    if responders(site).filter(pk__in=wanted).count() < len(wanted):
        raise Rejection(
            field,
            "not_a_responder",
            _("this person may not see the incidents of this site"),
            _("give the person a role that may, or choose another"),
        )


def _add_override(row: RotaOverride, actor: User, action: str) -> RotaOverride:
    validation.require_order(row.begins_at, row.ends_at)
    if row.ends_at <= clock.now():
        raise Rejection(
            "ends_at", "not_ahead", _("the end is not in the future"), _("choose a later end")
        )
    row.created_by, row.created_at, row.note = actor, clock.now(), row.note.strip()
    row.save()
    audit.record(
        row.site,
        actor,
        action,
        (SUBJECT, row.pk),
        layer=row.layer_id,
        absent=row.absent_id,
        user=row.user_id,
        begins_at=row.begins_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
    )
    live.announce(topics.ROTA, row.site_id)
    return row
