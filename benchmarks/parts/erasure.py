"""Erase people with a year of history, room by room; everything is rolled back afterwards."""

import time
from collections import defaultdict

from tests.faults.appliance import Appliance

GOAL_S = 10.0
# People whose cars have been seen most often: there is most to erase of them.
SEEN_MOST = """
SELECT car.person_id FROM people_vehicle car JOIN core_site site ON site.id = car.site_id
JOIN parking_stay stay ON stay.site_id = site.id AND stay.folded = car.folded
WHERE site.slug = %s AND car.person_id IS NOT NULL
GROUP BY car.person_id ORDER BY count(*) DESC LIMIT %s
"""


def measure(appliance: Appliance, site: str, number: int) -> None:
    """Print the longest erasure of so many people, and the longest of each room."""
    import django

    django.setup()
    people = [row[0] for row in appliance.query(SEEN_MOST, [site, number])]
    rooms: dict[str, float] = defaultdict(float)
    longest = 0.0
    for person in people:
        took = erase(person)
        longest = max(longest, sum(took.values()))
        for room, seconds in took.items():
            rooms[room] = max(rooms[room], seconds)
    verdict = "within" if longest <= GOAL_S else "over"
    print(f"erasure of {len(people)} people: at most {longest:.2f} s, {verdict} {GOAL_S:.0f} s")
    for room, seconds in sorted(rooms.items(), key=lambda each: -each[1]):
        print(f"  {room:12} {seconds:6.2f} s")


def erase(person: int) -> dict[str, float]:
    """Return the seconds that each room takes to erase a person, and roll it back."""
    from django.db import transaction

    from core import holdings
    from people.holdings import identity_of
    from people.models import Person

    took = {}
    with transaction.atomic():
        for part in holdings.parts():
            began = time.perf_counter()
            part.erase(identity_of(Person.objects.get(pk=person)))
            took[part.room] = time.perf_counter() - began
        transaction.set_rollback(True)
    return took
