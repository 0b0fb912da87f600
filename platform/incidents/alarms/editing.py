"""Add, change, enable and disable alarm rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import audit, clock, live, revisions, validation
from core.errors import Rejection
from core.models import Site, User
from devices.models import Device
from estate.models import Building, Lot, Unit
from incidents import kinds, services, topics
from incidents.alarms import index, observables, timers
from incidents.alarms.labels import rule_error
from incidents.models import AlarmPeriod, AlarmRule, AlarmRuleVersion, AlarmState, Incident
from incidents.own_kinds import ALARM_RULE
from incidents.rules import parsing
from incidents.rules.errors import RuleError
from incidents.severities import Severity

MAX_RULES = 500
SUBJECT = "alarm_rule"
# What the audit log shows of a change; the versions hold all values.
_AUDITED = ("name", "kind", "severity", "auto_clear")


@dataclass(frozen=True)
class Values:
    """What a person enters of a rule.

    Attributes:
        kind: of the incidents that it raises; one that rules may raise.
        definition: condition and times, as `incidents.rules.parsing` reads them.
        device_kind: empty for all kinds.
        lot, building, unit: one of them at most; none for the whole site.
        devices: none for all of that kind and place.
    """

    name: str
    severity: str
    definition: Mapping[str, Any]
    device_kind: str = ""
    lot: Lot | None = None
    building: Building | None = None
    unit: Unit | None = None
    devices: Iterable[Device] = ()
    auto_clear: bool = False
    kind: str = ALARM_RULE

    @property
    def places(self) -> list[Lot | Building | Unit]:
        """The places that it is limited to."""
        return [each for each in (self.lot, self.building, self.unit) if each is not None]


@transaction.atomic
def add_rule(site: Site, actor: User, values: Values) -> AlarmRule:
    """Add a rule, disabled.

    Raises:
        Rejection: a value is invalid, the name is taken, or the site has too many rules.
    """
    if AlarmRule.objects.filter(site=site).count() >= MAX_RULES:
        raise Rejection(
            "name",
            "too_many_rules",
            _("a site has at most %(most)s alarm rules") % {"most": MAX_RULES},
            _("change one that is no longer needed"),
        )
    rule = AlarmRule(site=site, version=0)
    _put(rule, actor, values)
    audit.record(site, actor, "add alarm rule", (SUBJECT, rule.pk), name=rule.name)
    return rule


@transaction.atomic
def change_rule(rule: AlarmRule, actor: User, values: Values, revision: str = "") -> AlarmRule:
    """Change a rule; an enabled one watches anew from now on.

    Args:
        revision: the token of the values that the form showed (`core.revisions`).

    Raises:
        Rejection: a value is invalid, the name is taken, or the rule was changed meanwhile.
    """
    rule = _locked(rule)
    before = shown_values(rule)
    revisions.require_revision(revision, before, rule.site, (SUBJECT, rule.pk))
    _put(rule, actor, values)
    changed = revisions.changed_values(before, shown_values(rule))
    detail = {name: changed[name] for name in _AUDITED if name in changed}
    detail["version"] = [rule.version - 1, rule.version]
    audit.record(rule.site, actor, "change alarm rule", (SUBJECT, rule.pk), **detail)
    if rule.enabled:
        _stop(rule)
        _start(rule)
    return rule


@transaction.atomic
def enable_rule(rule: AlarmRule, actor: User) -> AlarmRule:
    """Let a rule raise alarms from now on; an enabled one stays as it is."""
    rule = _locked(rule)
    if not rule.enabled:
        rule.enabled = True
        _start(rule)
        audit.record(rule.site, actor, "enable alarm rule", (SUBJECT, rule.pk))
    return rule


@transaction.atomic
def disable_rule(rule: AlarmRule, actor: User) -> AlarmRule:
    """Let a rule raise no more alarms, and clear those that it has raised."""
    rule = _locked(rule)
    if rule.enabled:
        rule.enabled, rule.watch_from, rule.changed_at = False, None, clock.now()
        rule.save(update_fields=["enabled", "watch_from", "changed_at"])
        _stop(rule)
        audit.record(rule.site, actor, "disable alarm rule", (SUBJECT, rule.pk))
    return rule


def shown_values(rule: AlarmRule) -> dict[str, Any]:
    """Return the values of a rule as plain JSON, for versions and the form's revision."""
    return {
        "name": rule.name,
        "kind": rule.kind,
        "severity": rule.severity,
        "definition": rule.definition,
        "device_kind": rule.device_kind,
        "lot": rule.lot_id,
        "building": rule.building_id,
        "unit": rule.unit_id,
        "devices": sorted(device.pk for device in rule.devices.all()),
        "auto_clear": rule.auto_clear,
    }


def _put(rule: AlarmRule, actor: User, values: Values) -> None:
    """Set the values, and store them as a version."""
    _check(rule.site, values)
    rule.name, rule.severity, rule.kind = values.name.strip(), values.severity, values.kind
    rule.definition, rule.auto_clear = dict(values.definition), values.auto_clear
    rule.device_kind, rule.lot = values.device_kind, values.lot
    rule.building, rule.unit = values.building, values.unit
    rule.version += 1
    rule.changed_at = clock.now()
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise Rejection(
            "name", "name_taken", _("another rule has this name"), _("choose another name")
        ) from error
    rule.devices.set(values.devices)
    AlarmRuleVersion.objects.create(
        rule=rule,
        number=rule.version,
        values=shown_values(rule),
        changed_at=rule.changed_at,
        changed_by=actor,
    )
    _announce(rule)


def _check(site: Site, values: Values) -> None:
    if not values.name.strip():
        raise Rejection(
            "name", "missing", pgettext("of a thing", "a name is required"), _("enter a short name")
        )
    if values.severity not in Severity:
        raise Rejection(
            "severity", "not_a_choice", _("unknown severity"), validation.listed(Severity.labels)
        )
    if not kinds.get(values.kind).for_rules:
        raise Rejection(
            "kind", "not_a_choice", _("unknown kind of incident"), _("choose one of the list")
        )
    try:
        rule = parsing.parse(values.definition, site.timezone)
    except RuleError as error:
        raise rule_error(error) from error
    for kind in rule.kinds:
        if not observables.is_known(kind):
            raise rule_error(RuleError("condition.kind", "kind_unknown", value=kind))
    if len({observables.source_of(kind) for kind in rule.kinds}) > 1:
        raise rule_error(RuleError("condition.kind", "sources_differ"))
    _check_places(site, values)


def _check_places(site: Site, values: Values) -> None:
    if len(values.places) > 1:
        raise Rejection(
            "building",
            "two_places",
            _("a rule is limited to one place"),
            _("choose a car park, a building or a unit"),
        )
    belonging = [*(device.site_id for device in values.devices)]
    belonging += [place.site.pk for place in values.places]
    if any(pk != site.pk for pk in belonging):
        raise Rejection(
            "devices", "other_site", _("this belongs to another site"), _("choose one of this site")
        )


def _locked(rule: AlarmRule) -> AlarmRule:
    # Not only its own values: evaluation that inserts states of the rule waits for this lock.
    rows = AlarmRule.objects.select_for_update(of=("self",)).select_related(
        "site", "lot", "building", "unit__building"
    )
    return rows.get(pk=rule.pk)


def _start(rule: AlarmRule) -> None:
    """Watch from now on; the past raises no alarm."""
    rule.watch_from = rule.changed_at = clock.now()
    rule.save(update_fields=["enabled", "watch_from", "changed_at"])
    timers.watch_silence(index.watching(rule), rule.watch_from)
    index.forget()
    _announce(rule)


def _stop(rule: AlarmRule) -> None:
    """Forget what was watched, and clear the incidents."""
    AlarmState.objects.filter(rule=rule).delete()
    AlarmPeriod.objects.filter(rule=rule, ended_at=None).update(ended_at=clock.now())
    current = ~Q(state__in=Incident.ENDED) | Q(merged_into__isnull=False)
    active = Incident.objects.filter(current, rule=rule, source_cleared=False)
    by_kind: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for kind, source in active.values_list("kind", "source"):
        by_kind[kind].append((rule.site_id, source))
    for kind, causes in by_kind.items():
        services.clear_all(kind, causes)
    index.forget()
    _announce(rule)


def _announce(rule: AlarmRule) -> None:
    live.announce(topics.ALARM_RULE, rule.site_id, rule.pk)
