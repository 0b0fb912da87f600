"""Posted forms of pages: the service is called, and what it rejects is shown in the form."""

from collections.abc import Callable

from core.errors import Rejection
from core.rate_limits import TooManyAttempts
from ui.forms import PlainForm
from ui.waiting import wait_text

DONE = 303


def submit(form: PlainForm, perform: Callable[..., object]) -> int:
    """Call a service with the values of a posted form, and return the status of the answer.

    Args:
        perform: called with the form's cleaned data as keyword arguments.

    Returns:
        `DONE` where the page redirects now; else the page shows the form: 200 where it was not
        posted, 422 where it is not valid or was rejected, 429 after too many attempts.
    """
    if not form.is_bound:
        return 200
    if not form.is_valid():
        return 422
    try:
        perform(**form.cleaned_data)
    except TooManyAttempts as error:
        form.add_error(None, wait_text(error.wait_s))
        return 429
    except Rejection as rejection:
        form.add_rejection(rejection)
        return 422
    return DONE
