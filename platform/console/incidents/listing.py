"""The list of incidents: columns, filters and what can be done with several at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from core.models import Site, User
from core.undo import Changes
from incidents import kinds, selectors, services
from incidents.models import Incident
from incidents.permissions import IncidentPermission
from incidents.topics import INCIDENT
from ui.forms import ConfirmForm, LocalTime
from ui.lists import (
    BulkAction,
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    containing,
)
from ui.lists.cells import RowPage, link, shows, shows_moment, state
from ui.query_params import whole_number
from ui.templatetags.gatehouse import plate

_ACTIVE, _NOBODY, _HIDDEN = "active", "nobody", "hidden"
_IS_ACTIVE = ~Q(state__in=Incident.ENDED)
_STATES = dict(Incident.State.choices)
_SEVERITIES = dict(Incident.Severity.choices)
_TONES: dict[str, str] = {
    Incident.State.DETECTED: "stop",
    Incident.State.TRIAGE: "wait",
    Incident.State.CONFIRMED: "stop",
}


class IncidentFilter(ListFilter):
    """Filters of incidents."""

    kind = choice_filter(_("Kind"), kinds.choices())
    severity = choice_filter(_("Severity"), Incident.Severity.choices)
    state = choice_filter(
        _("State"),
        [(_ACTIVE, _("active")), (_HIDDEN, _("hidden by another")), *Incident.State.choices],
    )
    device = forms.CharField(label=_("Device"), required=False, max_length=60)
    place = forms.CharField(label=_("Place"), required=False, max_length=60)
    owner = choice_filter(_("Owner"))
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)

    def set_choices(self, site: Site) -> None:
        """Offer those who have had an incident."""
        assigned = Incident.objects.filter(site=site).exclude(assigned_to=None).order_by()
        people = User.objects.filter(pk__in=assigned.values("assigned_to"))
        named = sorted((each.display_name, str(each.pk)) for each in people)
        self.offer("owner", [(_NOBODY, _("nobody's")), *((key, name) for name, key in named)])


def _acknowledge(
    _site: Site, actor: User, rows: Sequence[Incident], _data: Mapping[str, Any]
) -> Changes:
    return services.acknowledge_all(rows, actor)


ACKNOWLEDGE = BulkAction(
    name="acknowledge",
    label=_("Acknowledge"),
    permission=IncidentPermission.VIEW_INCIDENTS,
    question=lambda n: (
        ngettext("Acknowledge %(n)s incident", "Acknowledge %(n)s incidents", n) % {"n": n}
    ),
    consequence=_("Each is recorded as seen by you, and a new one is under review from now on."),
    perform=_acknowledge,
    form=ConfirmForm,
    done=lambda n: (
        ngettext("%(n)s incident acknowledged.", "%(n)s incidents acknowledged.", n) % {"n": n}
    ),
    events=("live:incident",),
    undo=services.withdraw_acknowledgements,
)


def _kind(incident: Incident, page: RowPage) -> SafeString:
    return link(page.address("console:incident", incident.pk), capfirst(_title(incident)))


def _title(incident: Incident) -> str:
    """Return what it is called; the labels are looked up, since a list has hundreds of rows."""
    return incident.rule.name if incident.rule else incident.get_kind_display()


def _plate(incident: Incident, _page: RowPage) -> str:
    return plate(incident.watch_entry.plate) if incident.watch_entry else ""


def _state(incident: Incident, _page: RowPage) -> SafeString:
    shown = state(_STATES[incident.state], _TONES.get(incident.state, ""))
    notes = [_("exercise")] if incident.exercise else []
    if incident.late:
        notes.append(_("late"))
    if incident.cleared:
        notes.append(_("cause cleared"))
    if incident.merged_into_id:
        notes.append(_("merged"))
    if incident.inhibited_by_id:
        notes.append(_("hidden by another"))
    elif incident.mute and not incident.late:
        notes.append(_("muted"))
    for note in notes:
        shown = format_html('{} <span class="small muted">{}</span>', shown, note)
    return shown


def _owner(incident: Incident) -> str:
    owner = incident.assigned_to or incident.acked_by
    return owner.display_name if owner else ""


def _owned(rows: QuerySet[Incident], key: str) -> QuerySet[Incident]:
    if key == _NOBODY:
        return rows.filter(assigned_to=None)
    return rows.filter(assigned_to=whole_number(key))


INCIDENTS = Listing(
    name="incidents",
    title=_("Incidents"),
    rows=selectors.with_devices,
    columns=(
        Column("kind", _("Kind"), lambda incident: incident.title, fixed=True),
        Column("device", _("Device"), lambda incident: incident.device_code or ""),
        Column("plate", _("Plate"), lambda i: i.watch_entry.plate if i.watch_entry else ""),
        Column("severity", _("Severity"), lambda incident: incident.get_severity_display()),
        Column("place", _("Place"), lambda incident: incident.place),
        Column("owner", _("Owner"), lambda incident: _owner(incident)),
        Column("state", _("State"), lambda incident: incident.get_state_display()),
        Column("first", _("First"), lambda incident: incident.first_at),
        Column("last", _("Last"), lambda incident: incident.last_at, sort="last_at"),
        Column(
            "occurrences",
            pgettext_lazy("number", "Occurrences"),
            lambda i: i.occurrences,
            numeric=True,
        ),
    ),
    cells={
        "kind": _kind,
        "plate": _plate,
        "severity": shows(lambda incident: _SEVERITIES[incident.severity]),
        "state": _state,
        "first": shows_moment(lambda incident: incident.first_at),
        "last": shows_moment(lambda incident: incident.last_at),
    },
    sort="-last",
    filters=IncidentFilter,
    lookups={
        "kind": "kind",
        "severity": "severity",
        "state": conditions(
            {
                _ACTIVE: _IS_ACTIVE & Q(inhibited_by=None),
                _HIDDEN: _IS_ACTIVE & Q(inhibited_by__isnull=False),
            },
            "state",
        ),
        "since": "last_at__gte",
        "until": "first_at__lt",
        "place": containing("place"),
        "owner": lambda _site, rows, key: _owned(rows, key),
        "device": lambda site, rows, code: selectors.of_device(rows, site, code),
    },
    first_query={"state": _ACTIVE},
    presets=(
        Preset(_("Active"), {"state": _ACTIVE}, selectors.active),
        Preset(_("Not acknowledged"), {"state": Incident.State.DETECTED}),
        Preset(_("All"), {}),
    ),
    actions=(ACKNOWLEDGE,),
    actions_url="console:bulk_incidents",
    topics=(INCIDENT.name,),
    empty=_("No incidents yet. An alarm of a device or a watch-listed plate raises one."),
)
