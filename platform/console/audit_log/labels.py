"""What actions of the audit log are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, str | Promise] = {
    "add watch-list entry": _("added to the watch-list"),
    "allow": _("added to the allow list"),
    "approve refund": _("approved a refund"),
    "approve watch-list entry": _("approved a watch-list entry"),
    "block": _("added to the block list"),
    "cancel refund": _("cancelled a refund"),
    "cancel visitor pass": _("cancelled a visitor pass"),
    "change password": _("changed the password"),
    "change vehicle class": _("changed a vehicle class"),
    "change vehicle end": _("changed the end of a registration"),
    "charge lost entry": _("charged a car without an entry"),
    "command device": _("sent a command"),
    "correct read": _("corrected a plate"),
    "create site": _("created the site"),
    "discard dead letter": _("discarded a rejected message"),
    "dispute": _("a payment is disputed"),
    "dispute decided": _("a dispute was decided"),
    "end vehicle": _("ended a registration"),
    "end watch-list entry": _("ended a watch-list entry"),
    "export list": _("exported a list"),
    "grant role": _("granted a role"),
    "issue visitor pass": _("issued a visitor pass"),
    "lift barrier": _("opened a barrier by hand"),
    "place barrier": _("placed a barrier"),
    "place device": _("placed a device"),
    "publish tariff": _("published a tariff"),
    "read incident": _("viewed an incident"),
    "read meter": _("viewed a meter"),
    "read passage": _("viewed a passage"),
    "read picture": _("viewed a photo"),
    "read stay": _("viewed a stay"),
    "read watch-list": _("viewed the watch-list"),
    "refund at the provider": _("a refund was made at the provider"),
    "refuse passage": _("refused a car"),
    "register devices": _("registered devices"),
    "register person": _("registered a person"),
    "register vehicle": _("registered a car"),
    "remove vehicle class": _("removed a vehicle class"),
    "replay dead letter": _("replayed a rejected message"),
    "replay dead letters": _("replayed rejected messages"),
    "request refund": _("requested a refund"),
    "review stay": _("reviewed a stay"),
    "revoke roles": _("revoked roles"),
    "set lane limits": _("changed the limits of a lane"),
    "set lot rules": _("changed the rules of a car park"),
    "sign-in": _("signed in"),
    "take barrier away": _("removed a barrier from a lane"),
    "take cash": _("took cash"),
    "take device away": _("removed a device from its place"),
    "withdraw tariff": _("withdrew a tariff"),
}


def action_label(action: str) -> str:
    """Return what an action is called; one without a label is called by its code."""
    return str(ACTIONS.get(action, action))
