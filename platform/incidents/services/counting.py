"""Count a repeated occurrence of an active incident in one statement.

A detector that repeats its alarm all night, or eight processes that report one event, all wait for
the row of one incident. An occurrence that changes nothing but the count holds it for a statement
and its commit, not for a sequence of reads and writes.
"""

import json
from typing import Any

from incidents.models import Incident
from incidents.severities import CERTAINTIES, RANK

# What another transaction has changed meanwhile is seen: PostgreSQL checks the conditions again.
_COUNT = """
WITH counted AS (
    UPDATE incidents_incident
    SET occurrences = occurrences + 1, last_at = greatest(last_at, %(at)s), source_cleared = false
    WHERE site_id = %(site)s AND kind = %(kind)s AND source = %(source)s
        AND NOT (state IN ('closed', 'false_alarm', 'cancelled'))
        AND occurrences > 0 AND NOT cleared AND NOT late
        AND severity = ANY(%(severities)s) AND certainty = ANY(%(certainties)s)
    RETURNING *
), logged AS (
    INSERT INTO incidents_occurrence (incident_id, at, detail)
    SELECT id, %(at)s, %(detail)s::jsonb FROM counted
)
SELECT * FROM counted
"""


def count_repeated(new: Incident, detail: dict[str, Any]) -> Incident | None:
    """Count an occurrence that changes nothing but the count; return its incident, locked.

    Returns:
        None where there is no active incident, its cause had gone, it is known from late data
        alone, or its severity or certainty would rise: more is to be decided then.
    """
    if new.late:
        return None
    values = {
        "site": new.site_id,
        "kind": new.kind,
        "source": new.source,
        "at": new.first_at,
        "severities": list(RANK[RANK.index(new.severity) :]),
        "certainties": list(CERTAINTIES[CERTAINTIES.index(new.certainty) :]),
        "detail": json.dumps(detail),
    }
    return next(iter(Incident.objects.raw(_COUNT, values)), None)
