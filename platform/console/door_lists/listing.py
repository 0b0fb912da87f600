"""The entries of one device's list: columns and filters."""

from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from devices.models import Device
from doors.device_lists import selectors
from doors.device_lists.labels import reason_of
from doors.models import DeviceEntry
from doors.topics import DEVICE_LIST
from people.permissions import PeoplePermission
from ui.lists import (
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, in_two_lines, link, shows_moment, state
from ui.templatetags.gatehouse import moment

State = DeviceEntry.State
_CURRENT, _WAITING, _STUCK = "current", "waiting", "stuck"
_NEEDS_SOMEBODY = (State.FAILED, State.IMPOSSIBLE, State.NEEDS_PHOTO)
_TONES = {
    State.ON_DEVICE: "go",
    State.WANTED: "wait",
    State.REMOVING: "wait",
    State.FAILED: "stop",
    State.IMPOSSIBLE: "stop",
    State.NEEDS_PHOTO: "stop",
}


class EntryFilter(ListFilter):
    """Filters of the entries of a device."""

    private = frozenset({"q"})

    q = search_filter(_("Person or card number"))
    state = choice_filter(
        _("State"),
        [
            (_CURRENT, _("all but deleted")),
            (_WAITING, _("to be loaded or deleted")),
            (_STUCK, _("needs somebody")),
            *State.choices,
        ],
    )


def _key(entry: DeviceEntry) -> str:
    """Return under which number the device knows it; those that can't be loaded have none."""
    return "" if entry.key.startswith("-") else entry.key


def _card(entry: DeviceEntry) -> str:
    return str(entry.loaded.get("card") or entry.content.get("card") or "")


def _person(entry: DeviceEntry, page: RowPage) -> object:
    if entry.person is None:
        return _("deleted person")
    if PeoplePermission.VIEW_PEOPLE not in page.permissions:
        return entry.person.name
    return link(page.address("console:person", entry.person.pk), entry.person.name)


def _state(entry: DeviceEntry, _page: RowPage) -> object:
    shown = state(entry.get_state_display(), _TONES.get(State(entry.state), ""))
    return in_two_lines(shown, reason_of(entry.reason))


def _answer(entry: DeviceEntry, _page: RowPage) -> object:
    return in_two_lines(entry.answer, moment(entry.answered_at, "both"))


def _acts(entry: DeviceEntry, page: RowPage) -> object:
    shown: list[object] = []
    if entry.state in (State.FAILED, State.NEEDS_PHOTO, State.WANTED, State.REMOVING):
        address = page.address("console:send_list_entry_again", entry.pk)
        shown.append(dialog_button(address, _("Try again")))
    if entry.state == State.IMPOSSIBLE and entry.reason == "profile":
        address = page.address("console:widen_list_entry", entry.pk)
        shown.append(dialog_button(address, _("At all times")))
    return format_html_join("", "{}", ((each,) for each in shown))


def _matching(site: Site, rows: QuerySet[DeviceEntry], text: str) -> QuerySet[DeviceEntry]:
    return rows.filter(Q(person__name__icontains=text) | Q(key=text) | Q(content__card=text))


_ENTRIES = Listing(
    name="door_list_entries",
    title=_("Lists on devices"),
    rows=lambda site: DeviceEntry.objects.filter(site=site).select_related("person"),
    columns=(
        Column("person", _("Person"), lambda e: e.person.name if e.person else "", fixed=True),
        Column("key", _("Number on the device"), _key, sort="key", numbered=True),
        Column("card", _("Card number"), _card),
        Column("state", _("State"), lambda e: e.get_state_display()),
        Column("reason", _("Reason"), lambda e: reason_of(e.reason), exported=True),
        Column("answer", _("Answer of the device"), lambda e: e.answer, prose=True),
        Column("answered", _("Answered"), lambda e: e.answered_at, exported=True),
        Column("changed", pgettext_lazy("an entry", "Changed"), lambda e: e.changed_at),
        Column("used", _("Last used"), lambda e: e.used_at),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "person": _person,
        "state": _state,
        "answer": _answer,
        "changed": shows_moment(lambda entry: entry.changed_at, "both"),
        "used": shows_moment(lambda entry: entry.used_at, "both"),
        "acts": _acts,
    },
    sort="key",
    filters=EntryFilter,
    lookups={
        "q": _matching,
        "state": conditions(
            {
                _CURRENT: ~Q(state=State.GONE),
                _WAITING: Q(state__in=[State.WANTED, State.REMOVING]),
                _STUCK: Q(state__in=_NEEDS_SOMEBODY),
            },
            "state",
        ),
    },
    first_query={"state": _CURRENT},
    topics=(DEVICE_LIST.name,),
    steady=True,
    refreshed=("device-list",),
    empty=_("Nobody has a right at the doors of this device, so nothing is on its list."),
)


def entries_listing(device: Device) -> Listing:
    """Return the list of a device's entries, with the numbers of each state."""

    def own(*states: str) -> Any:
        return lambda _site: selectors.entries(device).filter(state__in=states)

    presets = (
        Preset(_("All but deleted"), {"state": _CURRENT}),
        Preset(State.ON_DEVICE.label, {"state": State.ON_DEVICE}, own(State.ON_DEVICE)),
        Preset(
            _("To be loaded or deleted"),
            {"state": _WAITING},
            own(State.WANTED, State.REMOVING),
        ),
        Preset(_("Needs somebody"), {"state": _STUCK}, own(*_NEEDS_SOMEBODY)),
    )
    return replace(_ENTRIES, rows=lambda _site: selectors.entries(device), presets=presets)
