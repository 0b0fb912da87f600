"""Notices to users of sign-ins in browsers in which they had not signed in before."""

from django.urls import reverse

from core import clock
from core.models import User
from core.notifications import Notice, notify
from core.severities import Severity
from people.notices import SIGN_IN


def notify_new_browser(user: User, browser: str) -> None:
    """Notify a user of the time and the browser of a sign-in; quiet hours don't hold it.

    Args:
        browser: what people call it, such as "Firefox on Windows".
    """
    notify(
        Notice(
            kind=SIGN_IN.code,
            severity=Severity.MODERATE,
            group_key="",
            recipients=[user],
            site=None,
            title="new_browser",
            text="details",
            params={"browser": browser, "at": clock.now().isoformat()},
            path=reverse("profile"),
            urgent=True,
        )
    )
