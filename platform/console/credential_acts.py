"""What can be done about a card or another credential in each of its states."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from doors.models import Credential

State = Credential.State
#: The name of a dialog's URL with its label.
Acts = tuple[tuple[str, str | Promise], ...]
_RETURN = ("return_card", pgettext_lazy("a card", "Return"))
_LOST = ("report_card_lost", pgettext_lazy("a card", "Lost"))
_SUSPEND = ("suspend_card", _("Suspend"))
_ACTIVATE = ("reactivate_card", _("Activate"))
_CHANGE_END = ("change_card_end", _("Change last day"))
CARD_ACTS: dict[str, Acts] = {
    State.ACTIVE: (_RETURN, _LOST, _SUSPEND, _CHANGE_END),
    State.SUSPENDED: (_ACTIVATE, _RETURN, _LOST, _CHANGE_END),
    State.LOST: (_ACTIVATE, _RETURN),
}
_SUSPEND_TOKEN = ("suspend_token", _("Suspend"))
_LOST_TOKEN = ("report_token_lost", pgettext_lazy("a card", "Lost"))
_ACTIVATE_TOKEN = ("reactivate_token", _("Activate"))
_END_TOKEN = ("end_token", pgettext_lazy("a credential", "End"))
UNLOCK_PIN = ("unlock_pin", _("Unlock"))
TOKEN_ACTS: dict[str, Acts] = {
    State.ACTIVE: (_SUSPEND_TOKEN, _LOST_TOKEN, _END_TOKEN),
    State.SUSPENDED: (_ACTIVATE_TOKEN, _LOST_TOKEN, _END_TOKEN),
    State.LOST: (_ACTIVATE_TOKEN, _END_TOKEN),
}
