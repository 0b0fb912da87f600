"""Grant and end rights to pass doors."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.models import VisitorPass
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import Site
from doors.device_lists import planning
from doors.models import Right, TimeProfile
from doors.time_profiles import other_site
from doors.topics import RIGHT
from estate.models import Building, DoorGroup, Unit
from estate.services.common import Actor, lock_in_use
from people.models import Company, Person, Role

Who = Right.Who
Origin = Right.Origin
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a right is for: one of these, or all who live or work at the site.

    Attributes:
        person: one person.
        unit: who lives or works in it.
        building: who lives or works in it.
        company: its staff, who work in its units.
        role: the staff of the site with it.
        visit: a visitor.
    """

    person: Person | None = None
    unit: Unit | None = None
    building: Building | None = None
    company: Company | None = None
    role: Role | None = None
    visit: VisitorPass | None = None

    @property
    def who(self) -> Who:
        """What kind of holder it is.

        Raises:
            ValueError: it is more than one.
        """
        kinds = {
            Who.PERSON: self.person,
            Who.HOUSEHOLD: self.unit,
            Who.BUILDING: self.building,
            Who.COMPANY: self.company,
            Who.ROLE: self.role,
            Who.VISIT: self.visit,
        }
        found = [who for who, row in kinds.items() if row is not None]
        if len(found) > 1:
            raise ValueError("a right is for one holder")
        return found[0] if found else Who.RESIDENTS

    @property
    def site_id(self) -> int | None:
        """The site that it belongs to; None for a role of all sites, and for all residents."""
        for row in (self.person, self.building, self.company, self.role, self.visit):
            if row is not None:
                return row.site_id
        return self.unit.building.site_id if self.unit is not None else None


RESIDENTS = Holder()


def origin_of(holder: Holder) -> Origin:
    """Return where a right that staff grant comes from.

    One of a person or a role stands for itself, and needs a reason; the others follow from who
    lives or works where.
    """
    if holder.who in (Who.PERSON, Who.ROLE):
        return Origin.HAND
    return Origin.COMPANY if holder.who == Who.COMPANY else Origin.OCCUPANCY


@transaction.atomic
def grant(
    group: DoorGroup,
    actor: Actor,
    holder: Holder,
    *,
    origin: str = Origin.HAND,
    reason: str = "",
    profile: TimeProfile | None = None,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Right:
    """Let somebody pass the doors of a group.

    Args:
        origin: of `Right.Origin`; a right by hand needs a reason.
        profile: in which times; None for any.
        begins_at: now by default.
        ends_at: None for no end.

    Raises:
        Rejection: the group has ended, something belongs to another site, the reason is missing,
            or the end is not after the beginning.
    """
    lock_in_use(group, "group")
    _require_site(group, holder, profile)
    if origin == Origin.HAND:
        validation.require_reason(reason)
    begins_at = begins_at or clock.now()
    validation.require_order(begins_at, ends_at)
    right = Right.objects.create(
        site_id=group.site_id,
        group=group,
        profile=profile,
        who=holder.who,
        person=holder.person,
        unit=holder.unit,
        building=holder.building,
        company=holder.company,
        role=holder.role,
        visit=holder.visit,
        begins_at=begins_at,
        ends_at=ends_at,
        origin=origin,
        reason=reason.strip()[:LONGEST_REASON],
        granted_by=str(actor),
    )
    _record(group.site, right, actor, "grant door right", group=group.code, who=right.who)
    return right


@transaction.atomic
def end_right(
    right: Right, actor: Actor, ends_at: datetime | None = None, reason: str = ""
) -> Right:
    """End a right now, or at an instant ahead.

    One that has not begun is removed where its end is not after its beginning.

    Args:
        reason: why it is withdrawn, for the audit log.

    Raises:
        Rejection: it has ended, or the end is not ahead.
    """
    right = _locked(right)
    now = clock.now()
    if right.ends_at is not None and right.ends_at <= now:
        raise Rejection(
            "right", "has_ended", _("this right has ended already"), _("reload the page")
        )
    if ends_at is not None and ends_at <= now:
        raise Rejection(
            "ends_at", "not_ahead", _("the new end is not in the future"), _("choose a later end")
        )
    end = ends_at or now
    before = right.ends_at.isoformat() if right.ends_at else None
    detail: dict[str, object] = {"ends_at": [before, end.isoformat()]}
    if reason.strip():
        detail["withdrawn"] = reason.strip()[:LONGEST_REASON]
    _record(right.site, right, actor, "end door right", **detail)
    if end <= right.begins_at:
        right.delete()
    else:
        right.ends_at = end
        right.save(update_fields=["ends_at"])
    return right


@transaction.atomic
def end_rights_of(person: Person, actor: Actor, at: datetime) -> int:
    """End a person's own rights at an instant, now or ahead; return how many.

    Rights of a household or a company need no end: they follow from the occupancy.
    """
    lasting = Right.objects.filter(person=person, who=Who.PERSON).exclude(ends_at__lte=at)
    found = list(lasting.order_by("pk"))
    for right in found:
        end_right(right, actor, at if at > clock.now() else None)
    return len(found)


def _require_site(group: DoorGroup, holder: Holder, profile: TimeProfile | None) -> None:
    if profile is not None and profile.site_id != group.site_id:
        raise other_site(profile)
    site_id = holder.site_id
    if site_id is not None and site_id != group.site_id:
        raise Rejection(
            holder.who.value,
            "other_site",
            _("this belongs to another site"),
            _("choose one of this site"),
        )


def _record(site: Site, right: Right, actor: Actor, action: str, **detail: object) -> None:
    if right.person_id:
        detail["person"] = right.person_id
    if right.visit_id:
        detail["visit"] = right.visit_id
    if right.reason:
        detail["reason"] = right.reason
    audit.record(site, actor, action, ("door_right", right.pk), **detail)
    live.announce(RIGHT, site.pk, right.pk)
    if right.person_id:
        planning.refresh_people_later(site.pk, [right.person_id])
    else:
        planning.refresh_site_later(site.pk)


def _locked(right: Right) -> Right:
    rows = Right.objects.select_for_update(of=("self",)).select_related("site")
    return rows.get(pk=right.pk)
