"""Invitations to a site's staff by mail: sent, sent again, revoked, accepted once.

The link is signed and stored nowhere: whoever reads the database can't accept an invitation. An
invitation ends when it expires, or when the person who sent it may not grant its roles any more.
"""

from collections.abc import Collection
from datetime import timedelta
from math import ceil

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core import audit, clock, outbox
from core.errors import Rejection
from core.models import OutboxMessage, Site, User
from core.notifications import Notice, notify
from core.permissions import may
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from core.severities import Severity
from core.sign_in import hashing_slot, require_strong
from people.authority import lock_staff
from people.colleagues import (
    chosen_roles,
    colleagues,
    require_address,
    require_roles_held,
    username_taken,
)
from people.models import Membership, StaffInvitation
from people.notices import STAFF
from people.permissions import PeoplePermission

INVITATION_MAIL = outbox.declare("invitation.mail")
VALID_FOR = timedelta(days=7)
# Ended invitations hold an address that is of no further use.
_DELETE_AFTER = timedelta(days=30)
_SALT = "people.invitations"
OF_SITE = Limit("invitations-of-site", free=50, first_s=30, longest_s=900, window_s=3600)
OF_RECEIVER = Limit("invitations-to", free=3, first_s=60, longest_s=3600, window_s=86_400)


@transaction.atomic
def invite_by_mail(
    site: Site,
    actor: User,
    *,
    name: str,
    email: str,
    roles: Collection[str],
    language: str,
) -> StaffInvitation:
    """Send an invitation; whether the address has an account elsewhere makes no difference.

    Args:
        roles: codes of the site's roles.
        language: of the mail.

    Raises:
        Rejection: a value is malformed, the actor lacks a permission that a role grants, the
            person belongs to the staff or is invited already, or too many mails were sent.
    """
    name, email = " ".join(name.split()), email.strip().lower()
    if not any(map(str.isalpha, name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter the person's name"))
    _require_invitable(site, email)
    granted = chosen_roles(site, roles)
    require_roles_held(site, actor, granted)
    count_mail(site, email)
    invitation = StaffInvitation.objects.create(
        site=site,
        name=name,
        email=email,
        roles=[role.code for role in granted],
        language=language,
        invited_by=actor,
        created_at=clock.now(),
        expires_at=clock.now() + VALID_FOR,
    )
    _queue_mail(invitation)
    subject = ("invitation", invitation.pk)
    audit.record(site, actor, "invite by mail", subject, roles=invitation.roles)
    return invitation


@transaction.atomic
def resend_invitation(invitation: StaffInvitation, actor: User) -> None:
    """Send an invitation again with a new link; the old one ends.

    Raises:
        Rejection: the invitation has ended, the actor lacks a permission that a role grants, or
            too many mails were sent.
    """
    invitation = _locked_open(invitation)
    site = invitation.site
    require_roles_held(site, actor, chosen_roles(site, invitation.roles))
    count_mail(site, invitation.email)
    invitation.serial += 1
    invitation.invited_by, invitation.sent_at = actor, None
    invitation.expires_at = clock.now() + VALID_FOR
    invitation.save(update_fields=["serial", "invited_by", "sent_at", "expires_at"])
    _queue_mail(invitation)
    audit.record(site, actor, "resend invitation", ("invitation", invitation.pk))


@transaction.atomic
def revoke_invitation(invitation: StaffInvitation, actor: User) -> None:
    """End an invitation: its link is not valid any more.

    Raises:
        Rejection: it has ended already.
    """
    invitation = _locked_open(invitation)
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    audit.record(invitation.site, actor, "revoke invitation", ("invitation", invitation.pk))


def open_invitations(site: Site) -> QuerySet[StaffInvitation]:
    """Return the invitations that were neither accepted nor revoked, the latest first."""
    waiting = StaffInvitation.objects.filter(site=site, accepted_at=None, revoked_at=None)
    return waiting.select_related("site", "invited_by").order_by("-created_at", "-pk")


def mail_problems(invitations: Collection[StaffInvitation]) -> dict[int, str]:
    """Return why the mails of invitations could not be sent yet, by invitation."""
    keys = {_mail_key(each): each.pk for each in invitations}
    unsent = OutboxMessage.objects.filter(key__in=keys, sent_at=None).exclude(last_error="")
    return {keys[message.key]: message.last_error for message in unsent}


def token_of(invitation: StaffInvitation) -> str:
    """Return what the link of an invitation carries."""
    return signing.dumps([invitation.pk, invitation.serial], salt=_SALT)


def invitation_of(token: str) -> StaffInvitation | None:
    """Return the invitation of a link; None unless it can be accepted now."""
    try:
        pk, serial = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    found = StaffInvitation.objects.select_related("site", "invited_by").filter(
        pk=pk, serial=serial, accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
    )
    invitation = found.first()
    return invitation if invitation and _is_still_granted(invitation) else None


def accept_with_new_account(token: str, username: str, password: str) -> User:
    """Create the account of an invited person, with the roles of the invitation.

    Raises:
        Rejection: the link is not valid any more, the user name is malformed or taken, or the
            password is too weak.
        ServerBusy: too many passwords are being checked.
    """
    with hashing_slot(known=True), transaction.atomic():
        invitation = _locked_of(token)
        username = username.strip()
        if User.objects.filter(username=username).exists():
            raise username_taken()
        user = User(username=username, first_name=invitation.name, email=invitation.email)
        user.language = invitation.language
        require_strong(user, password)
        user.set_password(password)
        _validate_account(user)
        user.save()
        _grant(invitation, user)
    return user


@transaction.atomic
def accept_with_account(token: str, user: User) -> None:
    """Grant the roles of an invitation to the account of the person who follows the link.

    Raises:
        Rejection: the link is not valid any more.
    """
    _grant(_locked_of(token), user)


def count_mail(site: Site, email: str) -> None:
    """Count an invitation against the limits of the site and of the receiver.

    Raises:
        Rejection: too many were sent.
    """
    try:
        count_attempt((OF_SITE, str(site.pk)), (OF_RECEIVER, email))
    except TooManyAttempts as error:
        text = _("too many invitations were sent")
        raise Rejection("email", "too_many", text, wait_hint(error)) from None


def wait_hint(error: TooManyAttempts) -> str:
    """Return the hint to wait after too many attempts."""
    return _("try again in %(minutes)s minutes") % {"minutes": ceil(error.wait_s / 60)}


def delete_ended() -> int:
    """Delete invitations that ended a month ago, and return how many there were."""
    ended = StaffInvitation.objects.filter(expires_at__lt=clock.now() - _DELETE_AFTER)
    return ended.delete()[0]


def _require_invitable(site: Site, email: str) -> None:
    require_address(email)
    if not email:
        raise Rejection(
            "email", "missing", _("an address is required"), _("enter it as name@example.com")
        )
    if colleagues(site).filter(email__iexact=email).exists():
        raise Rejection(
            "email",
            "is_colleague",
            _("this person belongs to the staff already"),
            _("change the roles on the person's page"),
        )
    lock_staff(site)
    if open_invitations(site).filter(email=email).exists():
        raise Rejection(
            "email",
            "is_invited",
            _("this person is invited already"),
            _("send the invitation again from the list, or revoke it"),
        )


def _queue_mail(invitation: StaffInvitation) -> None:
    message = {"invitation": invitation.pk, "serial": invitation.serial}
    outbox.put(INVITATION_MAIL, _mail_key(invitation), message)


def _mail_key(invitation: StaffInvitation) -> str:
    return f"invitation:{invitation.pk}:{invitation.serial}"


def _locked_open(invitation: StaffInvitation) -> StaffInvitation:
    rows = StaffInvitation.objects.select_for_update(of=("self",)).select_related("site")
    locked = rows.get(pk=invitation.pk)
    if locked.accepted_at or locked.revoked_at:
        raise Rejection(
            "invitation",
            "ended",
            _("this invitation was accepted or revoked meanwhile"),
            _("invite the person again if need be"),
        )
    return locked


def _locked_of(token: str) -> StaffInvitation:
    invitation = invitation_of(token)
    if invitation is not None:
        invitation = _locked_open(invitation)
    if invitation is None or invitation_of(token) is None:
        raise Rejection(
            "link",
            "not_valid",
            _("this link is not valid any more"),
            _("ask the person who invited you for another one"),
        )
    return invitation


def _is_still_granted(invitation: StaffInvitation) -> bool:
    inviter, site = invitation.invited_by, invitation.site
    if not may(inviter, site, PeoplePermission.MANAGE_STAFF):
        return False
    try:
        require_roles_held(site, inviter, chosen_roles(site, invitation.roles))
    except Rejection:
        return False
    return True


def _validate_account(user: User) -> None:
    try:
        user.full_clean()
    except ValidationError as error:
        raise Rejection(
            "username", "invalid", error.messages[0], _("use letters, digits and @ . + - _")
        ) from None


def _grant(invitation: StaffInvitation, user: User) -> None:
    for role in chosen_roles(invitation.site, invitation.roles):
        Membership.objects.get_or_create(user=user, site=invitation.site, role=role)
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    detail = {"invitation": invitation.pk, "roles": invitation.roles}
    audit.record(invitation.site, user, "accept invitation", ("user", user.pk), **detail)
    _notify_inviter(invitation, user)


def _notify_inviter(invitation: StaffInvitation, user: User) -> None:
    name = user.display_name
    notify(
        Notice(
            kind=STAFF.code,
            severity=Severity.MINOR,
            group_key=f"invitation:{invitation.pk}",
            recipients=[invitation.invited_by],
            site=invitation.site,
            title="joined",
            text="roles",
            params={"name": name, "username": user.get_username()},
            path=reverse("console:staff", args=[invitation.site.slug]),
        )
    )
