"""Tell hosts who has come and gone, and those who approve visits that one waits."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.models import VisitorPass
from core import jobs
from core.models import User
from core.notifications import Notice, NoticeKind, declare, notify
from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity
from doors.permissions import DoorPermission
from people.accounts.homes import members_of
from people.models import Binding
from people.staff import holders_of

HOST = declare(
    NoticeKind(
        "visitors_of_host",
        _("Your visitors"),
        texts={
            "arrived": pgettext_lazy("a visitor", "%(name)s has arrived"),
            "left": pgettext_lazy("a visitor", "%(name)s has left"),
            "asks": pgettext_lazy("a visitor", "%(name)s asks to come in"),
            "where": _("%(place)s, %(reason)s"),
        },
        formats={"reason": lambda code: VisitorPass.Reason(code).label},
        defaults={MAIL: None, PUSH: Severity.MINOR, SMS: None},
    )
)
WAITING = declare(
    NoticeKind(
        "visit_waits",
        _("Visits that wait for approval"),
        DoorPermission.MANAGE_VISITORS,
        texts={
            "waits": _("A visit waits for approval"),
            "where": _("%(place)s, %(reason)s"),
        },
        formats={"reason": lambda code: VisitorPass.Reason(code).label},
        defaults={MAIL: None, PUSH: Severity.MINOR, SMS: None},
    )
)


def tell_host(visit: VisitorPass) -> None:
    """Tell the host after the commit that the visitor has come or gone."""
    if visit.host_id or visit.unit_id:
        what = "arrived" if visit.entered_at is not None else "left"
        jobs.enqueue(send_to_host, visit.pk, what)


def tell_of_request(visit: VisitorPass) -> None:
    """Tell those who may approve a visit that it waits."""
    if visit.unit_id and visit.asked_at_id and not visit.needs_guard:
        jobs.enqueue(send_to_host, visit.pk, "asks")
    else:
        jobs.enqueue(send_to_staff, visit.pk)


@jobs.job(queue=jobs.FAST)
def send_to_host(visit_id: int, what: str) -> int:
    """Notify the users who act for the host; return how many."""
    visit = _visit(visit_id)
    bindings = _bindings(visit) if visit is not None else []
    for binding in bindings:
        assert visit is not None  # noqa: S101 - without one there are no bindings
        path = reverse("portal:visitor", args=[binding.pk, visit.pk])
        _send(visit, HOST.code, what, [binding.user], path)
    return len(bindings)


@jobs.job(queue=jobs.FAST)
def send_to_staff(visit_id: int) -> int:
    """Notify those of the staff who may approve a visit; return how many."""
    visit = _visit(visit_id)
    if visit is None:
        return 0
    staff = holders_of(visit.site, DoorPermission.MANAGE_VISITORS)
    path = reverse("console:visits", args=[visit.site.slug]) + "?state=waiting"
    _send(visit, WAITING.code, "waits", list(staff), path)
    return len(staff)


def _send(visit: VisitorPass, kind: str, title: str, users: list[User], path: str) -> None:
    notify(
        Notice(
            kind=kind,
            severity=Severity.MINOR,
            group_key=f"visit:{visit.pk}:{title}",
            recipients=users,
            site=visit.site,
            title=title,
            text="where",
            params={
                "name": visit.visitor_name or visit.plate,
                "place": str(visit.unit or visit.company or visit.site.name),
                "reason": visit.reason,
            },
            path=path,
        )
    )


def _visit(visit_id: int) -> VisitorPass | None:
    rows = VisitorPass.objects.select_related("site", "unit__building", "company", "host")
    return rows.filter(pk=visit_id).first()


def _bindings(visit: VisitorPass) -> list[Binding]:
    """Return how users act for the host, or for those who may invite to the home."""
    if visit.host_id is not None:
        people = [visit.host_id]
    elif visit.unit is not None:
        members = members_of(visit.unit)
        people = [each.person.pk for each in members if "may_invite_visitors" in each.may]
    else:
        return []
    rows = Binding.objects.filter(person__in=people, state=Binding.State.APPROVED)
    found: dict[int, Binding] = {}
    for binding in rows.select_related("user").order_by("pk"):
        found.setdefault(binding.user_id, binding)
    return list(found.values())
