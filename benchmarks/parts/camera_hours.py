"""The counts of how well cameras read plates, for as long as they are kept."""

from tests.faults.appliance import Appliance

# More than a page shows: the counts are kept for so long.
CAMERA_HOURS = """
INSERT INTO access_camerahour (site_id, device_id, day, hour, readings, found, certain, "right",
    wrong, confidence)
SELECT device.site_id, device.id, current_date - ago, hour, 12, 11, 9, 6, 1, 10.5
FROM devices_device AS device JOIN estate_lane AS lane ON lane.camera_id = device.id
    JOIN core_site AS site ON site.id = device.site_id,
    generate_series(0, 400) AS ago, generate_series(0, 23) AS hour
WHERE site.slug = %s ON CONFLICT DO NOTHING
"""


def add(appliance: Appliance, site: str) -> None:
    """Add the counts of each camera of a site, where they are missing."""
    connection = appliance.superuser()
    with connection, connection.cursor() as cursor:
        cursor.execute(CAMERA_HOURS, [site])
    connection.close()
