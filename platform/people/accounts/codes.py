"""Signing in with a six-digit code, or the link in the same mail, sent to an e-mail address.

Every address gets the same mail by the same way, whether it has an account or not, and a correct
code creates the account: a page can't reveal who has one, since nothing differs.

The code is derived from the row and the secret key, and stored nowhere. It is valid for ten
minutes, once, and for five tries; further limits count the mails and the guesses of an address.
"""

import secrets
from datetime import timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext as _

from core import audit, clock, outbox
from core.errors import Rejection
from core.models import User
from core.rate_limits import Limit, count_attempt, forget_attempts
from people.accounts.bindings import request_by_email
from people.models import Membership, ResidentAccount, SignInCode

CODE_MAIL = outbox.declare("sign_in_code.mail")
VALID_FOR = timedelta(minutes=10)
TRIES = 5
_DIGITS = 6
_LONGEST_ADDRESS = 254
_SALT = "people.sign_in_codes"
_DELETE_AFTER = timedelta(days=1)
# Mails to one address, and mails that one client has sent; many people may share a client's.
OF_RECEIVER = Limit("codes-to", free=5, first_s=30, longest_s=900, window_s=3600)
OF_CLIENT = Limit("codes-from", free=20, first_s=5, longest_s=300, window_s=3600)
# Guesses for one address, over all of its codes: about 100 of a million codes a day at most.
OF_GUESSES = Limit("codes-guessed", free=15, first_s=30, longest_s=900, window_s=86_400)
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def send_code(email: str, client: str, language: str) -> SignInCode:
    """Send a code to an address; the codes before it are no longer valid.

    Args:
        client: the address of the client that asks for it.
        language: of the mail.

    Raises:
        Rejection: it is no e-mail address.
        TooManyAttempts: too many codes were sent to the address, or asked for by the client.
    """
    email = folded_address(email)
    with transaction.atomic():
        count_attempt((OF_RECEIVER, email), (OF_CLIENT, client))
        SignInCode.objects.filter(email=email, used_at=None).update(used_at=clock.now())
        code = SignInCode.objects.create(
            email=email,
            nonce=secrets.token_hex(16),
            language=language,
            created_at=clock.now(),
        )
        outbox.put(CODE_MAIL, f"sign-in-code:{code.pk}", {"code": code.pk})
    return code


def folded_address(email: str) -> str:
    """Return an e-mail address as it is stored.

    Raises:
        Rejection: it is none.
    """
    folded = email.strip().lower()
    try:
        validate_email(folded)
        if len(folded) > _LONGEST_ADDRESS:
            raise ValidationError("too long")
    except ValidationError:
        raise Rejection(
            "email",
            "invalid_email",
            _("this is not an e-mail address"),
            _("enter it as name@example.com"),
        ) from None
    return folded


def digits_of(code: SignInCode) -> str:
    """Return the six digits that the mail contains."""
    digest = salted_hmac(_SALT, f"{code.pk}:{code.nonce}", algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 10**_DIGITS:0{_DIGITS}d}"


def address_of(pk: int | None) -> str:
    """Return the address to which a code was sent; empty if it was deleted."""
    return SignInCode.objects.filter(pk=pk or 0).values_list("email", flat=True).first() or ""


def token_of(code: SignInCode) -> str:
    """Return what the link in the mail contains."""
    return signing.dumps([code.pk, code.nonce], salt=_SALT)


def code_of_link(token: str) -> SignInCode | None:
    """Return the code of a link; None unless it is valid now."""
    try:
        pk, nonce = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    code = SignInCode.objects.filter(pk=pk, nonce=nonce).first()
    return code if code is not None and is_valid(code) else None


def is_valid(code: SignInCode) -> bool:
    """Return whether a code was not used, has not expired and may still be tried."""
    in_time = code.created_at > clock.now() - VALID_FOR
    return in_time and code.used_at is None and code.tries < TRIES


def sign_in_with_code(pk: int, typed: str) -> User | None:
    """Return the user of the code that a person typed, once; None if it is not the one.

    Raises:
        Rejection: the account belongs to staff, who sign in with a password.
        TooManyAttempts: codes of this address were guessed too often; this one was not checked.
    """
    found = SignInCode.objects.filter(pk=pk).first()
    if found is None:
        return None
    count_attempt((OF_GUESSES, found.email))
    if not _use(pk, typed):
        return None
    forget_attempts((OF_GUESSES, found.email))
    return _user_of(found)


def sign_in_with_link(token: str) -> User | None:
    """Return the user of a link, once; None if it is not valid.

    Raises:
        Rejection: the account belongs to staff, who sign in with a password.
    """
    code = code_of_link(token)
    if code is None or not _use(code.pk, digits_of(code)):
        return None
    return _user_of(code)


def username_of(email: str) -> str:
    """Return the user name of a resident's address.

    For an address without an account it is one that no user can have, so that a password is
    checked, and counted, in the same way.
    """
    account = ResidentAccount.objects.filter(email=email.strip().lower()).select_related("user")
    found = account.first()
    if found is not None:
        return found.user.get_username()
    return "none:" + salted_hmac(_SALT, email.strip().lower()).hexdigest()


def delete_old() -> int:
    """Delete codes of the day before, and return how many there were."""
    return SignInCode.objects.filter(created_at__lt=clock.now() - _DELETE_AFTER).delete()[0]


@transaction.atomic
def _use(pk: int, typed: str) -> bool:
    code = SignInCode.objects.select_for_update().filter(pk=pk).first()
    if code is None or not is_valid(code):
        return False
    code.tries += 1
    is_correct = constant_time_compare("".join(typed.split()), digits_of(code))
    if is_correct:
        code.used_at = clock.now()
    code.save(update_fields=["tries", "used_at"])
    return is_correct


def _user_of(code: SignInCode) -> User:
    account = _account_of(code.email, code.language)
    user = account.user
    if user.is_superuser or Membership.objects.filter(user=user).exists():
        raise Rejection(
            "code",
            "staff_account",
            _("this account belongs to the staff of a site"),
            _("sign in with user name and password"),
        )
    if not user.is_active:
        raise Rejection(
            "code", "inactive", _("this account was closed"), _("ask the site's management")
        )
    request_by_email(user, account.email)
    return user


def _account_of(email: str, language: str) -> ResidentAccount:
    accounts = ResidentAccount.objects.select_related("user")
    found = accounts.filter(email=email).first()
    if found is not None:
        return found
    try:
        return _create_account(email, language)
    except IntegrityError:  # another code of the address was entered at the same time
        return accounts.get(email=email)


@transaction.atomic
def _create_account(email: str, language: str) -> ResidentAccount:
    # The user name stands in the audit log for ever, so it is not the address.
    user = User(username=f"resident-{get_random_string(10, _LETTERS)}", email=email)
    user.language = language
    user.set_unusable_password()
    user.save()
    audit.record(None, user, "create resident account", ("user", user.pk))
    return ResidentAccount.objects.create(user=user, email=email, created_at=clock.now())
