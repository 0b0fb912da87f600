"""Measure the pages of the console over a year of history, beside a page that asks `SELECT 1`.

The benchmark starts a database and the appliance's web server in a temporary folder, generates the
history with `manage.py make_history`, signs in at the page, and loads each page again and again
over one connection, as a person at the largest site does. Each list is loaded as it opens, and
with its filters and orders, also several together; a part of a plate is another one each time. The
search box is asked for parts of plates out of a million.

Printed are p50 and p95 of each page, the ratio of its p50 to that of a page that only asks
`SELECT 1` in the same server, and whether it keeps its bar: 100 ms for a list, 300 ms for the
overview, 150 ms for the search. At the end, the data of the people who were seen most often is
erased, room by room, and rolled back: at most 10 s each.

Usage: ``python benchmarks/console.py [--size full|medium|small] [--home FOLDER] [--smoke]``
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts import camera_hours, erasure  # noqa: E402
from benchmarks.parts.browser import Browser  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from tests.faults.appliance import COLLECT, Appliance, wait_for  # noqa: E402

SITE, USER = "history-1", "history-manager"
SIZES: dict[str, dict[str, int]] = {
    "full": {"plates": 1_000_000},
    "medium": {"plates": 300_000, "passages": 300_000, "units": 2000, "people": 6000},
    "small": {"plates": 2000, "passages": 2000, "units": 100, "people": 200, "days": 60},
}
LIST_MS, OVERVIEW_MS, SEARCH_MS = 100, 300, 150
WARM_UP = 3
# Stays of other plates in years before: the search looks through a million.
MORE_STAYS = """
INSERT INTO parking_stay (site_id, lot_id, public_id, plate, folded, vehicle, status, cover,
    entered_at, left_at, free_used, currency, price, lines, review, review_reason)
SELECT site.id, lot.id, 'before-' || number, plate, plate, 'small', 'closed', '',
    entered_at, entered_at + interval '2 hours', false, site.currency, 0, '[]', '{}', ''
FROM core_site AS site JOIN estate_lot AS lot ON lot.site_id = site.id,
    generate_series(1, %s) AS number,
    LATERAL (SELECT now() - interval '2 years' - number * interval '30 seconds' AS entered_at,
        substr('京津沪渝冀豫云辽黑湘皖鲁新苏浙', 1 + number %% 15, 1)
        || substr('ACEFGHJKLMN', 1 + number / 15 %% 11, 1)
        || translate(lpad(((number * 7919::bigint) %% 100000)::text, 5, '0'), '582', 'B1Z') AS plate
    ) AS made
WHERE lot.id = (SELECT min(id) FROM estate_lot WHERE site_id = site.id) AND site.slug = %s
"""
PARTS = """
SELECT substr(folded, 1 + (id %% 4)::int, %s) FROM parking_stay
WHERE folded <> '' AND site_id = (SELECT id FROM core_site WHERE slug = %s)
ORDER BY hashint8(id) LIMIT 1000
"""
# People with cars that come and go: their pages show the most.
WITH_STAYS = """
SELECT person_id FROM people_vehicle JOIN core_site site ON site.id = site_id
WHERE slug = %s ORDER BY hashint8(people_vehicle.id) LIMIT 300
"""
UNITS = """
SELECT unit.id FROM estate_unit unit JOIN estate_building building ON building.id = building_id
JOIN core_site site ON site.id = site_id WHERE slug = %s ORDER BY hashint8(unit.id) LIMIT 300
"""


#: The queries of each list, by its path.
Queries = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass(frozen=True)
class Page:
    """A page to measure.

    Attributes:
        query: its filters; a value in braces is another one at each load, see `Values`.
        bar_ms: what its p95 must keep.
        is_search: whether it is the search box, which is posted.
    """

    name: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    bar_ms: int = LIST_MS
    is_search: bool = False


def pages() -> list[Page]:
    """Return every list with what its filters and orders make of it, the overview, the search."""
    now = datetime.now(UTC) + timedelta(hours=8)
    month, week = (f"{now - timedelta(days=days):%Y-%m-%dT%H:%M}" for days in (60, 7))
    lists = {**_traffic(month, week), **_payments(month, week), **_OTHERS}
    found = [Page("overview", "", bar_ms=OVERVIEW_MS)]
    found += [
        Page(f"{path} {described(query)}".rstrip(), f"{path}/", query)
        for path, queries in lists.items()
        for query in queries
    ]
    for part in ("part2", "part3", "part4", "part6"):
        query = {"text": f"{{{part}}}"}
        found.append(Page(f"search {part}", "find/", query, SEARCH_MS, is_search=True))
    return found


def _traffic(month: str, week: str) -> Queries:
    return {
        "passages": (
            {},
            {"q": "{part2}"},
            {"q": "{part4}"},
            {"q": "{part3}", "seen_from": week},
            {"q": "{part2}", "direction": "exit", "state": "passed"},
            {"state": "turned_back"},
            {"state": "refused"},
            {"state": "refused", "sort": "seen"},
            {"direction": "entry", "seen_until": month},
            {"sort": "seen"},
            {"lane": "{lane}", "state": "turned_back"},
            {"lane": "{lane}", "sort": "seen"},
        ),
        "stays": (
            {},
            {"q": "{part2}"},
            {"q": "{part4}"},
            {"q": "{part3}", "entered_from": week},
            {"q": "{part2}", "status": "closed", "cover": "charged", "sort": "entered"},
            {"status": "open"},
            {"status": "superseded"},
            {"status": "undone"},
            {"status": "review"},
            {"status": "closed", "cover": "visitor"},
            {"cover": "allow", "sort": "entered"},
            {"lot": "garage", "status": "superseded"},
            {"lot": "garage", "cover": "resident", "entered_until": month},
            {"sort": "entered"},
        ),
    }


def _payments(month: str, week: str) -> Queries:
    return {
        "finance/payments": (
            {},
            {"state": "failed"},
            {"state": "paid", "provider": "offline", "sort": "when"},
            {"provider": "stripe", "until": month},
            {"currency": "CNY", "since": week},
            {"taken_by": "history-guard"},
            {"taken_by": "nobody-like-this"},
            {"q": "12345"},
            {"q": "no such reference"},
            {"sort": "when"},
        ),
    }


_OTHERS: Queries = {
    "finance": ({},),
    "incidents": (
        {"state": "active"},
        {"reset": "1"},
        {"state": "false_alarm", "severity": "severe"},
        {"kind": "barrier_hit"},
        {"device": "garage-1-entry"},
        {"sort": "last"},
    ),
    "access": ({"reset": "1"}, {"q": "{part2}"}, {"state": "ended", "kind": "block"}),
    "access/vehicles": ({"reset": "1"}, {"q": "{part2}"}, {"state": "ended"}),
    "access/passes": ({"reset": "1"}, {"q": "{part2}"}, {"state": "current"}),
    "watch-list": ({"reset": "1"}, {"state": "ended", "sort": "ends"}),
    "audit": (
        {},
        {"actor": USER},
        {"actor": "nobody"},
        {"action": "take cash", "sort": "at"},
        {"action": "lift barrier"},
        {"kind": "stay", "subject": "12"},
    ),
    "devices": ({}, {"q": "bay"}, {"state": "offline"}),
    "dead-letters": ({},),
    "places/buildings": ({},),
    "places/lots": ({},),
    "places/gates": ({},),
    "people": (
        {},
        {"q": "王"},
        {"q": "{part4}"},
        {"state": "here", "role": "owner"},
        {"state": "gone"},
        {"car": "with"},
    ),
    "people/occupancies": ({"state": "running"}, {"reset": "1"}, {"ends": "90"}),
    "people/companies": ({},),
    "people/{person}": ({},),
    "people/{person}/data": ({},),
    "places/units": ({}, {"unit_state": "let"}, {"occupied": "without"}),
    "places/units/{unit}": ({},),
    "staff": ({}, {"q": "guard"}),
    "meters": ({},),
    "lanes": ({},),
    "plate-accuracy": ({},),
    "plate-accuracy/{camera}": ({},),
}


def described(query: Mapping[str, str]) -> str:
    """Return a query as it is printed."""
    return " ".join(f"{name}={value}" for name, value in query.items() if name != "reset")


class Values:
    """The values that differ from load to load: parts of plates, and lanes.

    Args:
        appliance: whose database has them.
    """

    def __init__(self, appliance: Appliance) -> None:
        self._choices: dict[str, list[str]] = {
            f"part{length}": [row[0] for row in appliance.query(PARTS, [length, SITE])]
            for length in (2, 3, 4, 6)
        }
        lanes = appliance.query(
            "SELECT lane.id, camera_id FROM estate_lane lane JOIN estate_gate gate"
            " ON gate.id = gate_id JOIN core_site site ON site.id = site_id WHERE slug = %s",
            [SITE],
        )
        self._choices["lane"] = [str(lane) for lane, _camera in lanes]
        self._choices["camera"] = [str(camera) for _lane, camera in lanes if camera]
        self._choices["person"] = [str(row[0]) for row in appliance.query(WITH_STAYS, [SITE])]
        self._choices["unit"] = [str(row[0]) for row in appliance.query(UNITS, [SITE])]
        self._chance = random.Random(1)

    def fill(self, query: Mapping[str, str]) -> dict[str, str]:
        """Return the query with its braces filled."""
        return {name: self.filled(value) for name, value in query.items()}

    def filled(self, text: str) -> str:
        """Return a text with its braces filled."""
        names = (name for name in self._choices if f"{{{name}}}" in text)
        return text.format_map({name: self._chance.choice(self._choices[name]) for name in names})


class Measurement:
    """Loads pages as a signed-in person.

    Args:
        browser: signed in.
        values: what differs from load to load.
    """

    def __init__(self, browser: Browser, values: Values) -> None:
        self._browser, self._values = browser, values

    def of(self, page: Page, loads: int) -> list[float]:
        """Return the milliseconds of so many loads."""
        warm_up = min(loads - 1, WARM_UP)
        return [self._load(page) for _each in range(loads + warm_up)][warm_up:]

    def of_select_one(self, loads: int) -> list[float]:
        """Return the milliseconds of the page that asks `SELECT 1`."""
        took = [self._checked("/select-one/") for _each in range(loads + WARM_UP)]
        return took[WARM_UP:]

    def _load(self, page: Page) -> float:
        path, values = self._values.filled(page.path), self._values.fill(page.query)
        address = f"/s/{SITE}/{path}"
        if page.is_search:
            answer = self._browser.post(address, values)
            assert answer.status == HTTPStatus.OK, (address, answer.status)
            return 1000 * answer.seconds
        if not values or values == {"reset": "1"}:
            return self._checked(f"{address}?reset=1")
        # As the page does it: the filters are posted, and the answer is their address.
        answer = self._browser.post(address, values | {"filter": "1"})
        assert answer.status == HTTPStatus.FOUND, (address, answer.status)
        return self._checked(answer.location)

    def _checked(self, address: str) -> float:
        answer = self._browser.get(address)
        assert answer.status == HTTPStatus.OK, (address, answer.status, answer.location)
        return 1000 * answer.seconds


def measure(appliance: Appliance, loads: int, wanted: Callable[[Page], bool]) -> None:
    """Print a line for each page."""
    values = Values(appliance)  # first: the server closes a connection that is idle for long
    browser = Browser(appliance.plan.web_host, appliance.plan.web_port)
    browser.sign_in(USER, password_of(appliance))
    measurement = Measurement(browser, values)
    base = statistics.median(measurement.of_select_one(10 * loads))
    print(f"{'SELECT 1':60} p50 {base:6.1f} ms")
    missed = 0
    for page in filter(wanted, pages()):
        took = measurement.of(page, loads)
        half, most = statistics.median(took), percentile(took, 0.95)
        missed += most > page.bar_ms
        mark = f"  over {page.bar_ms} ms" if most > page.bar_ms else ""
        figures = f"p50 {half:6.1f} ms  p95 {most:6.1f} ms  ratio {half / base:5.1f}"
        print(f"{page.name:60} {figures}{mark}", flush=True)
    again = statistics.median(measurement.of_select_one(10 * loads))
    print(f"{'SELECT 1 afterwards':60} p50 {again:6.1f} ms")
    print(f"pages over their bar: {missed}")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so many of the others do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def password_of(appliance: Appliance) -> str:
    """Return the manager's password, which need not be changed first."""
    appliance.execute("UPDATE core_user SET must_change_password = false")
    lines = (appliance.home.root / "history-logins.txt").read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines)[USER]


def prepare(appliance: Appliance, sizes: Mapping[str, int]) -> None:
    """Generate the history where it is missing, and bring the tables to rest."""
    if not appliance.number("SELECT count(*) FROM core_site"):
        given = [f"--{name}={value}" for name, value in sizes.items() if name != "plates"]
        print(appliance.manage("make_history", *given).splitlines()[-1], flush=True)
        camera_hours.add(appliance, SITE)
        add_stays(appliance, sizes["plates"])
    for table in ("access_passage", "parking_stay", "billing_payment"):
        rows = appliance.number(f"SELECT count(*) FROM {table}")  # noqa: S608
        print(f"{table:20} {rows:10,} rows")


def add_stays(appliance: Appliance, number: int) -> None:
    """Add stays of years before, and bring the tables to rest, as autovacuum does."""
    connection = appliance.superuser()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('stay_plate_part'::regclass)")
        (index,) = cursor.fetchone()
        # Built afterwards, it takes seconds instead of minutes.
        cursor.execute("DROP INDEX stay_plate_part")
        cursor.execute(MORE_STAYS, [number, SITE])
        cursor.execute(index)
        cursor.execute("VACUUM ANALYZE")
    connection.close()


@contextmanager
def served(appliance: Appliance) -> Iterator[None]:
    """Start the web server, with the page that asks `SELECT 1`."""
    settings = appliance.environment.get("DJANGO_SETTINGS_MODULE")
    appliance.environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.parts.select_one"
    appliance.environment["PYTHONPATH"] = f"{ROOT / 'platform'}:{ROOT}"
    try:
        appliance.manage("shell", "--command", COLLECT)
        appliance.serve_web()
        wait_for(lambda: answers(appliance), "the web server answers")
        yield
    finally:
        if settings:
            appliance.environment["DJANGO_SETTINGS_MODULE"] = settings


def answers(appliance: Appliance) -> bool:
    """Return whether the web server answers."""
    try:
        browser = Browser(appliance.plan.web_host, appliance.plan.web_port)
        return browser.get("/login/").status == HTTPStatus.OK
    except OSError:
        return False


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--home", type=Path, help="keep the data there, for another run")
    parser.add_argument("--loads", type=int, default=40, help="of each page")
    parser.add_argument("--page", default="", help="only pages whose name contains it")
    parser.add_argument("--smoke", action="store_true", help="once, small: does it run at all?")
    options = parser.parse_args()
    sizes = SIZES["small" if options.smoke else options.size]
    with running_appliance(options.home) as appliance:
        prepare(appliance, sizes)
        with served(appliance):
            measure(appliance, 1 if options.smoke else options.loads, named(options.page))
        erasure.measure(appliance, SITE, 2 if options.smoke else 20)


def named(text: str) -> Callable[[Page], bool]:
    """Return whether a page's name contains a text."""
    return lambda page: text in page.name


if __name__ == "__main__":
    main()
