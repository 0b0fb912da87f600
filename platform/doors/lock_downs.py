"""Lock-downs that two people decide: one asks, another one confirms."""

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, clock, live, notifications, validation
from core.errors import Rejection
from core.models import User
from core.notifications import Notice, NoticeKind
from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity
from doors import release
from doors.models import LockDownRequest
from doors.permissions import DoorPermission
from doors.topics import ALERT
from estate.models import DoorGroup
from people.staff import holders_of

State = LockDownRequest.State
WAITING = notifications.declare(
    NoticeKind(
        "lock_down_waits",
        gettext_lazy("Lock-downs that wait for a second person"),
        DoorPermission.OPEN_DOORS,
        texts={
            "waits": gettext_lazy("A lock-down waits for a second person"),
            "confirmed": gettext_lazy("The lock-down was confirmed"),
            "declined": gettext_lazy("The lock-down was declined"),
            "group": gettext_lazy("%(group)s: %(reason)s"),
        },
        defaults={MAIL: None, PUSH: Severity.MINOR, SMS: None},
    )
)


@transaction.atomic
def request(group: DoorGroup, actor: User, reason: str) -> LockDownRequest:
    """Ask for a lock-down of a group, and notify those who may confirm it.

    Raises:
        Rejection: no reason is given, one waits already, or the group is locked down.
    """
    validation.require_reason(reason)
    if _is_locked(group):
        raise _rejection("is_locked", _("these doors are locked down already"))
    made = LockDownRequest(group=group, reason=reason.strip(), requested_by=actor)
    made.requested_at = clock.now()
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise _rejection("waits", _("a lock-down of these doors waits already")) from None
    _record(made, actor, "request lock-down", reason=made.reason)
    _notify(made)
    return made


@transaction.atomic
def confirm(request: LockDownRequest, actor: User) -> None:
    """Confirm a lock-down, which begins.

    Raises:
        Rejection: the person has asked for it, or it was decided meanwhile.
    """
    found = _waiting(request)
    release.begin_lock_down(found.group, found.requested_by, actor, found.reason)
    _decide(found, actor, State.CONFIRMED)


@transaction.atomic
def decline(request: LockDownRequest, actor: User) -> None:
    """Decline a lock-down; who has asked for it may withdraw it by this.

    Raises:
        Rejection: it was decided meanwhile.
    """
    found = _waiting(request)
    _decide(found, actor, State.DECLINED)
    _record(found, actor, "decline lock-down")


def _waiting(request: LockDownRequest) -> LockDownRequest:
    rows = LockDownRequest.objects.select_for_update(of=("self",))
    found = rows.select_related("group__site", "requested_by").get(pk=request.pk)
    if found.state != State.WAITING:
        raise _rejection("was_decided", _("somebody has decided about it meanwhile"))
    return found


def _decide(request: LockDownRequest, actor: User, state: State) -> None:
    request.state, request.decided_by, request.decided_at = state, actor, clock.now()
    request.save(update_fields=["state", "decided_by", "decided_at"])
    live.announce(ALERT, request.group.site_id, request.group_id)
    notifications.resolve(_key(request), title=str(state), text="group", params=_params(request))


def _is_locked(group: DoorGroup) -> bool:
    return DoorGroup.objects.filter(pk=group.pk, state__locked_since__isnull=False).exists()


def _rejection(code: str, text: str) -> Rejection:
    return Rejection("group", code, text, _("reload the page"))


def _record(request: LockDownRequest, actor: User, action: str, **detail: object) -> None:
    group = request.group
    audit.record(group.site, actor, action, ("door_group", group.pk), code=group.code, **detail)
    live.announce(ALERT, group.site_id, group.pk)


def _notify(request: LockDownRequest) -> None:
    site = request.group.site
    others = holders_of(site, DoorPermission.OPEN_DOORS)
    notifications.notify(
        Notice(
            kind=WAITING.code,
            severity=Severity.SEVERE,
            group_key=_key(request),
            recipients=[user for user in others if user.pk != request.requested_by_id],
            site=site,
            title="waits",
            text="group",
            params=_params(request),
            path=reverse("console:doors", args=[site.slug]),
            urgent=True,
        )
    )


def _key(request: LockDownRequest) -> str:
    return f"lock_down:{request.pk}"


def _params(request: LockDownRequest) -> dict[str, str]:
    return {"group": request.group.name, "reason": request.reason}
