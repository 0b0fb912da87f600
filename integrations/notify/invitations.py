"""Invitations to a site's staff by mail, sent from the outbox."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import clock
from integrations.notify.sending import send
from people.invitations import invitation_of, token_of
from people.models import StaffInvitation


def send_invitation(key: str, message: dict[str, int]) -> None:
    """Send an invitation, unless it has ended or a newer mail has replaced it.

    Args:
        key: the outbox message's key.
        message: ``{"invitation": its key, "serial": the number of the mail}``.

    Raises:
        OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
    """
    rows = StaffInvitation.objects.select_related("site", "invited_by")
    invitation = rows.filter(pk=message["invitation"], serial=message["serial"]).first()
    if invitation is None or invitation_of(token_of(invitation)) is None:
        return
    with override(invitation.language):
        send(key, _mail(invitation))
    StaffInvitation.objects.filter(pk=invitation.pk, serial=invitation.serial).update(
        sent_at=clock.now()
    )


def _mail(invitation: StaffInvitation) -> EmailMessage:
    path = reverse("invitation", args=[token_of(invitation)])
    context = {
        "invitation": invitation,
        "inviter": invitation.invited_by.get_full_name() or invitation.invited_by.username,
        "link": settings.PUBLIC_URL.rstrip("/") + path,
    }
    return EmailMessage(
        subject=_("Invitation to %(site)s") % {"site": invitation.site.name},
        body=render_to_string("notify/invitation.txt", context),
        to=[invitation.email],
    )
