"""What changed in a subject's settings, when and by whom, for its page."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from console.audit_labels import action_label
from core import installation
from core.text_lists import joined

_SHOWN = 10
REACH = {
    "local": gettext_lazy("this machine only"),
    "tls": gettext_lazy("other machines, with TLS"),
    "plain": gettext_lazy("other machines, also without TLS"),
}
_NAMES: dict[str, str | Promise] = {
    "host": gettext_lazy("Server"),
    "port": gettext_lazy("Port"),
    "security": gettext_lazy("Encryption"),
    "user": gettext_lazy("User name"),
    "sender": gettext_lazy("Sender"),
    "password": gettext_lazy("Password"),
    "account": pgettext_lazy("payments", "Account"),
    "title": gettext_lazy("Name"),
    "mode": gettext_lazy("Mode"),
    "https": "HTTPS",
    "address": gettext_lazy("Address"),
    "reach": gettext_lazy("Reached by"),
    "tls_port": gettext_lazy("Port with TLS"),
    "certificate_names": gettext_lazy("Names"),
    "api_key": gettext_lazy("Secret key"),
    "webhook_secret": gettext_lazy("Signing secret of the webhook"),
}


#: What the values of choices are called.
_VALUES: dict[str, str | Promise] = {**REACH}


def latest_changes(name: str) -> list[dict[str, Any]]:
    """Return the latest changes of a subject's settings as texts, newest first."""
    return [
        {
            "at": entry.at,
            "actor": entry.actor,
            "lines": _lines(entry.detail) or [action_label(entry.action)],
        }
        for entry in installation.history(name)[:_SHOWN]
    ]


def _lines(detail: dict[str, Any]) -> list[str]:
    values = [
        f"{_NAMES.get(name, name)}: {_change(value)}"
        for name, value in detail.items()
        if name != "secrets"
    ]
    secrets = [
        _("%(secret)s: replaced") % {"secret": _NAMES.get(name, name)}
        for name in detail.get("secrets", ())
    ]
    return [*values, *secrets]


def _change(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return f"{_written(value[0])} → {_written(value[1])}"
    return joined(value) if isinstance(value, list) else str(value)


def _written(value: Any) -> str:
    return "–" if value in (None, "") else str(_VALUES.get(value, value))
