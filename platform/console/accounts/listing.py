"""Residents' access, requests and invitations, as lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from core import clock
from core.models import Site, User
from core.undo import Changes
from people.accounts import bindings, invitations, requests
from people.models import Binding, ResidentInvitation, ResidentRequest
from people.permissions import PeoplePermission
from people.selectors import running
from ui.forms import ConfirmForm
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    search_filter,
)

_PERMISSION = PeoplePermission.MANAGE_ACCOUNTS
_OPEN, _ACCEPTED, _ENDED = "open", "accepted", "ended"


class NameFilter(ListFilter):
    """Filters by the person's name and the state."""

    private = frozenset({"q"})

    q = search_filter(pgettext_lazy("of a person", "Name"))


class AccessFilter(NameFilter):
    """Filters of residents' access."""

    state = choice_filter(_("State"), Binding.State.choices)


class RequestFilter(NameFilter):
    """Filters of residents' requests."""

    kind = choice_filter(_("Kind"), ResidentRequest.Kind.choices)
    state = choice_filter(_("State"), ResidentRequest.State.choices)


class InvitationFilter(NameFilter):
    """Filters of residents' invitations."""

    state = choice_filter(
        _("State"),
        [
            (_OPEN, pgettext_lazy("invitation", "open")),
            (_ACCEPTED, _("accepted")),
            (_ENDED, _("ended")),
        ],
    )


def _named(_site: Site, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(person__name__icontains=text)


def _in_state(_site: Site, rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    accepted = ~Q(accepted_at=None)
    ended = Q(accepted_at=None) & (~Q(revoked_at=None) | Q(expires_at__lte=clock.now()))
    return rows.filter({_ACCEPTED: accepted, _ENDED: ended}.get(state, ~accepted & ~ended))


def _decide_accesses(state: str) -> Any:
    def perform(
        _site: Site, actor: User, rows: Sequence[Binding], _data: Mapping[str, Any]
    ) -> Changes:
        return bindings.decide_all(rows, actor, state)

    return perform


def _end_accesses(
    _site: Site, actor: User, rows: Sequence[Binding], _data: Mapping[str, Any]
) -> Mapping[int, Any]:
    return bindings.end_all(rows, actor)


def _decide_requests(*, approved: bool) -> Any:
    def perform(
        _site: Site, actor: User, rows: Sequence[ResidentRequest], _data: Mapping[str, Any]
    ) -> Mapping[int, Any]:
        return requests.decide_all(rows, actor, approved=approved)

    return perform


def _revoke_invitations(
    _site: Site, actor: User, rows: Sequence[ResidentInvitation], _data: Mapping[str, Any]
) -> Mapping[int, Any]:
    return invitations.revoke_all(rows, actor)


_PERSON = Column("person", _("Person"), lambda row: row.person.name, fixed=True)
_HOME = Column("home", _("Unit"), lambda row: row.person.homes)
_STATE = Column("state", _("State"), lambda row: row.get_state_display())
_REQUESTED = Column("requested", _("Requested"), lambda row: row.requested_at, sort="requested_at")
_DECIDED = Column("decided", _("Decided"), lambda row: row.decided_at)


def _action(
    name: str, label: Any, question: Any, consequence: Any, perform: Any, **more: Any
) -> Any:
    return BulkAction(
        name=name,
        label=label,
        permission=_PERMISSION,
        question=question,
        consequence=consequence,
        perform=perform,
        form=ConfirmForm,
        done=lambda n: ngettext("%(n)s row changed.", "%(n)s rows changed.", n) % {"n": n},
        **more,
    )


ACCESSES = Listing(
    name="accesses",
    title=pgettext_lazy("to a home", "Access"),
    rows=lambda site: (
        Binding.objects.filter(site=site)
        .select_related("person__site", "user__resident_account")
        .prefetch_related(running(site, "person"))
    ),
    columns=(
        _PERSON,
        _HOME,
        Column(
            "user",
            pgettext_lazy("signing in", "Account"),
            lambda row: row.user.email or row.user.username,
        ),
        _STATE,
        _REQUESTED,
        _DECIDED,
        Column("by", _("By"), lambda row: row.ended_by or row.decided_by),
    ),
    row_template="console/accounts/access_row.html",
    sort="-requested",
    filters=AccessFilter,
    lookups={"q": _named, "state": "state"},
    first_query={"state": "pending"},
    presets=(
        Preset(_("Waiting"), {"state": "pending"}, bindings.waiting_at),
        Preset(_("In force"), {"state": "approved"}),
        Preset(_("All"), {}),
    ),
    actions=(
        _action(
            "approve",
            _("Approve"),
            lambda n: ngettext("Approve %(n)s access", "Approve %(n)s accesses", n) % {"n": n},
            _("They can use the portal for that person at once."),
            _decide_accesses(Binding.State.APPROVED),
            undo=bindings.reopen_all,
        ),
        _action(
            "refuse",
            _("Refuse"),
            lambda n: ngettext("Refuse %(n)s access", "Refuse %(n)s accesses", n) % {"n": n},
            _("Only requests that wait are refused."),
            _decide_accesses(Binding.State.REFUSED),
            tone="danger-soft",
            undo=bindings.reopen_all,
        ),
        _action(
            "end",
            _("End access"),
            lambda n: ngettext("End %(n)s access", "End %(n)s accesses", n) % {"n": n},
            _("They no longer see the home in the portal. The account stays."),
            _end_accesses,
            tone="danger-soft",
        ),
    ),
    actions_url="console:bulk_accesses",
    empty=_("No access yet. Invite residents, or let them ask for access in the portal."),
    first_step=FirstStep(_("Invite a resident"), "console:invite_any_resident", _PERMISSION),
)

REQUESTS = Listing(
    name="resident_requests",
    title=_("Requests"),
    rows=lambda site: (
        ResidentRequest.objects.filter(site=site)
        .select_related("person__site", "unit__building")
        .prefetch_related(running(site, "person"))
    ),
    columns=(
        _PERSON,
        _HOME,
        Column("kind", _("Kind"), lambda row: row.get_kind_display()),
        Column("plate", _("Plate"), lambda row: row.plate),
        _STATE,
        _REQUESTED,
        _DECIDED,
        Column("acts", _("Actions"), None, fixed=True),
    ),
    row_template="console/accounts/request_row.html",
    sort="-requested",
    filters=RequestFilter,
    lookups={"q": _named, "kind": "kind", "state": "state"},
    first_query={"state": "waiting"},
    presets=(
        Preset(_("Waiting"), {"state": "waiting"}, requests.waiting_at),
        Preset(_("All"), {}),
    ),
    actions=(
        _action(
            "approve",
            _("Approve"),
            lambda n: ngettext("Approve %(n)s request", "Approve %(n)s requests", n) % {"n": n},
            _("The cars are registered from now on. Requests to erase data are left out."),
            _decide_requests(approved=True),
        ),
        _action(
            "refuse",
            _("Refuse"),
            lambda n: ngettext("Refuse %(n)s request", "Refuse %(n)s requests", n) % {"n": n},
            _("The residents see it in the portal."),
            _decide_requests(approved=False),
            tone="danger-soft",
        ),
    ),
    actions_url="console:bulk_requests",
    empty=_("No requests yet. Cars that need approval and requests to erase data stand here."),
)

INVITATIONS = Listing(
    name="resident_invitations",
    title=_("Invitations"),
    rows=lambda site: (
        ResidentInvitation.objects.filter(site=site)
        .select_related("person__site", "invited_by")
        .prefetch_related(running(site, "person"))
    ),
    columns=(
        _PERSON,
        _HOME,
        Column("email", _("E-mail"), lambda row: row.email),
        Column("state", _("State"), lambda row: state_of(row)[1]),
        Column("created", _("Invited"), lambda row: row.created_at, sort="created_at"),
        Column("by", _("By"), lambda row: row.invited_by.display_name),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    row_template="console/accounts/invitation_row.html",
    sort="-created",
    filters=InvitationFilter,
    lookups={"q": _named, "state": _in_state},
    first_query={"state": _OPEN},
    presets=(
        Preset(pgettext_lazy("invitation", "Open"), {"state": _OPEN}),
        Preset(_("All"), {}),
    ),
    actions=(
        _action(
            "revoke",
            _("Revoke"),
            lambda n: ngettext("Revoke %(n)s invitation", "Revoke %(n)s invitations", n) % {"n": n},
            _("Their links and codes are not valid any more."),
            _revoke_invitations,
            tone="danger-soft",
        ),
    ),
    actions_url="console:bulk_invitations",
    prepare=lambda rows: [{"row": row, "state": state_of(row)} for row in rows],
    empty=_("No invitations yet."),
    first_step=FirstStep(_("Invite a resident"), "console:invite_any_resident", _PERMISSION),
)


def state_of(row: ResidentInvitation) -> tuple[str, str]:
    """Return the tone and the text of an invitation's state."""
    if row.accepted_at is not None:
        return "go", str(_("accepted"))
    if row.revoked_at is not None:
        return "mute", str(_("revoked"))
    if row.expires_at <= clock.now():
        return "mute", str(_("expired"))
    if not row.code_digest and row.sent_at is None:
        return "wait", str(_("being sent"))
    return "wait", str(pgettext_lazy("invitation", "open"))
