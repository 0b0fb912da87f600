"""What people issue to themselves in the portal: a PIN, a code to show, and the phone.

Whom the staff have suspended gets nothing new, and a credential is worth what its rights are.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Rejection
from core.models import User
from doors import selectors, tokens
from doors.models import Token
from people.models import Person

Means, State = Token.Means, Token.State


def in_use(person: Person, means: Token.Means) -> Token | None:
    """Return the credential of a means that a person has, printed codes left out."""
    rows = selectors.tokens_of(person).filter(means=means, state__in=Token.IN_USE)
    return rows.filter(is_static=False).first()


@transaction.atomic
def renew_pin(person: Person, user: User) -> str:
    """Issue a PIN to oneself; the former one ends. Return it: it is shown once.

    Raises:
        Rejection: the former one is suspended, or nearly all PINs are in use.
    """
    former = in_use(person, Means.PIN)
    if former is not None and former.state == State.SUSPENDED:
        raise _is_off()
    _token, pin = tokens.issue_pin(person.site, user, person=person)
    return pin


@transaction.atomic
def own_code(person: Person, user: User) -> Token:
    """Return the changing code of a person, which is issued if there is none.

    Raises:
        Rejection: it is suspended or was reported lost.
    """
    return _own(person, user, Means.QR)


@transaction.atomic
def own_phone(person: Person, user: User) -> Token:
    """Return that a person opens doors by the phone, which is issued if it isn't yet.

    Raises:
        Rejection: it is suspended or was reported lost.
    """
    return _own(person, user, Means.PHONE)


def _own(person: Person, user: User, means: Token.Means) -> Token:
    found = in_use(person, means)
    if found is None:
        issue = tokens.issue_code if means == Means.QR else tokens.issue_phone
        return issue(person.site, user, person=person)
    if found.state != State.ACTIVE:
        raise _is_off()
    return found


def _is_off() -> Rejection:
    return Rejection(
        "token", "is_off", _("the management has suspended it"), _("ask the management")
    )
