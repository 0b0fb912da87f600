"""A second factor to sign in with: codes of an authenticator app (RFC 6238), and recovery codes.

The library is `cryptography`, which the project uses already. django-allauth's own second factor
needs its sign-in, which would replace ours with its limits.
"""

import base64
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core import audit, clock, keys, live
from core.errors import Rejection
from core.models import Site, User
from core.rate_limits import Limit, count_attempt, forget_attempts
from core.sign_in import end_sessions
from people.authority import require_authority_everywhere
from people.models import Membership, SecondFactor

STEP_S = 30
_DIGITS = 6
_DRIFT_STEPS = 1  # a phone's clock may be off by half a minute
_RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # none that are mistaken for another
# Guesses of a code by who knows the password.
OF_CODE = Limit("second-factor", free=5, first_s=1, longest_s=900, window_s=86_400)


def lacking_second_factor(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    """Return those whose role requires a second factor that the user has not set up."""
    return memberships.filter(role__requires_second_factor=True, user__second_factor=None)


def must_set_up(user: User) -> bool:
    """Return whether a role of the user, at any site, requires a second factor that is missing."""
    return lacking_second_factor(Membership.objects.filter(user=user)).exists()


def has_second_factor(user: User) -> bool:
    """Return whether the user has set up a second factor."""
    return SecondFactor.objects.filter(user=user).exists()


def new_secret() -> str:
    """Return a new secret in Base32, as authenticator apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def app_address(user: User, secret: str) -> str:
    """Return the address that an authenticator app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(user.get_username(), "Gatehouse")


def current_code(secret: str) -> str:
    """Return the code that an authenticator app shows now."""
    return _code(secret, _step_now())


@transaction.atomic
def set_up(user: User, secret: str, code: str) -> list[str]:
    """Store a user's second factor and return the recovery codes, which are shown once.

    Raises:
        Rejection: the code is not the one of the secret, or a second factor exists.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if has_second_factor(user):
        raise Rejection(
            "code",
            "exists",
            _("you have a second factor already"),
            _("turn it off first"),
        )
    step = _matching_step(secret, code)
    if step is None:
        raise _incorrect_code()
    codes = [_new_recovery_code() for _number in range(_RECOVERY_CODES)]
    SecondFactor.objects.create(
        user=user,
        secret=_encrypt(user, secret),
        last_step=step,
        recovery_codes=[_digest(user, each) for each in codes],
        set_up_at=clock.now(),
    )
    audit.record(None, user, "set up second factor", ("user", user.pk))
    live.recheck_user(user.pk)
    return codes


def check_code(user: User, code: str) -> bool:
    """Accept a code of the user's app, or a recovery code, once.

    Raises:
        TooManyAttempts: codes were guessed too often; this one was not checked.
    """
    count_attempt((OF_CODE, str(user.pk)))
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user).first()
        accepted = factor is not None and (_use_app(factor, code) or _use_recovery(factor, code))
    if accepted:
        forget_attempts((OF_CODE, str(user.pk)))
    return accepted


def turn_off(user: User, code: str) -> None:
    """Remove the user's own second factor.

    Raises:
        Rejection: a role requires it, or the code is incorrect.
        TooManyAttempts: codes were guessed too often.
    """
    if Membership.objects.filter(user=user, role__requires_second_factor=True).exists():
        raise Rejection(
            "code",
            "required",
            _("one of your roles requires a second factor"),
            _("ask a manager to reset it, and set up another"),
        )
    if not check_code(user, code):
        raise _incorrect_code()
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        audit.record(None, user, "turn off second factor", ("user", user.pk))


@transaction.atomic
def reset_second_factor(site: Site | None, user: User, actor: User | str, reason: str) -> None:
    """Remove a colleague's lost second factor; sessions end.

    Args:
        site: where the actor manages the staff; None for a command of the operator.

    Raises:
        Rejection: it is the actor's own, the colleague has none, or holds more than the actor.
    """
    if user == actor:
        raise Rejection(
            "reason",
            "own_account",
            _("this is your own account"),
            _("turn it off on the page of your profile, or ask another manager"),
        )
    require_authority_everywhere(actor, user)
    removed, _by_model = SecondFactor.objects.filter(user=user).delete()
    if not removed:
        raise Rejection(
            "reason",
            "no_second_factor",
            _("this person has no second factor"),
            _("there is no need to reset it"),
        )
    end_sessions(user)
    audit.record(site, actor, "reset second factor", ("user", user.pk), reason=reason)


def _use_app(factor: SecondFactor, code: str) -> bool:
    step = _matching_step(_decrypt(factor), code)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    factor.save(update_fields=["last_step"])
    return True


def _use_recovery(factor: SecondFactor, code: str) -> bool:
    digest = _digest(factor.user, code)
    if digest not in factor.recovery_codes:
        return False
    factor.recovery_codes.remove(digest)
    factor.save(update_fields=["recovery_codes"])
    audit.record(None, factor.user, "use recovery code", ("user", factor.user_id))
    return True


def _matching_step(secret: str, code: str) -> int | None:
    typed = "".join(code.split())
    if len(typed) != _DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    now = _step_now()
    for step in range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1):
        if hmac.compare_digest(_code(secret, step), typed):
            return step
    return None


def _step_now() -> int:
    return int(clock.now().timestamp()) // STEP_S


def _code(secret: str, step: int) -> str:
    return _totp(secret).generate(step * STEP_S).decode()


def _totp(secret: str) -> TOTP:
    # SHA-1 is what every authenticator app implements; as an HMAC it is not broken.
    return TOTP(base64.b32decode(secret), _DIGITS, SHA1(), STEP_S)  # noqa: S303


def _new_recovery_code() -> str:
    text = "".join(secrets.choice(_ALPHABET) for _place in range(10))
    return f"{text[:5]}-{text[5:]}"


def _digest(user: User, code: str) -> str:
    typed = "".join(code.split()).replace("-", "").lower()
    return salted_hmac(f"people.recovery_code.{user.pk}", typed, algorithm="sha256").hexdigest()


def _encrypt(user: User, secret: str) -> str:
    nonce = secrets.token_bytes(12)
    sealed = _cipher().encrypt(nonce, secret.encode(), str(user.pk).encode())
    return base64.b64encode(nonce + sealed).decode()


def _decrypt(factor: SecondFactor) -> str:
    sealed = base64.b64decode(factor.secret)
    return _cipher().decrypt(sealed[:12], sealed[12:], str(factor.user_id).encode()).decode()


def _cipher() -> AESGCM:
    return AESGCM(keys.derive("secrets of second factors"))


def _incorrect_code() -> Rejection:
    return Rejection(
        "code",
        "incorrect_code",
        _("this code is not valid"),
        _("enter the code that the app shows now"),
    )
