"""The live channel: what changed at a site, told to every open page.

A change is announced inside its transaction by PostgreSQL's NOTIFY, so it is heard only if the
transaction commits, and by every web process, whichever process made it. An announcement says
what changed, never who was there: pages ask for the rest under their own permissions.
"""

import json
from typing import Any

from django.db import connection

CHANNEL = "gatehouse_live"


def announce(site_id: int, topic: str, **facts: Any) -> None:
    """Tell the open pages of the site that something of that topic changed.

    Args:
        site_id: the site whose staff may hear of it.
        topic: what changed, such as ``lane``, ``bay``, ``stay``, ``incident``, ``device``.
        facts: small JSON values that name the changed thing, such as ``id=7``; no personal data.
    """
    text = json.dumps({"site": site_id, "topic": topic, **facts}, separators=(",", ":"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])
