"""Messages of residents' accounts: codes, invitations, decisions."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import clock
from integrations.notify.sending import send
from people.accounts import codes, invitations, ports
from people.models import Binding, ResidentInvitation, SignInCode


def send_code(key: str, message: dict[str, int]) -> None:
    """Send a code to sign in, unless it is no longer valid.

    Args:
        key: the outbox message's key.
        message: ``{"code": its key}``.

    Raises:
        OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
    """
    code = SignInCode.objects.filter(pk=message["code"]).first()
    if code is None or not codes.is_valid(code):
        return
    digits = codes.digits_of(code)
    context = {
        "code": f"{digits[:3]} {digits[3:]}",
        "link": _link("resident_link", codes.token_of(code)),
        "minutes": codes.VALID_FOR.seconds // 60,
    }
    with override(code.language):
        subject = _("%(code)s is your code to sign in") % {"code": context["code"]}
        send(key, _mail(subject, "notify/sign_in_code.txt", context, code.email))


def send_invitation(key: str, message: dict[str, int]) -> None:
    """Send an invitation to a resident, unless it has ended.

    Args:
        key: the outbox message's key.
        message: ``{"invitation": its key}``.

    Raises:
        OSError, UnicodeError: see `send_code`.
    """
    found = ResidentInvitation.objects.filter(pk=message["invitation"]).first()
    token = invitations.token_of(found) if found is not None else ""
    invitation = invitations.invitation_of(token)
    if invitation is None:
        return
    context = {"invitation": invitation, "link": _link("portal:invitation", token)}
    with override(invitation.language):
        subject = _("Invitation to %(site)s") % {"site": invitation.site.name}
        send(key, _mail(subject, "notify/resident_invitation.txt", context, invitation.email))
    ResidentInvitation.objects.filter(pk=invitation.pk).update(sent_at=clock.now())


def send_invitation_sms(key: str, message: dict[str, int]) -> None:
    """Send an invitation to a resident's telephone, unless it has ended.

    Args:
        key: the outbox message's key.
        message: ``{"invitation": its key}``.

    Raises:
        OSError: no text messages are sent here, or this one was not accepted.
    """
    found = ResidentInvitation.objects.filter(pk=message["invitation"]).first()
    token = invitations.token_of(found) if found is not None else ""
    invitation = invitations.invitation_of(token)
    if invitation is None or not invitation.person.phone:
        return
    sender = ports.sms()
    if sender is None:
        raise OSError("GATEHOUSE_SMS names no adapter")
    with override(invitation.language):
        text = _("You are invited to the residents' portal of %(site)s: %(link)s")
        values = {"site": invitation.site.name, "link": _link("portal:invitation", token)}
        sender.send(key, invitation.person.phone, text % values)
    ResidentInvitation.objects.filter(pk=invitation.pk).update(sent_at=clock.now())


def send_decision(key: str, message: dict[str, Any]) -> None:
    """Send a user whether access to a home was approved, unless that was changed since.

    Args:
        key: the outbox message's key.
        message: ``{"binding": its key, "state": "approved" | "refused", "at": ISO 8601}``.

    Raises:
        OSError, UnicodeError: see `send_code`.
    """
    decided = {"state": message["state"], "decided_at": datetime.fromisoformat(message["at"])}
    rows = Binding.objects.select_related("site", "person", "user")
    binding = rows.filter(pk=message["binding"], user__is_active=True, **decided).first()
    if binding is None or not binding.user.email:
        return
    approved = binding.state == Binding.State.APPROVED
    context = {"binding": binding, "approved": approved, "link": _link("portal:homes")}
    with override(binding.user.language or settings.LANGUAGE_CODE):
        subject = _("Access at %(site)s approved") if approved else _("Access at %(site)s refused")
        subject %= {"site": binding.site.name}
        send(key, _mail(subject, "notify/access_decided.txt", context, binding.user.email))


def _link(name: str, *arguments: str) -> str:
    return settings.PUBLIC_URL.rstrip("/") + reverse(name, args=arguments)


def _mail(subject: str, template: str, context: dict[str, Any], to: str) -> EmailMessage:
    return EmailMessage(subject=subject, body=render_to_string(template, context), to=[to])
