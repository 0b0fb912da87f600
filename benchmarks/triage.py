"""Measure the triage board with many open incidents, and how soon an open board shows a change.

The benchmark starts a database and the appliance's web server in a temporary folder, with a site
of 500 open incidents of as many devices. It loads the board again and again over one connection,
as well as one of its rows and the versions of all of them, and prints p50 and p95 and the size of
the page.

Then a board is open in a real browser (where Chromium is installed), and another person
acknowledges incidents one after the other. Printed are the times from the request of the
acknowledgement until its answer, until the live channel's bundle is in the page, and until the
row shows the change. The bundle is the ceiling: no page can be right before it; the rest is one
request for the row. J and K are pressed, and the time until the next picture is printed beside that
of a key that does nothing. Then all incidents change at once, and the time until each row is right
is printed beside that of a page that is loaded anew. At last incidents are raised one after the
other, and the time from the event until the row is on the board is printed.

Usage: ``python benchmarks/triage.py [--incidents 500] [--loads 40] [--smoke]``
"""

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.console import answers, percentile  # noqa: E402
from benchmarks.parts.browser import Browser  # noqa: E402
from benchmarks.parts.running import running_appliance  # noqa: E402
from benchmarks.parts.workers import RAISE, Worker, running_workers  # noqa: E402
from tests.faults.appliance import COLLECT, Appliance, wait_for  # noqa: E402

SITE, PASSWORD = "bench", "correct horse battery staple"
BOARD_MS, CHANGE_MS, KEY_MS, WARM_UP, DEADLINE_MS = 300, 1000, 100, 3, 60_000
# Another one knows nothing of the page in the browser.
WATCHER, ACTOR = "watcher", "actor"
FILL = """
from datetime import timedelta
from core import clock
from core.models import Organisation, Site, User
from devices.models import Device
from incidents import services
site = Site.objects.create(slug="{site}", name="Bench", timezone="Asia/Shanghai", currency="CNY",
    organisation=Organisation.objects.create(name="Bench"))
for name in ("{watcher}", "{actor}"):
    user = User.objects.create(username=name, is_superuser=True, is_staff=True)
    user.set_password("{password}")
    user.save()
devices = Device.objects.bulk_create(
    Device(site=site, code=f"device-{{n}}", serial=f"bench-{{n}}", kind="sensor",
        driver="gatehouse") for n in range({number}))
for n, device in enumerate(devices):
    severity = ("minor", "moderate", "severe", "extreme")[n % 4]
    services.raise_incident(site.pk, "device_alarm", f"device:{{device.pk}}:fault", severity,
        clock.now() - timedelta(minutes=n), {{"alarm": "fault"}})
User.objects.update(must_change_password=False)
"""
CHANGE_ALL = """
from core.models import User
from incidents import services
from incidents.models import Incident
services.acknowledge_all(Incident.objects.filter(acked_by=None), User.objects.get(username="{}"))
"""
# When the bundle with a change arrives, and when the row has changed.
WATCH = """
(pk) => new Promise((resolve) => {
  const row = document.querySelector(`[data-incident="${pk}"]`), version = row.dataset.version;
  let bundle = 0;
  document.body.addEventListener("live:bundle", (event) => {
    if (!bundle && event.detail.some((each) => each.id === pk)) bundle = Date.now();
  });
  new MutationObserver((_changes, observer) => {
    if (row.dataset.version === version) return;
    observer.disconnect();
    resolve([bundle, Date.now()]);
  }).observe(row, { attributes: true });
})
"""
# When the first bundle arrives, and when the board has a row more.
ARRIVE = """
() => { window.arrived = new Promise((resolve) => {
  let bundle = 0;
  const note = () => { bundle = Date.now(); };
  document.body.addEventListener("live:bundle", note, { once: true });
  new MutationObserver((changes, observer) => {
    if (!changes.some((each) => each.addedNodes.length)) return;
    observer.disconnect();
    resolve([bundle, Date.now()]);
  }).observe(document.querySelector(".triage-rows"), { childList: true });
}); }
"""
# The second frame after a key begins when the first, with what the key changed, has been drawn.
KEYS = """
() => { document.addEventListener("keydown", (event) => {
  requestAnimationFrame(() => requestAnimationFrame(
    () => window.drawn.push(performance.now() - event.timeStamp)));
}, true); }
"""
ALL_DRAWN = "(n) => window.drawn.length >= n"
ALL_ROWS = "(n) => document.querySelectorAll('.triage-row').length === n"
ALL_SEEN = "() => document.querySelectorAll('.triage-new').length === 0"


def fill(appliance: Appliance, worker: Worker, incidents: int) -> None:
    """Add the site, two people and its open incidents."""
    values = {"site": SITE, "watcher": WATCHER, "actor": ACTOR, "password": PASSWORD}
    worker.run(FILL.format(number=incidents, **values))
    appliance.execute("ANALYZE")


def signed_in(appliance: Appliance, username: str) -> Browser:
    """Return a browser without scripts in which that person is signed in."""
    browser = Browser(appliance.plan.web_host, appliance.plan.web_port)
    browser.sign_in(username, PASSWORD)
    return browser


def measure_pages(appliance: Appliance, loads: int) -> None:
    """Print how long the board takes, one of its rows, and the versions of all."""
    browser = signed_in(appliance, WATCHER)
    pk = appliance.number("SELECT min(id) FROM incidents_incident")
    missed = 0
    for name, path, bar in (
        ("board", "triage/", BOARD_MS),
        ("one row", f"triage/rows/?id={pk}", BOARD_MS),
        ("versions of all rows", "triage/versions.json", BOARD_MS),
    ):
        took, size = [], 0
        for _load in range(loads + WARM_UP):
            answer = browser.get(f"/s/{SITE}/{path}")
            assert answer.status == HTTPStatus.OK, (path, answer.status)
            took.append(1000 * answer.seconds)
            size = len(answer.text.encode())
        half, most = figures(took[WARM_UP:])
        missed += most > bar
        print(f"{name:24} p50 {half:7.1f} ms  p95 {most:7.1f} ms  {size / 1024:6.1f} KiB")
    print(f"pages over their bar of {BOARD_MS} ms: {missed}", flush=True)


def figures(took: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    return statistics.median(took), percentile(took, 0.95)


@contextmanager
def open_board(appliance: Appliance, incidents: int) -> Iterator[Any]:
    """Open the board in a real browser, and wait for all its rows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(base_url=address_of(appliance))
        page.goto("/login/")
        page.fill("#id_username", WATCHER)
        page.fill("#id_password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".rail, main", state="attached")
        show(page, incidents)
        yield page
        chromium.close()


def show(page: Any, incidents: int) -> float:
    """Load the board; return the milliseconds until it has all rows and is connected."""
    began = time.perf_counter()
    page.goto(f"/s/{SITE}/triage/")
    page.wait_for_selector("html[data-live-state=live]", state="attached")
    page.wait_for_function(ALL_ROWS, arg=incidents, timeout=DEADLINE_MS)
    return 1000 * (time.perf_counter() - began)


def measure_changes(appliance: Appliance, page: Any, changes: int) -> None:
    """Print how soon the open board shows that another person acknowledged an incident."""
    actor = signed_in(appliance, ACTOR)
    rows = appliance.query("SELECT id FROM incidents_incident ORDER BY id LIMIT %s", [changes])
    answered, bundled, shown = [], [], []
    for (pk,) in rows:
        waiting = page.evaluate_handle(f"(pk) => {{ window.watched = ({WATCH})(pk); }}", pk)
        waiting.dispose()
        began = 1000 * time.time()
        answer = actor.post(f"/s/{SITE}/triage/{pk}/acknowledge/", {})
        assert answer.status == HTTPStatus.NO_CONTENT, answer.status
        bundle, row = page.evaluate("() => window.watched")
        answered.append(1000 * answer.seconds)
        bundled.append(bundle - began)
        shown.append(row - began)
    for name, took in (("answer", answered), ("bundle (ceiling)", bundled), ("row", shown)):
        half, most = figures(took)
        print(f"change to {name:18} p50 {half:7.1f} ms  p95 {most:7.1f} ms")
    late = sum(each > CHANGE_MS for each in shown)
    print(f"changes shown after {CHANGE_MS} ms: {late} of {len(shown)}", flush=True)


def measure_keys(page: Any, presses: int) -> None:
    """Print how soon a key that selects the next row has been drawn, and one that does nothing."""
    page.evaluate(KEYS)
    for name, keys in (("key without effect (ceiling)", ("Shift",)), ("key J or K", "jjjk")):
        page.evaluate("() => { window.drawn = []; }")
        for n in range(presses):
            page.keyboard.press(keys[n % len(keys)])
            page.wait_for_function(ALL_DRAWN, arg=n + 1)
        half, most = figures(page.evaluate("() => window.drawn"))
        print(f"{name:28} p50 {half:5.1f} ms  p95 {most:5.1f} ms (at most {KEY_MS})", flush=True)


def measure_raises(appliance: Appliance, worker: Worker, page: Any, number: int) -> None:
    """Print how soon the open board shows the row of an incident that is raised."""
    site = appliance.number("SELECT id FROM core_site WHERE slug = %s", [SITE])
    bundled, shown = [], []
    for n in range(number):
        page.evaluate(ARRIVE)
        began = 1000 * time.time()
        worker.run(RAISE.format(site=site, source=f"bench:{n}", times=1))
        bundle, row = page.evaluate("() => window.arrived")
        bundled.append(bundle - began)
        shown.append(row - began)
    for name, took in (("bundle (ceiling)", bundled), ("row", shown)):
        half, most, last = (*figures(took), percentile(took, 0.99))
        print(f"event to {name:18} p50 {half:7.1f} ms  p95 {most:7.1f} ms  p99 {last:7.1f} ms")
    late = sum(each > CHANGE_MS for each in shown)
    print(f"incidents shown after {CHANGE_MS} ms: {late} of {len(shown)}", flush=True)


def measure_storm(worker: Worker, page: Any, incidents: int) -> None:
    """Print how soon every row is right after all have changed at once, and a page loaded anew."""
    began = time.perf_counter()
    worker.run(CHANGE_ALL.format(ACTOR))
    changed = time.perf_counter()
    page.wait_for_function(ALL_SEEN, timeout=DEADLINE_MS)
    ended = time.perf_counter()
    print(f"all at once: changed within {1000 * (changed - began):.0f} ms;")
    print(f"  all rows right {1000 * (ended - changed):.0f} ms after it had ended")
    print(f"  a page loaded anew: {show(page, incidents):.0f} ms")


def chromium_path() -> str | None:
    """Return the browser of this machine; None without one."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def address_of(appliance: Appliance) -> str:
    """Return where the web server listens."""
    return f"http://{appliance.plan.web_host}:{appliance.plan.web_port}"


def run(incidents: int, loads: int, changes: int) -> None:
    """Run the benchmark."""
    with running_appliance() as appliance, running_workers(1) as [worker]:
        fill(appliance, worker, incidents)
        worker.run(COLLECT)
        appliance.serve_web()
        ready: Callable[[], bool] = lambda: answers(appliance)  # noqa: E731
        wait_for(ready, "the web server answers")
        print(f"{incidents} open incidents")
        measure_pages(appliance, loads)
        if chromium_path() is None:
            print("no Chromium is installed: changes are not measured")
            return
        with open_board(appliance, incidents) as page:
            measure_changes(appliance, page, changes)
            measure_keys(page, changes)
            measure_storm(worker, page, incidents)
            measure_raises(appliance, worker, page, changes)


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=500)
    parser.add_argument("--loads", type=int, default=40, help="of each page")
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--smoke", action="store_true", help="once, small: does it run at all?")
    options = parser.parse_args()
    if options.smoke:
        run(incidents=20, loads=2, changes=2)
    else:
        run(options.incidents, options.loads, options.changes)


if __name__ == "__main__":
    main()
