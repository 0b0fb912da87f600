"""The mail server: entered, tried with a test mail, removed."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from console.installation.forms import SECURITY, MailServerForm, TestMailForm
from console.pages import render_page
from console.setting_changes import latest_changes
from core import installation, outbox, revisions
from core.models import Site
from core.permissions import InstallationPermission
from integrations.notify import mail_server
from integrations.notify.mail_server import Security
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import Notice, SiteRequest, site_page

_MANAGE = InstallationPermission.MANAGE_INSTALLATION
CHANGED = ["list-changed"]
_NEW = {"port": 587, "security": Security.STARTTLS}


@site_page(_MANAGE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the mail server, whether it works, and the mails that wait for it."""
    server = mail_server.server()
    context = {
        "server": server,
        "security": SECURITY[server.security] if server else "",
        "from_environment": mail_server.is_from_environment(),
        "stored": installation.load(mail_server.NAME),
        "waiting": outbox.unsent(outbox.topics(outbox.MAIL)).count(),
        "changes": latest_changes(mail_server.NAME),
    }
    return render_page(request, "console/installation/mail.html", context, "mail_server")


@sensitive_post_parameters("password")
@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site) -> Change:
    """Enter or change the mail server."""
    stored = installation.load(mail_server.NAME)
    form = MailServerForm(
        request.POST if request.method == "POST" else None,
        initial={**(stored.values or _NEW), "revision": revisions.revision_of(stored.values)},
        has_password=bool(stored.secrets),
    )
    return Change(
        Dialog(
            title=gettext_lazy("Mail server"),
            lead=gettext_lazy("Your mail provider's help names these under SMTP."),
            button=gettext_lazy("Save"),
        ),
        form,
        lambda data: mail_server.change_mail_server(request.user, **data),
        gettext_lazy("Saved. Send a test mail next."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def send_test(request: SiteRequest, site: Site) -> Change:
    """Send a test mail and show the server's answer."""
    form = TestMailForm(
        request.POST if request.method == "POST" else None, initial={"to": request.user.email}
    )
    return Change(
        Dialog(
            title=gettext_lazy("Send a test mail"),
            lead=gettext_lazy("The server's answer is shown here; it may take some seconds."),
            button=gettext_lazy("Send"),
        ),
        form,
        lambda data: mail_server.send_test_mail(data["to"]),
        _accepted,
        CHANGED,
    )


@dialog_page(_MANAGE)
def remove(request: SiteRequest, site: Site) -> Change:
    """Remove the mail server."""
    return Change(
        Dialog(
            title=gettext_lazy("Remove the mail server"),
            lead=gettext_lazy("Mails wait until another one is set up."),
            button=pgettext_lazy("settings", "Remove"),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: mail_server.remove_mail_server(request.user),
        gettext_lazy("Mail server removed."),
        CHANGED,
    )


def _accepted(answer: Any) -> Notice:
    return Notice(_("The server accepted the mail: %(answer)s") % {"answer": answer})
