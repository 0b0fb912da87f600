"""Write what the code knows into the pages about drivers: `.venv/bin/python docs/drivers.py`.

It writes driver-reference.md, and the table at the head of each driver's page in devices/. A test
fails where a page is not as this would write it.
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
from devices import events  # noqa: E402
from devices.drivers import DRIVERS, contract, parsing  # noqa: E402
from devices.drivers.contract import Manifest, SignsInWith  # noqa: E402
from devices.metric_units import BY_NAME  # noqa: E402

REFERENCE = DOCS / "driver-reference.md"
SHEET = re.compile(r"\A(# [^\n]*\n)(\| \| \|\n(?:\|[^\n]*\n)+\n)?")
# What ``Manifest.can`` calls each event.
CAN = {
    events.PlateSeen: "plate",
    events.CarMoved: "movement",
    events.BayChanged: "bay",
    events.PhotoTaken: "photo",
    events.Measured: "numbers",
    events.CredentialSeen: "credential",
    events.DoorMoved: "door",
    events.BarrierMoved: "barrier",
    events.AlarmsReported: "alarm",
    events.StateReported: "state",
    events.CommandAnswered: "answer",
    events.Noted: "note",
}
_USER = {
    SignsInWith.CODE: ("code", "its code"),
    SignsInWith.SERIAL: ("serial", "its serial number"),
}
_MODULES = re.compile(r"\b(collections\.abc|typing|datetime|devices\.drivers\.contract)\.")
_OURS = (parsing.__name__, contract.__name__)
HEAD = """\
# Reference for drivers
What [adding-a-driver.md](adding-a-driver.md) uses, made from the code by `docs/drivers.py`: change
it there.
"""


def main() -> None:
    """Write the reference, and the table of each page that there is."""
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
    """Return a driver's manifest as the table that its page begins with."""
    user, said = _USER[manifest.signs_in_with]

    def topics(filters: Iterable[str]) -> str:
        shown = (one.replace("{name}", "{" + user + "}") for one in filters)
        return ", ".join(f"`{one}`" for one in shown) or "nothing"

    rows = [
        ("driver", f"`{manifest.name}`"),
        ("maker", manifest.maker),
        ("level", manifest.level.value),
        ("user name at the broker", said),
        ("may publish to", topics(manifest.publishes)),
        *((f"with option `{o}`, also to", topics(t)) for o, t in manifest.publishes_if.items()),
        ("may listen to", topics(manifest.listens)),
        ("tells", ", ".join(sorted(manifest.can))),
        ("can be told to", ", ".join(f"`{one}`" for one in sorted(manifest.actions)) or "nothing"),
        ("largest message", f"{manifest.largest:,} bytes"),
        ("offline after a silence of", f"{manifest.interval_s:,} s, unless set otherwise"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def reference() -> str:
    """Return the whole page."""
    parts = [
        HEAD,
        "## The contract: `devices.drivers.contract`\n",
        *map(_class, (contract.Manifest, contract.Sender, contract.Source, contract.Order)),
        *map(_class, (contract.Outgoing, contract.SignsInWith, contract.Level)),
        *map(_protocol, (contract.Driver, contract.Replying, contract.Discreet)),
        "## Events: `devices.events`\n",
        "A driver's `read` returns one of these. The word in brackets is the one for "
        "`Manifest.can`. All have the fields of `Event`.\n",
        _class(events.Event),
        *map(_class, CAN),
        "## Reading: `devices.drivers.parsing`\n",
        _functions(parsing, ""),
        _class(parsing.Fields),
        _functions(parsing.Fields, "Fields."),
        "## Refusing: `core.errors`\n",
        _class(Rejection),
        "## Units\nWhat stands behind the last dot of a metric's name tells its unit.\n",
        _units(),
    ]
    return "\n".join(parts)


def _units() -> str:
    rows = [f"| `….{last}` | {unit} |" for last, unit in BY_NAME.items()]
    return "\n".join(["| | |", "|---|---|", *rows, ""])


def _class(kind: type) -> str:
    word = f" ({CAN[kind]})" if kind in CAN else ""
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
    inherited = set(events.Event.__dataclass_fields__) if kind in CAN else set()
    inherited -= set(vars(kind).get("__annotations__", ()))  # it says more of those
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


def _functions(owner: object, prefix: str) -> str:
    """Return a table of what is public there: how it is called, and what its docstring says."""
    public = [
        (name, one)
        for name, one in vars(owner).items()
        if inspect.isfunction(one) and name[0] != "_" and one.__module__ in _OURS
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
    """Return a type without its modules; a stroke would end a table's cell."""
    return _MODULES.sub("", text).replace(" | ", " or ")


def _parts(docstring: str) -> tuple[str, dict[str, str]]:
    """Return what a docstring says before ``Attributes:``, and of each of these."""
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
