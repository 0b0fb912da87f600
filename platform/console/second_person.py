"""What a person has requested that another one has to approve."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import WriteOff
from core.models import User
from ui.pages import Text


def waits_for_other(requests: QuerySet[Any], user: User) -> bool:
    """Return whether requests of the person are among those that wait for approval."""
    return requests.filter(state="requested", requested_by=user).exists()


def written_off(request: WriteOff) -> Text:
    """Return the notice after a write-off was posted or requested."""
    if request.state == WriteOff.State.DONE:
        return _("Written off.")
    return _("Requested. Another person has to approve it.")
