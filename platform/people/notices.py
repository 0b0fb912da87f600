"""The kinds of notices of accounts and staff."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.notifications import NoticeKind, declare
from core.notifications.channels import MAIL, PUSH, SMS
from core.severities import Severity
from people.permissions import PeoplePermission


def _moment(at: str) -> str:
    """Return a stored time in the active time zone, with the zone."""
    return f"{timezone.localtime(datetime.fromisoformat(at)):%Y-%m-%d %H:%M %Z}"


SIGN_IN = declare(
    NoticeKind(
        "sign_in",
        _("Sign-ins in new browsers"),
        texts={
            "new_browser": _("New sign-in to your account"),
            "details": _(
                "%(browser)s, %(at)s. If this was not you, change your password at once and end"
                " all other sessions."
            ),
        },
        formats={"at": _moment},
        defaults={MAIL: Severity.MINOR, PUSH: None, SMS: None},
        always=frozenset({MAIL}),
    )
)
STAFF = declare(
    NoticeKind(
        "staff",
        _("Colleagues"),
        PeoplePermission.MANAGE_STAFF,
        texts={
            "joined": _("%(name)s has accepted the invitation"),
            "roles": _("The account %(username)s now has the roles of the invitation."),
        },
        defaults={MAIL: None, PUSH: None, SMS: None},
    )
)
