"""Invitations of residents: by mail, text message or printed code, accepted once by whom they name.

Staff invite any person of the site; who heads a household invites its members. An invitation ends
when it expires, when another one of the person replaces it, or when who sent it may not invite the
person any more.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core import audit, clock, outbox
from core.errors import Rejection
from core.models import Site, User
from core.permissions import may
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from estate.models import Unit
from people.accounts import bindings
from people.accounts.codes import folded_address
from people.accounts.homes import heads_household_of, is_head, set_switches
from people.accounts.ports import sms
from people.accounts.rules import rules_of
from people.invitations import count_mail, wait_hint
from people.models import Binding, Occupancy, Person, ResidentAccount, ResidentInvitation
from people.periods import today
from people.permissions import PeoplePermission
from people.selectors import household
from people.services import register_person

INVITATION_MAIL = outbox.declare("resident_invitation.mail")
INVITATION_SMS = outbox.declare("resident_invitation.sms")
VALID_FOR = timedelta(days=14)
_DELETE_AFTER = timedelta(days=30)
_SALT = "people.resident_invitations"
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that are mistaken for another
_CODE_LENGTH, _GROUP = 12, 4
# What residents send: staff have the limits of the site.
OF_RESIDENT = Limit("invitations-of-resident", free=10, first_s=60, longest_s=3600, window_s=86_400)


@transaction.atomic
def invite_by_mail(person: Person, actor: User, *, email: str, language: str) -> ResidentInvitation:
    """Send an invitation to act for a person; an earlier one of the person ends.

    Raises:
        Rejection: the address is malformed, the actor may not invite the person, the person is
            erased, or too many mails were sent.
    """
    email = folded_address(email)
    _require_may_invite(person, actor)
    count_mail(person.site, email)
    invitation = _create(person, actor, email=email, language=language)
    key = f"resident-invitation:{invitation.pk}"
    outbox.put(INVITATION_MAIL, key, {"invitation": invitation.pk})
    return invitation


@transaction.atomic
def invite_by_sms(person: Person, actor: User, *, language: str) -> ResidentInvitation:
    """Send an invitation by text message to the person's telephone; an earlier one ends.

    Raises:
        Rejection: no text messages are sent here, the register has no telephone number, the actor
            may not invite the person, or too many messages were sent.
    """
    if sms() is None:
        text = _("text messages are not set up")
        raise Rejection("by_sms", "not_set_up", text, _("send an e-mail, or print a code"))
    if not person.phone:
        text = _("the register has no telephone number of this person")
        raise Rejection("by_sms", "no_phone", text, _("enter it first, or print a code"))
    _require_may_invite(person, actor)
    count_mail(person.site, person.phone)
    invitation = _create(person, actor, language=language)
    key = f"resident-invitation:{invitation.pk}"
    outbox.put(INVITATION_SMS, key, {"invitation": invitation.pk})
    return invitation


@transaction.atomic
def invite_by_code(person: Person, actor: User, *, language: str) -> tuple[ResidentInvitation, str]:
    """Return an invitation with its code, to be printed now: only a digest of it is stored.

    Raises:
        Rejection: the actor may not invite the person, or the person is erased.
    """
    _require_may_invite(person, actor)
    letters = "".join(secrets.choice(_LETTERS) for _place in range(_CODE_LENGTH))
    code = "-".join(letters[at : at + _GROUP] for at in range(0, _CODE_LENGTH, _GROUP))
    digest = _digest(code)
    return _create(person, actor, code_digest=digest, language=language), code


@transaction.atomic
def invite_member(
    unit: Unit, head: Person, actor: User, *, name: str, email: str, language: str, **switches: bool
) -> ResidentInvitation:
    """Add a family member to a household, by the site's rule, and invite the person by mail.

    Args:
        head: who owns or rents the unit and lives there; the actor acts for them.
        switches: what the member may do (`people.accounts.homes.SWITCHES`).

    Raises:
        Rejection: the site doesn't allow it, or a value is not valid.
    """
    if not rules_of(unit.site).may_add_members:
        raise Rejection(
            "name",
            "not_allowed",
            _("at this site the management adds the members of a household"),
            _("ask the management"),
        )
    living = household(unit, today(unit.site))
    if not is_head(head, unit) or not living.filter(pk=head.pk).exists():
        raise _not_permitted()
    email = folded_address(email)
    role = Occupancy.Role.FAMILY
    person = register_person(unit.site, actor, name=name, email=email, unit=unit, role=role)
    set_switches(unit, person, actor, **switches)
    return invite_by_mail(person, actor, email=email, language=language)


@transaction.atomic
def revoke(invitation: ResidentInvitation, actor: User) -> None:
    """End an invitation: its link and its code are not valid any more.

    Raises:
        Rejection: it has ended already.
    """
    locked = _locked(invitation.pk)
    if locked.accepted_at or locked.revoked_at:
        raise Rejection(
            "invitation",
            "ended",
            _("this invitation was accepted or revoked meanwhile"),
            _("invite the person again if need be"),
        )
    locked.revoked_at = clock.now()
    locked.save(update_fields=["revoked_at"])
    _record(locked, actor, "revoke resident invitation")


@transaction.atomic
def revoke_all(invitations: Iterable[ResidentInvitation], actor: User) -> dict[int, None]:
    """End those of the invitations that are open; return their keys."""
    rows = ResidentInvitation.objects.select_for_update(of=("self",)).order_by("pk")
    rows = rows.filter(pk__in=[each.pk for each in invitations], accepted_at=None, revoked_at=None)
    found = list(rows.select_related("site"))
    for invitation in found:
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at"])
        _record(invitation, actor, "revoke resident invitation")
    return {invitation.pk: None for invitation in found}


def open_invitations(site: Site) -> QuerySet[ResidentInvitation]:
    """Return the invitations that can still be accepted, the latest first."""
    rows = ResidentInvitation.objects.filter(site=site, accepted_at=None, revoked_at=None)
    rows = rows.filter(expires_at__gt=clock.now()).select_related("person", "invited_by", "site")
    return rows.order_by("-created_at", "-pk")


def addressed_to(user: User) -> list[ResidentInvitation]:
    """Return the open invitations that were sent to the address with which a user signs in."""
    account = ResidentAccount.objects.filter(user=user).first()
    if account is None:
        return []
    rows = ResidentInvitation.objects.filter(email=account.email, accepted_at=None, revoked_at=None)
    rows = rows.filter(expires_at__gt=clock.now(), person__erased_at=None)
    found = rows.select_related("site", "person__site", "invited_by").order_by("-created_at", "-pk")
    return [each for each in found if _may_invite(each.person, each.invited_by)]


def token_of(invitation: ResidentInvitation) -> str:
    """Return what the link of an invitation contains."""
    return signing.dumps([invitation.pk, invitation.person_id], salt=_SALT)


def invitation_of(token: str) -> ResidentInvitation | None:
    """Return the invitation of a link; None unless it can be accepted now."""
    try:
        pk, person = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = ResidentInvitation.objects.filter(pk=pk, person=person)
    return _acceptable(rows)


def invitation_of_code(code: str) -> ResidentInvitation | None:
    """Return the invitation of a printed code as a person types it; None unless it is valid now."""
    return _acceptable(ResidentInvitation.objects.filter(code_digest=_digest(code)))


def is_for(invitation: ResidentInvitation, user: User) -> bool:
    """Return whether a user may accept an invitation: a mail's only with its address."""
    if not invitation.email:
        return True
    account = ResidentAccount.objects.filter(user=user).first()
    own = account.email if account is not None else user.email
    return own.casefold() == invitation.email.casefold()


@transaction.atomic
def accept(token: str, user: User) -> Binding:
    """Let the user act for the person whom an invitation names; the invitation is used up.

    Raises:
        Rejection: the invitation is not valid any more, or was sent to another address.
    """
    invitation = invitation_of(token)
    if invitation is not None:
        _locked(invitation.pk)
        invitation = invitation_of(token)
    if invitation is None:
        raise Rejection(
            "link",
            "not_valid",
            _("this invitation is not valid any more"),
            _("ask the person who invited you for another one"),
        )
    if not is_for(invitation, user):
        raise Rejection(
            "link",
            "other_address",
            _("this invitation was sent to another e-mail address"),
            _("sign in with that address, or ask for an invitation to yours"),
        )
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    return bindings.bind(user, invitation.person, invitation.invited_by.get_username())


def delete_ended() -> int:
    """Delete invitations that ended a month ago, and return how many there were."""
    ended = ResidentInvitation.objects.filter(expires_at__lt=clock.now() - _DELETE_AFTER)
    return ended.delete()[0]


def _create(person: Person, actor: User, *, language: str, **values: str) -> ResidentInvitation:
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    now = clock.now()
    earlier = ResidentInvitation.objects.filter(person=person, accepted_at=None, revoked_at=None)
    earlier.update(revoked_at=now)
    invitation = ResidentInvitation.objects.create(
        site=person.site,
        person=person,
        language=language,
        invited_by=actor,
        created_at=now,
        expires_at=now + VALID_FOR,
        **values,
    )
    _record(invitation, actor, "invite resident")
    return invitation


def _acceptable(rows: QuerySet[ResidentInvitation]) -> ResidentInvitation | None:
    rows = rows.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
    found = rows.filter(person__erased_at=None).select_related("site", "person__site", "invited_by")
    invitation = found.first()
    if invitation is None or not _may_invite(invitation.person, invitation.invited_by):
        return None
    return invitation


def _may_invite(person: Person, actor: User) -> bool:
    is_staff = may(actor, person.site, PeoplePermission.MANAGE_ACCOUNTS)
    return is_staff or heads_household_of(actor, person)


def _require_may_invite(person: Person, actor: User) -> None:
    if person.erased_at is not None or not _may_invite(person, actor):
        raise _not_permitted()
    if may(actor, person.site, PeoplePermission.MANAGE_ACCOUNTS):
        return
    try:
        count_attempt((OF_RESIDENT, str(actor.pk)))
    except TooManyAttempts as error:
        text = _("too many invitations were sent")
        raise Rejection("email", "too_many", text, wait_hint(error)) from None


def _not_permitted() -> Rejection:
    return Rejection(
        "person",
        "not_permitted",
        _("you can't invite this person"),
        _("ask the management"),
    )


def _locked(pk: int) -> ResidentInvitation:
    rows = ResidentInvitation.objects.select_for_update(of=("self",))
    return rows.select_related("site", "person").get(pk=pk)


def _digest(code: str) -> str:
    letters = "".join(filter(str.isalnum, code)).upper()
    return salted_hmac(_SALT, letters, algorithm="sha256").hexdigest()


def _record(invitation: ResidentInvitation, actor: User, action: str) -> None:
    subject = ("person", invitation.person_id)
    audit.record(invitation.site, actor, action, subject, invitation=invitation.pk)
