"""Invitations by mail: sent, sent again, revoked."""

from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from console.staff.forms import MailInvitationForm
from core import clock
from core.models import Site
from integrations.notify import mail_server
from people import invitations
from people.colleagues import available_roles
from people.labels import role_name
from people.models import StaffInvitation
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import SiteRequest

CHANGED = ["list-changed"]


def invited_people(site: Site) -> dict[str, Any]:
    """Return the open invitations for the list, and whether mail works."""
    rows = list(invitations.open_invitations(site))
    problems = invitations.mail_problems(rows)
    names = {role.code: role_name(role) for role in available_roles(site)} if rows else {}
    invited = [
        {
            "row": row,
            "roles": [names.get(code, code) for code in row.roles],
            "problem": problems.get(row.pk, ""),
            "expired": row.expires_at <= clock.now(),
        }
        for row in rows
    ]
    return {"invited": invited, "mail_works": mail_server.works()}


@dialog_page(PeoplePermission.MANAGE_STAFF)
def invite(request: SiteRequest, site: Site) -> Change:
    """Invite a colleague by mail."""
    language = site.language or get_language() or settings.LANGUAGE_CODE
    return Change(
        Dialog(
            title=_("Invite by e-mail"),
            lead=_("The link in the mail is valid for 7 days, and once."),
            button=_("Send the invitation"),
        ),
        MailInvitationForm(site, request.POST or None),
        lambda data: invitations.invite_by_mail(site, request.user, language=language, **data),
        _("The invitation is being sent."),
        CHANGED,
    )


@dialog_page(PeoplePermission.MANAGE_STAFF)
def resend(request: SiteRequest, site: Site, pk: int) -> Change:
    """Send an invitation again."""
    invitation = _invitation_or_404(site, pk)
    return Change(
        Dialog(
            title=_("Send the invitation of %(name)s again") % {"name": invitation.name},
            lead=_("The link of the earlier mail ends."),
            button=_("Send again"),
        ),
        confirm_form(request),
        lambda data: invitations.resend_invitation(invitation, request.user),
        _("The invitation is being sent."),
        CHANGED,
    )


@dialog_page(PeoplePermission.MANAGE_STAFF)
def revoke(request: SiteRequest, site: Site, pk: int) -> Change:
    """Revoke an invitation."""
    invitation = _invitation_or_404(site, pk)
    return Change(
        Dialog(
            title=_("Revoke the invitation of %(name)s") % {"name": invitation.name},
            lead=_("The link in the mail ends at once."),
            button=_("Revoke"),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: invitations.revoke_invitation(invitation, request.user),
        _("Invitation revoked."),
        CHANGED,
    )


def _invitation_or_404(site: Site, pk: int) -> StaffInvitation:
    return get_object_or_404(invitations.open_invitations(site), pk=pk)
