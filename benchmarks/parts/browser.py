"""A signed-in browser without a screen: one connection that is kept open, and its cookies."""

import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from http.cookies import SimpleCookie
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered, and the seconds until its last byte."""

    status: int
    text: str
    location: str
    seconds: float


class Browser:
    """A person's browser at the web server.

    Args:
        host, port: of the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._connection = HTTPConnection(host, port, timeout=_TIMEOUT_S)
        self._cookies: SimpleCookie = SimpleCookie()
        self._token = ""

    @property
    def cookies(self) -> SimpleCookie:
        """The cookies that the server has set."""
        return self._cookies

    def sign_in(self, username: str, password: str) -> None:
        """Sign in by the form of the page."""
        page = self.get("/login/")
        found = _TOKEN.search(page.text)
        assert found is not None, page.text[:500]
        self._token = found.group(1)
        answer = self.post("/login/", {"username": username, "password": password})
        assert answer.status == HTTPStatus.FOUND, answer.text[:500]
        assert "/login/" not in answer.location, answer.location

    def get(self, address: str) -> Answer:
        """Return what the server answers."""
        return self._request("GET", address, None)

    def post(self, address: str, values: dict[str, str]) -> Answer:
        """Send a form."""
        return self._request("POST", address, values | {"csrfmiddlewaretoken": self._token})

    def _request(self, method: str, address: str, values: dict[str, str] | None) -> Answer:
        headers = {"Cookie": "; ".join(f"{k}={v.value}" for k, v in self._cookies.items())}
        if values is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if values is None else urlencode(values)
        began = time.perf_counter()
        try:
            response = self._exchange(method, address, body, headers)
        except RemoteDisconnected:
            # The server closes a connection that was idle; browsers open another one, too.
            self._connection.close()
            response = self._exchange(method, address, body, headers)
        text = response.read().decode()
        seconds = time.perf_counter() - began
        self._keep_cookies(response)
        return Answer(response.status, text, response.headers.get("Location", ""), seconds)

    def _exchange(
        self, method: str, address: str, body: str | None, headers: dict[str, str]
    ) -> HTTPResponse:
        self._connection.request(method, address, body, headers)
        return self._connection.getresponse()

    def _keep_cookies(self, response: HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie", []):
            self._cookies.load(line)
        if "csrftoken" in self._cookies:
            self._token = self._cookies["csrftoken"].value
