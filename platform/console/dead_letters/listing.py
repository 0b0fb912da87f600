"""The list of rejected messages: filters, and replaying or discarding several of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.models import Site, User
from core.undo import Changes
from devices import replays, selectors, services
from devices.dead_letters import KEPT_OF_SITE
from devices.models import DeadLetter
from devices.permissions import DevicePermission
from devices.topics import DEAD_LETTER
from ui.forms import ConfirmForm, LocalTime
from ui.lists import BulkAction, Column, ListFilter, Listing, Preset, choice_filter, conditions
from ui.lists.cells import RowPage, link, state
from ui.templatetags.gatehouse import moment

_OPEN, _REPLAYED, _DISCARDED = "open", "replayed", "discarded"
_STATES = {
    _OPEN: Q(replayed_at=None, discarded_at=None),
    _REPLAYED: Q(replayed_at__isnull=False),
    _DISCARDED: Q(discarded_at__isnull=False),
}


class LetterFilter(ListFilter):
    """Filters of rejected messages; the code of a device may be one that is not registered."""

    device = forms.CharField(label=_("Device"), required=False, max_length=60)
    state = choice_filter(
        _("State"),
        [(_OPEN, _("waiting")), (_REPLAYED, _("replayed")), (_DISCARDED, _("discarded"))],
    )
    field = forms.CharField(label=_("Field at fault"), required=False, max_length=120)
    message = forms.CharField(label=_("Reason"), required=False, max_length=400)
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)


def _of_device(site: Site, rows: QuerySet[DeadLetter], code: str) -> QuerySet[DeadLetter]:
    device = selectors.devices_of(site).filter(code=code).first()
    if device is not None:
        return selectors.dead_letters_of_device(rows, device)
    return rows.filter(topic__contains=code)


def _state(letter: DeadLetter) -> object:
    if letter.replayed_at:
        return _("replayed")
    return _("discarded") if letter.discarded_at else _("waiting")


def _tone(letter: DeadLetter) -> str:
    if letter.replayed_at:
        return "go"
    return "" if letter.discarded_at else "wait"


def _received(letter: DeadLetter, page: RowPage) -> SafeString:
    return link(page.address("console:dead_letter", letter.pk), moment(letter.received_at, "date"))


def _reason(letter: DeadLetter) -> str:
    return f"{letter.field}: {letter.texts.message}"


def _replay(
    site: Site, actor: User, rows: Sequence[DeadLetter], _data: Mapping[str, Any]
) -> Mapping[int, Any]:
    chosen = DeadLetter.objects.filter(pk__in=[letter.pk for letter in rows])
    run = replays.start(site, chosen, actor)
    return dict.fromkeys(chosen.filter(replay=run).values_list("pk", flat=True))


def _discard(
    _site: Site, actor: User, rows: Sequence[DeadLetter], _data: Mapping[str, Any]
) -> Changes:
    return services.discard_dead_letters(rows, actor)


REPLAY = BulkAction(
    name="replay",
    label=_("Replay"),
    permission=DevicePermission.REPLAY_DEAD_LETTERS,
    question=lambda n: ngettext("Replay %(n)s message", "Replay %(n)s messages", n) % {"n": n},
    consequence=_(
        "Each is processed with the time it was received. Messages rejected again "
        "stay in the list with the new reason."
    ),
    perform=_replay,
    form=ConfirmForm,
    done=lambda n: (
        ngettext("Replay of %(n)s message started.", "Replay of %(n)s messages started.", n)
        % {"n": n}
    ),
    events=("live:replay", "live:dead_letter"),
    most_rows=KEPT_OF_SITE,
)
DISCARD = BulkAction(
    name="discard",
    label=_("Discard"),
    permission=DevicePermission.REPLAY_DEAD_LETTERS,
    question=lambda n: ngettext("Discard %(n)s message", "Discard %(n)s messages", n) % {"n": n},
    consequence=_("They remain in the list of all rejected messages."),
    perform=_discard,
    form=ConfirmForm,
    done=lambda n: ngettext("%(n)s message discarded.", "%(n)s messages discarded.", n) % {"n": n},
    tone="danger-soft",
    events=("live:dead_letter",),
    undo=services.restore_dead_letters,
)

DEAD_LETTERS = Listing(
    name="dead_letters",
    title=_("Rejected messages"),
    rows=lambda site: selectors.dead_letters(site).defer("payload"),
    columns=(
        Column("received", _("Received"), lambda x: x.received_at, sort="received_at", fixed=True),
        Column("topic", _("Topic"), lambda letter: letter.topic),
        Column("reason", _("Reason"), _reason, prose=True),
        Column("equal", _("Equal messages"), lambda x: x.occurrences, numeric=True),
        Column("size", _("Bytes"), lambda letter: letter.size, numeric=True),
        Column("state", _("State"), _state),
    ),
    cells={
        "received": _received,
        "topic": lambda letter, _page: format_html('<code class="topic">{}</code>', letter.topic),
        "reason": lambda letter, _page: format_html(
            "<span><b>{}</b> {}</span>", letter.field, letter.texts.message
        ),
        "equal": lambda letter, _page: letter.occurrences if letter.occurrences > 1 else "",
        "state": lambda letter, _page: state(_state(letter), _tone(letter)),
    },
    sort="-received",
    filters=LetterFilter,
    lookups={
        "device": _of_device,
        "state": conditions(_STATES),
        "field": "field",
        "message": "message",
        "since": "received_at__gte",
        "until": "received_at__lt",
    },
    first_query={"state": _OPEN},
    presets=(
        Preset(_("Waiting"), {"state": _OPEN}, selectors.open_letters),
        Preset(_("Discarded"), {"state": _DISCARDED}),
        Preset(_("All"), {}),
    ),
    actions=(REPLAY, DISCARD),
    actions_url="console:bulk_letters",
    topics=(DEAD_LETTER.name,),
    steady=True,
    refreshed=("reasons",),
    empty=_("No rejected messages: what the devices sent was processed."),
)

# Their topics name no site, so only the installation's staff may see them.
OF_NO_SITE = replace(
    DEAD_LETTERS,
    name="dead_letters_of_no_site",
    title=_("Rejected messages of no site"),
    rows=lambda _site: selectors.dead_letters(None).defer("payload"),
    presets=(Preset(_("Waiting"), {"state": _OPEN}), Preset(_("All"), {})),
    actions=(),
)


def reasons(listing: Listing, site: Site, criteria: Mapping[str, Any]) -> list[selectors.Reason]:
    """Return the most frequent reasons among what the other filters let through."""
    others = {name: value for name, value in criteria.items() if name not in ("field", "message")}
    return selectors.reasons_of(listing.narrow(site, listing.rows(site), others))
