"""Mute incidents and unmute them: silences, a site's settings, and what explains what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, live, validation
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from devices.models import Device
from incidents import inhibition, kinds, muting, timeline, topics
from incidents.events import IncidentUnmuted
from incidents.inhibition import Inhibition, Relation
from incidents.models import Incident, IncidentSettings, Silence
from incidents.services.changes import announce, refresh_later
from incidents.services.raising import UNMUTED
from incidents.severities import Severity

MAX_SILENCE = timedelta(days=30)
MAX_MINUTES = 1440
MAX_INHIBITIONS = 30
EXPLAINED = timeline.declare(
    "explained",
    gettext_lazy("Explained by incident %(number)s and hidden"),
    afterwards=gettext_lazy("Explained by another incident and hidden"),
)


@dataclass(frozen=True, kw_only=True)
class SilenceValues:
    """What a person enters of a silence; see `incidents.models.Silence`."""

    begins_at: datetime
    ends_at: datetime
    reason: str
    up_to: str
    kinds: Sequence[str] = ()
    device: Device | None = None
    place_key: str = ""


@transaction.atomic
def add_silence(site: Site, actor: User, values: SilenceValues) -> Silence:
    """Record incidents that match without notifying people, for a time.

    Raises:
        Rejection: no reason is given, a value is unknown, or the time is over or too long.
    """
    validation.require_reason(values.reason, _("enter why nobody needs to be notified"))
    validation.require_order(values.begins_at, values.ends_at)
    _check_silence(site, values)
    silence = Silence.objects.create(
        site=site,
        author=actor,
        begins_at=values.begins_at,
        ends_at=values.ends_at,
        reason=values.reason.strip(),
        up_to=values.up_to,
        kinds=list(values.kinds),
        device=values.device,
        place_key=values.place_key,
    )
    detail = {"kinds": list(values.kinds), "until": values.ends_at.isoformat()}
    audit.record(site, actor, "add silence", ("silence", silence.pk), **detail)
    live.announce(topics.SILENCE, site.pk, silence.pk)
    return silence


@transaction.atomic
def end_silence(silence: Silence, actor: User) -> Silence:
    """End a silence now; people are notified of what it still mutes.

    Raises:
        Rejection: it has ended.
    """
    silence = (
        Silence.objects.select_for_update(of=("self",)).select_related("site").get(pk=silence.pk)
    )
    now = clock.now()
    if silence.ends_at <= now:
        raise Rejection(
            "silence", "silence_ended", _("this silence has ended"), _("no action is needed")
        )
    # A constraint requires the end to be after the beginning, also of one that has not begun.
    silence.ends_at = max(now, silence.begins_at + timedelta(microseconds=1))
    silence.save(update_fields=["ends_at"])
    audit.record(silence.site, actor, "end silence", ("silence", silence.pk))
    live.announce(topics.SILENCE, silence.site_id, silence.pk)
    refresh_later(silence.site_id)
    return silence


@transaction.atomic
def change_settings(
    site: Site, actor: User, *, group_minutes: int, cool_down_minutes: int
) -> IncidentSettings:
    """Set how a site groups incidents and how long an ended one may come again unnoticed.

    Args:
        group_minutes, cool_down_minutes: 0 turns it off.

    Raises:
        Rejection: a number is not between 0 and 1,440.
    """
    given = {"group_minutes": group_minutes, "cool_down_minutes": cool_down_minutes}
    for name, minutes in given.items():
        if not 0 <= minutes <= MAX_MINUTES:
            raise Rejection(
                name, "out_of_range", _("not between 0 and a day"), _("enter 0 to 1440 minutes")
            )
    settings = _locked_settings(site)
    before = {name: getattr(settings, name) for name in given}
    for name, minutes in given.items():
        setattr(settings, name, minutes)
    settings.save(update_fields=list(given))
    audit.record(
        site,
        actor,
        "change incident settings",
        ("site", site.pk),
        **{name: [before[name], given[name]] for name in given if before[name] != given[name]},
    )
    return settings


@transaction.atomic
def add_inhibition(site: Site, actor: User, rule: Inhibition) -> None:
    """Let active incidents of a kind hide others that they explain.

    Raises:
        Rejection: a kind, the relation or the device is unknown, or there are too many rules.
    """
    for field, codes in (("by", [rule.by]), ("hides", list(rule.hides))):
        if not codes or not all(map(kinds.is_registered, codes)):
            raise Rejection(
                field, "not_a_choice", _("unknown kind of incident"), _("choose one of the list")
            )
    if rule.relation not in Relation:
        raise Rejection("relation", "not_a_choice", _("unknown relation"), _("choose one"))
    devices = Device.objects.filter(site=site)
    if rule.device is not None and not devices.filter(pk=rule.device).exists():
        raise Rejection(
            "device", "other_site", _("this belongs to another site"), _("choose one of this site")
        )
    if rule.relation == Relation.SITE and rule.device is None:
        raise Rejection(
            "device",
            "missing",
            _("without a device, any incident of this kind would hide those of the whole site"),
            _("name the device that connects the site"),
        )
    rules = inhibition.rules_of(settings := _locked_settings(site))
    if rule in rules:
        raise Rejection("by", "already_there", _("this rule exists already"), _("change a value"))
    if len(rules) >= MAX_INHIBITIONS:
        raise Rejection(
            "by",
            "too_many_rules",
            _("there are too many rules"),
            _("remove one that is not needed"),
        )
    _save_inhibitions(settings, actor, [*rules, rule], "add inhibition")


@transaction.atomic
def remove_inhibition(site: Site, actor: User, rule: Inhibition) -> None:
    """Let incidents no longer hide others; one that is not there any more is ignored."""
    rules = inhibition.rules_of(settings := _locked_settings(site))
    left = [each for each in rules if each != rule]
    if left != rules:
        _save_inhibitions(settings, actor, left, "remove inhibition")


def refresh_site(site_id: int) -> None:
    """Find which active incidents of a site explain which others, and unmute what nothing mutes.

    A job; it may run again at any time.
    """
    settings = muting.settings_of(site_id)
    active = list(Incident.objects.filter(site=site_id).exclude(state__in=Incident.ENDED))
    found = inhibition.explained(active, inhibition.rules_of(settings))
    for each in sorted(active, key=lambda incident: incident.pk):
        inhibitor = found.get(each.pk)
        changed = each.inhibited_by_id != (inhibitor.pk if inhibitor else None)
        if changed or (each.announced_at is None and not each.late):
            _refresh(each, inhibitor, settings)


def _refresh(incident: Incident, inhibitor: Incident | None, settings: IncidentSettings) -> None:
    with transaction.atomic():
        rows = Incident.objects.select_for_update().exclude(state__in=Incident.ENDED)
        row = rows.filter(pk=incident.pk).first()
        if row is None:
            return
        before = row.inhibited_by_id
        row.inhibited_by = inhibitor
        if inhibitor is not None and before != inhibitor.pk:
            timeline.record(row, EXPLAINED, number=inhibitor.pk)
        unmuted = row.announced_at is None and _unmute(row, inhibitor, settings)
        row.save(update_fields=["inhibited_by", "mute", "announced_at"])
        if unmuted or before != row.inhibited_by_id:
            announce(row)
        if unmuted:
            timeline.record(row, UNMUTED)
            publish(IncidentUnmuted(row.pk, row.site_id))


def _unmute(row: Incident, inhibitor: Incident | None, settings: IncidentSettings) -> bool:
    """Set why a row is muted now; return whether it is not any more."""
    reason = muting.Reason.INHIBITED.value if inhibitor else muting.mute_of(row, settings)[0]
    row.mute = reason
    if not reason:
        row.announced_at = clock.now()
    return not reason


def _check_silence(site: Site, values: SilenceValues) -> None:
    if values.ends_at - values.begins_at > MAX_SILENCE:
        raise Rejection(
            "ends_at",
            "range_too_long",
            _("longer than %(days)s days") % {"days": MAX_SILENCE.days},
            _("choose an earlier end and renew later"),
        )
    if values.ends_at <= clock.now():
        raise Rejection("ends_at", "past", _("this time is over"), _("choose a later end"))
    if values.up_to not in Severity:
        choices = validation.listed(Severity.labels)
        raise Rejection("up_to", "not_a_choice", _("unknown severity"), choices)
    if not all(map(kinds.is_registered, values.kinds)):
        raise Rejection(
            "kinds", "not_a_choice", _("unknown kind of incident"), _("choose one of the list")
        )
    if values.device is not None and values.device.site_id != site.pk:
        raise Rejection(
            "device", "other_site", _("this belongs to another site"), _("choose one of this site")
        )


def _locked_settings(site: Site) -> IncidentSettings:
    IncidentSettings.objects.bulk_create([IncidentSettings(site=site)], ignore_conflicts=True)
    return IncidentSettings.objects.select_for_update().get(site=site)


def _save_inhibitions(
    settings: IncidentSettings, actor: User, rules: Sequence[Inhibition], action: str
) -> None:
    settings.inhibitions = [each.as_json() for each in rules]
    settings.save(update_fields=["inhibitions"])
    audit.record(settings.site, actor, action, ("site", settings.site_id), rules=len(rules))
    refresh_later(settings.site_id)
