"""Mails to users about sign-ins in browsers in which they had not signed in before."""

from core import clock, outbox
from core.ids import ordered_id
from core.models import User

NEW_BROWSER_MAIL = outbox.declare("new_browser.mail")


def notify_new_browser(user: User, browser: str) -> None:
    """Send a user with an e-mail address the time and the browser of a sign-in.

    Args:
        browser: what people call it, such as "Firefox on Windows".
    """
    if user.email:
        message = {"user": user.pk, "browser": browser, "at": clock.now().isoformat()}
        outbox.put(NEW_BROWSER_MAIL, f"new-browser:{ordered_id()}", message)
