"""What residents' accounts hold of a person: a part of what this room exports and erases."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from core import holdings
from core.holdings import Identity, Row
from core.models import Notification, User
from core.sign_in import end_sessions
from people.models import (
    Binding,
    Delegation,
    Membership,
    NotificationChoice,
    NotificationSettings,
    Passkey,
    PersonExport,
    PushSubscription,
    ResidentAccount,
    ResidentInvitation,
    ResidentRequest,
    SecondFactor,
    SignInCode,
    SignInSession,
)

_OF_ACCOUNT: tuple[type[Model], ...] = (
    NotificationChoice,
    NotificationSettings,
    Passkey,
    PushSubscription,
    ResidentAccount,
    SecondFactor,
    SignInSession,
)


def account_emails(person_id: int) -> tuple[str, ...]:
    """Return the addresses of the accounts that belong to a person alone."""
    users = _own_users(Q(pk__in=_bound_to(person_id)), person_id)
    return tuple(ResidentAccount.objects.filter(user__in=users).values_list("email", flat=True))


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield who acts for the person, their sessions, invitations, requests and switches."""
    person = {"person": identity.person_id}
    bound = Binding.objects.filter(**person).order_by("requested_at")
    yield (
        "portal access",
        holdings.rows_of(bound, "state", "requested_at", "decided_at", "ended_at"),
    )
    users = _own_users(Q(pk__in=_bound_to(identity.person_id)), identity.person_id)
    accounts = ResidentAccount.objects.filter(user__in=users)
    yield "accounts", holdings.rows_of(accounts, "email", "created_at")
    sessions = SignInSession.objects.filter(user__in=users)
    yield "sessions", holdings.rows_of(sessions, "browser", "address", "began_at", "seen_at")
    keys = Passkey.objects.filter(user__in=users)
    yield "passkeys", holdings.rows_of(keys, "name", "added_at", "used_at")
    yield from _notification_data(users)
    sent = ResidentInvitation.objects.filter(**person).order_by("created_at")
    yield "invitations", holdings.rows_of(sent, "email", "created_at", "accepted_at", "revoked_at")
    asked = ResidentRequest.objects.filter(**person).order_by("requested_at")
    yield "requests", holdings.rows_of(asked, "kind", "plate", "state", "requested_at")
    switches = ("unit__code", "may_pay", "may_invite_visitors", "may_see_bills")
    yield "household rights", holdings.rows_of(Delegation.objects.filter(**person), *switches)


def _notification_data(users: QuerySet[User]) -> Iterator[tuple[str, list[Row]]]:
    """Yield how the users are notified, by which browsers, and of what they were."""
    stored = NotificationSettings.objects.filter(user__in=users)
    yield "notification settings", holdings.rows_of(stored, "phone", "quiet_from", "quiet_until")
    browsers = PushSubscription.objects.filter(user__in=users)
    yield "push browsers", holdings.rows_of(browsers, "browser", "added_at", "used_at")
    got = Notification.objects.filter(recipient__in=users).order_by("created_at")
    yield "notifications", holdings.rows_of(got, "kind", "params", "created_at", "read_at")


def erase(identity: Identity) -> int:
    """Delete what is the person's, and close the accounts that are; return how many rows."""
    person = {"person": identity.person_id}
    emails = [email.lower() for email in identity.emails]
    condition = Q(pk__in=_bound_to(identity.person_id)) | Q(resident_account__email__in=emails)
    rows = 0
    for user in _own_users(condition, identity.person_id):
        rows += _close(user)
    for model in (Binding, Delegation, PersonExport, ResidentInvitation, ResidentRequest):
        rows += model._default_manager.filter(**person).delete()[0]
    addressed = ResidentInvitation.objects.filter(site=identity.site_id, email__in=emails)
    rows += addressed.delete()[0]
    rows += SignInCode.objects.filter(email__in=emails).delete()[0]
    return rows


def _bound_to(person_id: int) -> "QuerySet[Binding, Any]":
    """Return the users who act, or acted, for a person: not those who only asked to."""
    return (
        Binding.objects.filter(person=person_id)
        .exclude(decided_at=None)
        .exclude(state=Binding.State.REFUSED)
        .values("user")
    )


def _own_users(condition: Q, person_id: int) -> QuerySet[User]:
    """Return those of the users who act for no one else and are no staff."""
    others = Binding.objects.filter(user=OuterRef("pk"), state__in=Binding.OPEN)
    works = Membership.objects.filter(user=OuterRef("pk"))
    users = User.objects.filter(condition, ~Exists(others.exclude(person=person_id)))
    return users.filter(~Exists(works), is_superuser=False, is_active=True).distinct()


def _close(user: User) -> int:
    """Blank a user, whose name the audit log has: it says neither who it is nor what address."""
    end_sessions(user)
    rows = 1
    for model in _OF_ACCOUNT:
        rows += model._default_manager.filter(user=user).delete()[0]
    rows += Notification.objects.filter(recipient=user).delete()[0]
    user.email = user.first_name = user.last_name = ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    return rows
