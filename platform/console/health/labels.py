"""What the parts of an installation are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.health import REPORT

PARTS: dict[str, str | Promise] = {
    REPORT: _("Regular checks"),
    "settings": _("Settings"),
    "gatehouse": _("Versions"),
    "disk": _("Disk"),
    "supervisor": _("Supervisor"),
    "proxy": _("Proxy"),
    "https": "HTTPS",
    "database": _("Database"),
    "migrations": _("Database tables"),
    "queue": _("Background jobs"),
    "recognition": _("Plate recognition"),
    "engines": _("Engines of the plate reader"),
    "faces": _("Engine for faces"),
    "outbox": _("Outgoing messages"),
    "mail": _("Mail"),
    "sms": _("Text messages"),
    "push": _("Push messages"),
    "payments": _("Online payment"),
    "documents": _("PDF documents"),
    "audit": _("Audit log"),
    "books": _("Protection of audit log and ledger"),
    "ledger": _("Daily totals of the ledger"),
    "telemetry": _("Telemetry"),
    "backup": _("Backup"),
    "mosquitto": _("Broker program"),
    "broker": _("Broker"),
    "certificate": _("Certificate"),
    "accounts": _("Device accounts"),
    "postgres": _("Process: database"),
    "web": _("Process: pages"),
    "gates": _("Process: gates"),
    "plates": _("Process: plate reader"),
    "jobs": _("Process: urgent jobs"),
    "bulk-jobs": _("Process: all other jobs"),
    "sender": _("Process: feeds to authorities, notifications to persons"),
    "authorities": _("Feeds to authorities"),
}


def part_label(part: str) -> str:
    """Return what a part is called; one without a label, such as a program of its own, by name."""
    return str(PARTS.get(part, part))
