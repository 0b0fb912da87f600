"""Go through the people inside: begin a muster, mark who is safe, end it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access.models import VisitorPass
from core import audit, clock, live
from core.errors import Rejection
from core.models import Site, User
from core.plates import fold
from doors.models import Muster, MusterMark, MusterRules
from doors.topics import MUSTER
from people.models import Person


@transaction.atomic
def begin(site: Site, actor: User, *, is_drill: bool = False) -> Muster:
    """Begin to go through the people inside; return the muster that runs if one does already."""
    muster, is_new = Muster.objects.get_or_create(
        site=site,
        ended_at=None,
        defaults={"is_drill": is_drill, "begun_at": clock.now(), "begun_by": actor},
    )
    if is_new:
        audit.record(site, actor, "begin muster", ("muster", muster.pk), drill=is_drill)
        live.announce(MUSTER, site.pk, muster.pk)
    return muster


@transaction.atomic
def end(muster: Muster, actor: User) -> Muster:
    """End a muster; its marks stay as they are."""
    found = _locked(muster)
    if found.ended_at is None:
        found.ended_at, found.ended_by = clock.now(), actor
        found.save(update_fields=["ended_at", "ended_by"])
        marked = found.marks.count()
        audit.record(found.site, actor, "end muster", ("muster", found.pk), count=marked)
        live.announce(MUSTER, found.site_id, found.pk)
    return found


@transaction.atomic
def mark_safe(muster: Muster, holder: str, actor: User) -> MusterMark:
    """Mark somebody as safe; who was marked first keeps the mark.

    Args:
        holder: who, as ``person-12``, ``visit-3`` or ``plate-B12345``.

    Raises:
        Rejection: the muster is over, or the site knows nobody of that key.
    """
    found = _running(muster)
    mark, _is_new = MusterMark.objects.get_or_create(
        muster=found, **_named(found.site, holder), defaults={"at": clock.now(), "by": actor}
    )
    live.announce(MUSTER, found.site_id, found.pk)
    return mark


@transaction.atomic
def take_back(muster: Muster, holder: str, actor: User) -> bool:
    """Take a mark back that was made by mistake; return whether there was one.

    Raises:
        Rejection: the muster is over, or the site knows nobody of that key.
    """
    found = _running(muster)
    deleted = found.marks.filter(**_named(found.site, holder)).delete()[0]
    if deleted:
        audit.record(found.site, actor, "take back safe mark", ("muster", found.pk), who=holder)
        live.announce(MUSTER, found.site_id, found.pk)
    return bool(deleted)


@transaction.atomic
def set_rules(site: Site, actor: User, *, sure_hours: int) -> MusterRules:
    """Set after how many hours it is unsure whether somebody is still inside."""
    rules, _is_new = MusterRules.objects.select_for_update().get_or_create(site=site)
    before = rules.sure_hours
    rules.sure_hours = sure_hours
    rules.save(update_fields=["sure_hours"])
    subject = ("muster_rules", rules.pk)
    audit.record(site, actor, "change rules of muster", subject, sure_hours=[before, sure_hours])
    return rules


def _locked(muster: Muster) -> Muster:
    return Muster.objects.select_for_update(of=("self",)).select_related("site").get(pk=muster.pk)


def _running(muster: Muster) -> Muster:
    found = _locked(muster)
    if found.ended_at is not None:
        raise Rejection("muster", "ended", _("this muster is over"), _("begin another one"))
    return found


def _named(site: Site, holder: str) -> dict[str, Any]:
    """Return the columns of a mark that name somebody of the site."""
    kind, _dash, key = holder.partition("-")
    if kind == "plate" and key and fold(key) == key:
        return {"plate": key[:16]}
    models: dict[str, Any] = {"person": Person, "visit": VisitorPass}
    is_key = kind in models and key.isdecimal() and len(key) < 19
    if is_key and models[kind].objects.filter(pk=int(key), site=site).exists():
        return {f"{kind}_id": int(key)}
    raise Rejection("holder", "unknown", _("nobody of this site"), _("reload the list"))
