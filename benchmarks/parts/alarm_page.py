"""A guard's open page without a browser: its WebSocket, and what it asks the server to sound."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from websockets.sync.client import connect

from benchmarks.parts import flood
from benchmarks.parts.browser import Browser
from benchmarks.parts.workers import Worker
from tests.faults.appliance import COLLECT, Appliance, wait_for

USER, PASSWORD = "bench-guard", "correct horse battery"
HIRE = f"""
from core.models import Site, User
from incidents.escalation.shifts import start_shift
from people.staff import grant_role
site = Site.objects.get(slug="{flood.SITE}")
grant_role(site, "{USER}", "guard", "bench")
user = User.objects.get(username="{USER}")
user.set_password("{PASSWORD}")
user.must_change_password = False
user.save()
start_shift(site, user)
"""
_PATIENCE_S, _SILENCE_S = 20.0, 0.3


class AlarmPage:
    """The page of a guard on duty."""

    def __init__(self, appliance: Appliance, worker: Worker) -> None:
        worker.run(HIRE)
        worker.run(COLLECT)
        appliance.serve_web()
        host, port = appliance.plan.web_host, appliance.plan.web_port
        wait_for(lambda: _answers(host, port), "the web server answers")
        self._browser = Browser(host, port)
        self._browser.sign_in(USER, PASSWORD)
        cookies = "; ".join(f"{k}={v.value}" for k, v in self._browser.cookies.items())
        self._socket = connect(
            f"ws://{host}:{port}/live/{flood.SITE}/",
            origin=f"http://{host}:{port}",
            additional_headers={"Cookie": cookies},
        )
        self._socket.send(json.dumps({"subscribe": ["incident"]}))
        self._socket.recv(timeout=_PATIENCE_S)

    def seconds_until_sound(self, raise_alarm: Callable[[], None]) -> float:
        """Raise an alarm; return the seconds until the server has answered what to sound."""
        self._wait_for_silence()
        known = self._keys()
        began = time.perf_counter()
        raise_alarm()
        while time.perf_counter() < began + _PATIENCE_S:
            self._socket.recv(timeout=_PATIENCE_S)
            if self._keys() - known:
                return time.perf_counter() - began
        raise AssertionError("no alarm has reached the page")

    def seconds_until_bundle(self, announce: Callable[[], None]) -> float:
        """Announce a change; return the seconds until the page is told of one."""
        self._wait_for_silence()
        began = time.perf_counter()
        announce()
        self._socket.recv(timeout=_PATIENCE_S)
        return time.perf_counter() - began

    def _wait_for_silence(self) -> None:
        """Wait until what came before is over; a page is sent four bundles a second at most."""
        with suppress(TimeoutError):
            while True:
                self._socket.recv(timeout=_SILENCE_S)

    def close(self) -> None:
        """Close the page."""
        self._socket.close()

    def _keys(self) -> set[str]:
        answer = json.loads(self._browser.get(f"/s/{flood.SITE}/shifts/sounds/").text)
        return {sound["key"] for sound in answer["sounds"]}


def _answers(host: str, port: int) -> bool:
    """Return whether the web server answers; a connection that has failed is of no more use."""
    try:
        return Browser(host, port).get("/login/").status == HTTPStatus.OK
    except OSError:
        return False
