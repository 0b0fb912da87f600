"""Passkeys (WebAuthn): users add keys of their devices, and sign in with them without a name.

A passkey is bound to the host name of the installation's address, and browsers offer it over HTTPS
only (or at localhost). The device asks its user for a fingerprint, a face or a PIN.
"""

import ipaddress
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core import audit, clock
from core.errors import Rejection
from core.models import User
from people.models import Passkey

logger = logging.getLogger(__name__)
MOST_PASSKEYS = 10
_REQUIRED = UserVerificationRequirement.REQUIRED
Options = Mapping[str, Any]
State = dict[str, Any]


def are_possible() -> bool:
    """Return whether browsers offer passkeys at this installation's address."""
    host = _host()
    return not _is_ip(host) and (settings.HTTPS or host == "localhost")


def begin_adding(user: User) -> tuple[Options, State]:
    """Return what the browser needs to make a passkey, and the state to check its answer with."""
    entity = PublicKeyCredentialUserEntity(
        id=str(user.pk).encode(),
        name=user.email or user.get_username(),
        display_name=user.get_full_name() or user.email or user.get_username(),
    )
    known = [_credential(each) for each in Passkey.objects.filter(user=user)]
    options, state = _server().register_begin(
        entity,
        known,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_REQUIRED,
    )
    return dict(options), state


@transaction.atomic
def add_passkey(user: User, state: State | None, answer: Mapping[str, Any], name: str) -> Passkey:
    """Store the passkey that a browser has made.

    Args:
        state: as `begin_adding` returned it; None where it has run out.
        answer: the browser's credential as JSON.
        name: what the user calls it.

    Raises:
        Rejection: the answer is not valid, or the user has too many passkeys.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Passkey.objects.filter(user=user).count() >= MOST_PASSKEYS:
        text = _("you have %(most)s passkeys") % {"most": MOST_PASSKEYS}
        raise Rejection("name", "too_many", text, _("remove one of them first"))
    try:
        made = _server().register_complete(state or {}, answer)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.info("a passkey was rejected: %s", error)
        raise _not_valid() from None
    credential = made.credential_data
    if credential is None:
        raise _not_valid()
    passkey = Passkey(
        user=user,
        credential_id=websafe_encode(credential.credential_id),
        credential=bytes(credential),
        name=" ".join(name.split())[:60] or _("Passkey"),
        sign_count=made.counter,
        added_at=clock.now(),
    )
    try:
        with transaction.atomic():
            passkey.save(force_insert=True)
    except IntegrityError:
        raise _not_valid() from None
    audit.record(None, user, "add passkey", ("user", user.pk))
    return passkey


def begin_sign_in() -> tuple[Options, State]:
    """Return what the browser needs to sign in with any of its passkeys, and the state."""
    options, state = _server().authenticate_begin(user_verification=_REQUIRED)
    return dict(options), state


@transaction.atomic
def sign_in_with_passkey(state: State | None, answer: Mapping[str, Any]) -> User | None:
    """Return the user of the passkey with which a browser has answered; None if it is not valid.

    Args:
        state: as `begin_sign_in` returned it; None where it has run out.
    """
    try:
        parsed = AuthenticationResponse.from_dict(answer)
        found = Passkey.objects.select_for_update(of=("self",)).select_related("user")
        passkey = found.filter(credential_id=websafe_encode(parsed.raw_id)).first()
        if passkey is None or not passkey.user.is_active:
            return None
        _server().authenticate_complete(state or {}, [_credential(passkey)], answer)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.info("a sign-in with a passkey failed: %s", error)
        return None
    counter = parsed.response.authenticator_data.counter
    if max(counter, passkey.sign_count) and counter <= passkey.sign_count:
        logger.warning("passkey %s was used out of order: it may be a copy", passkey.pk)
        return None
    passkey.sign_count, passkey.used_at = counter, clock.now()
    passkey.save(update_fields=["sign_count", "used_at"])
    return passkey.user


@transaction.atomic
def remove_passkey(passkey: Passkey) -> None:
    """Remove a user's own passkey."""
    user = passkey.user
    passkey.delete()
    audit.record(None, user, "remove passkey", ("user", user.pk))


def _server() -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=_host(), name="Gatehouse"))


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _credential(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(passkey.credential))


def _not_valid() -> Rejection:
    return Rejection(
        "name",
        "not_valid",
        _("this passkey could not be added"),
        _("reload the page and try again"),
    )
