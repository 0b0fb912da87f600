"""Generate the reference for drivers from the code: `.venv/bin/python docs/drivers.py`.

It writes driver-reference.md and the table at the top of each driver's page in devices/. A test
fails while a page differs from what this would write.
"""

import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent / "platform"), str(DOCS.parent)]

from core.errors import Rejection  # noqa: E402 - the path comes first
from devices import events, rejection_codes, rejections  # noqa: E402
from devices.drivers import DRIVERS, contract, parsing  # noqa: E402
from devices.drivers.contract import Manifest, SignsInWith  # noqa: E402
from devices.metric_units import BY_NAME  # noqa: E402

REFERENCE = DOCS / "driver-reference.md"
SHEET = re.compile(r"\A(# [^\n]*\n)(\| \| \|\n(?:\|[^\n]*\n)+\n)?")
# The names of events in ``Manifest.event_types``.
EVENT_TYPES = {
    events.PlateSeen: "plate",
    events.CarMoved: "movement",
    events.BayChanged: "bay",
    events.PhotoTaken: "photo",
    events.Measured: "numbers",
    events.CredentialSeen: "credential",
    events.CredentialAsked: "ask",
    events.DoorMoved: "door",
    events.BarrierMoved: "barrier",
    events.AlarmsReported: "alarm",
    events.StateReported: "state",
    events.CommandAnswered: "answer",
    events.MessageLogged: "note",
}
_USER = {
    SignsInWith.CODE: ("code", "its code"),
    SignsInWith.SERIAL: ("serial", "its serial number"),
}
_MODULES = re.compile(r"\b(collections\.abc|typing|datetime|devices\.drivers\.contract)\.")
_OURS = (parsing.__name__, contract.__name__, rejections.__name__)
HEAD = """\
# Reference for drivers
The API that [adding-a-driver.md](adding-a-driver.md) uses. `docs/drivers.py` generates this page
from the code's docstrings: change them there.
"""


def main() -> None:
    """Write the reference and the table of each driver's page."""
    REFERENCE.write_text(reference(), encoding="utf-8")
    for name in DRIVERS:
        page = DOCS / "devices" / f"{name}.md"
        if page.exists():
            text = page.read_text(encoding="utf-8")
            page.write_text(with_sheet(text, DRIVERS[name].MANIFEST), encoding="utf-8")


def with_sheet(page: str, manifest: Manifest) -> str:
    """Return the page with the manifest's table under its title."""
    return SHEET.sub(lambda found: f"{found[1]}{sheet(manifest)}\n\n", page, count=1)


def sheet(manifest: Manifest) -> str:
    """Return the table for a driver's page."""
    user, label = _USER[manifest.signs_in_with]

    def topics(filters: Iterable[str]) -> str:
        shown = (one.replace("{name}", "{" + user + "}") for one in filters)
        return ", ".join(f"`{one}`" for one in shown) or "none"

    rows = [
        ("driver", f"`{manifest.name}`"),
        ("maker", manifest.maker),
        ("level", manifest.level.value),
        ("user name at the broker", label),
        ("may publish to", topics(manifest.publishes)),
        *((f"with option `{o}`, also to", topics(t)) for o, t in manifest.publishes_if.items()),
        ("may subscribe to", topics(manifest.subscribes)),
        ("events", ", ".join(sorted(manifest.event_types))),
        *_doors(manifest),
        ("commands", ", ".join(f"`{one}`" for one in sorted(manifest.actions)) or "none"),
        ("largest message", f"{manifest.max_bytes:,} bytes"),
        ("offline after a silence of", f"{manifest.interval_s:,} s, unless set otherwise"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _doors(manifest: Manifest) -> list[tuple[str, str]]:
    """Return the row about doors; none for a driver without any."""
    doors = manifest.doors
    if not doors.most:
        return []
    decider = "asks the server" if doors.asks else "decides by its own list"
    applies = ", ".join(f"`{one}`" for one in sorted(doors.applies)) or "nothing else"
    shown = f"{doors.most}; {decider}; by {', '.join(sorted(doors.means))}; applies {applies}"
    return [("doors of one device", shown)]


def reference() -> str:
    """Return the whole page."""
    parts = [
        HEAD,
        "## The contract: `devices.drivers.contract`\n",
        *map(_class, (contract.Manifest, contract.DoorAbilities, contract.Sender, contract.Source)),
        _class(contract.DeviceCommand),
        *map(_class, (contract.OutgoingMessage, contract.SignsInWith, contract.Level)),
        *map(_protocol, (contract.Driver, contract.AcknowledgingDriver, contract.RedactingDriver)),
        "## Events: `devices.events`\n",
        "A driver's `read` returns one of these. The name in brackets is the one in "
        "`Manifest.event_types`. All have the fields of `Event`.\n",
        _class(events.Event),
        *map(_class, EVENT_TYPES),
        "## Parsing: `devices.drivers.parsing`\n",
        _functions(parsing, ""),
        _class(parsing.Fields),
        _functions(parsing.Fields, "Fields."),
        "## Rejecting: `devices.rejections`, `core.errors`\n",
        _functions(rejections, "", "rejected", "define"),
        _codes(),
        _class(Rejection),
        "## Units\nThe part after the last dot of a metric's name is its unit.\n",
        _units(),
    ]
    return "\n".join(parts)


def _codes() -> str:
    """Return the codes that all drivers share, with their texts."""
    rows = [
        f"| `{code}` | {_cell(message)} | {_cell(hint)} |"
        for code, (message, hint) in rejection_codes.TEXTS.items()
    ]
    return "\n".join(["| code | message | hint |", "|---|---|---|", *rows, ""])


def _units() -> str:
    rows = [f"| `….{last}` | {unit} |" for last, unit in BY_NAME.items()]
    return "\n".join(["| | |", "|---|---|", *rows, ""])


def _class(kind: type) -> str:
    word = f" ({EVENT_TYPES[kind]})" if kind in EVENT_TYPES else ""
    summary, about = _parts(kind.__doc__ or "")
    lines = [f"### `{kind.__name__}`{word}", f"{_plain(summary)}\n"]
    if issubclass(kind, Enum):
        return "\n".join([*lines, ", ".join(f"`{one.name}`" for one in kind) + "\n"])
    rows = [*_fields(kind, about), *_properties(kind)]
    if rows:
        lines += ["| | |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _protocol(kind: type) -> str:
    return f"### `{kind.__name__}`\n{_plain(kind.__doc__ or '')}\n\n{_functions(kind, '')}"


def _fields(kind: type, about: dict[str, str]) -> list[str]:
    inherited = set(events.Event.__dataclass_fields__) if kind in EVENT_TYPES else set()
    inherited -= set(vars(kind).get("__annotations__", ()))  # it documents those itself
    return [
        f"| `{_signature(one)}` | {_cell(about.get(one.name, ''))} |"
        for one in dataclasses.fields(kind)
        if one.name not in inherited
    ]


def _signature(one: dataclasses.Field) -> str:
    kind = one.type if isinstance(one.type, str) else inspect.formatannotation(one.type)
    text = _short(f"{one.name}: {kind}")
    if one.default is not dataclasses.MISSING:
        default = getattr(one.default, "__name__", None) or repr(one.default)
        return f"{text} = {default}"
    return text if one.default_factory is dataclasses.MISSING else f"{text} = {{}}"


def _properties(kind: type) -> list[str]:
    found = [(n, p) for n, p in vars(kind).items() if isinstance(p, property)]
    return [f"| `{name}` | {_cell(_parts(one.fget.__doc__)[0])} |" for name, one in found]


def _functions(owner: object, prefix: str, *names: str) -> str:
    """Return a table of the public functions with their signatures and docstrings."""
    public = [
        (name, one)
        for name, one in vars(owner).items()
        if inspect.isfunction(one) and name[0] != "_" and one.__module__ in _OURS
        if not names or name in names
    ]
    rows = [
        f"| `{prefix}{name}{_call(one)}` | {_cell(inspect.getdoc(one) or '')} |"
        for name, one in public
    ]
    return "\n".join(["| | |", "|---|---|", *rows, ""])


def _call(function: Callable) -> str:
    text = str(inspect.signature(function)).replace("self, ", "").replace("(self)", "()")
    return _short(text.replace("'", ""))


def _short(text: str) -> str:
    """Return a type without its modules; a vertical bar would end a table's cell."""
    return _MODULES.sub("", text).replace(" | ", " or ")


def _parts(docstring: str) -> tuple[str, dict[str, str]]:
    """Split a docstring into its summary and its attributes' descriptions."""
    summary, _, rest = inspect.cleandoc(docstring).partition("Attributes:\n")
    about: dict[str, str] = {}
    for entry in re.split(r"\n(?=    \S)", "\n" + rest):
        names, _, text = entry.strip().partition(": ")
        about |= dict.fromkeys(names.split(", "), " ".join(text.split()))
    return summary.strip(), about


def _plain(docstring: str) -> str:
    return docstring.replace("``", "`").strip()


def _cell(text: str) -> str:
    return " ".join(text.replace("``", "`").split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
