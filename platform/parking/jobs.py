"""Scheduled jobs: keep the index of plates equal to the stays and passages."""

from django.db import connection

from core.jobs import every

# A plate whose last stay or passage was corrected, deleted or redacted stays behind.
_PRUNE = """
DELETE FROM parking_seenplate seen WHERE NOT EXISTS (
    SELECT 1 FROM parking_stay stay
    WHERE stay.site_id = seen.site_id AND stay.folded = seen.folded
) AND NOT EXISTS (
    SELECT 1 FROM access_passage passage
    WHERE passage.site_id = seen.site_id AND passage.folded = seen.folded AND passage.folded <> ''
)
"""
# A plate that is pruned in the moment of its next entry is added again.
_ADD_MISSING = """
INSERT INTO parking_seenplate (site_id, folded, grams)
SELECT site_id, folded, parking_plate_grams(site_id, folded)
FROM (
    SELECT site_id, folded FROM parking_stay
    UNION SELECT site_id, folded FROM access_passage WHERE folded <> ''
) known
WHERE NOT EXISTS (
    SELECT 1 FROM parking_seenplate seen
    WHERE seen.site_id = known.site_id AND seen.folded = known.folded
)
ON CONFLICT DO NOTHING
"""


@every(minutes=24 * 60)
def reconcile_seen_plates() -> int:
    """Delete plates without a stay or passage, add missing ones; return how many changed."""
    changed = 0
    for statement in (_PRUNE, _ADD_MISSING):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            changed += cursor.rowcount
    return changed
