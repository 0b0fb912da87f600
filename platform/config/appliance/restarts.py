"""A request to the supervisor to restart processes, such as the web server with a certificate.

The request is a file in the folder of records, which only the appliance's user can write.
"""

from pathlib import Path

from config.appliance.places import Home

WEB, ALL = "web", "all"
#: A fact in the supervisor's record: it understands requests.
CAN_RESTART = "restarts"


def request_restart(home: Home, what: str) -> None:
    """Ask the supervisor to restart the web server, or all processes above the servers."""
    partial = home.run / ".restart.new"
    partial.write_text(what)
    partial.replace(_file(home))


def take_request(home: Home) -> str:
    """Return what is to be restarted, and forget the request; empty if there is none."""
    try:
        what = _file(home).read_text()
    except FileNotFoundError:
        return ""
    _file(home).unlink(missing_ok=True)
    return what if what in (WEB, ALL) else ""


def _file(home: Home) -> Path:
    return home.run / "restart"
