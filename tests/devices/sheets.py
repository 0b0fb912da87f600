"""A driver's manifest as the table that its page in docs/devices/ begins with."""

from collections.abc import Iterable

from devices.drivers.contract import Manifest, SignsInWith

_NAMES = {SignsInWith.CODE: "code", SignsInWith.SERIAL: "serial"}
_WORDS = {SignsInWith.CODE: "its code", SignsInWith.SERIAL: "its serial number"}


def sheet(manifest: Manifest) -> str:
    """The table, in Markdown."""
    rows = [
        ("driver", f"`{manifest.name}`"),
        ("maker", manifest.maker),
        ("level", manifest.level.value),
        ("user name at the broker", _WORDS[manifest.signs_in_with]),
        ("may publish to", _topics(manifest, manifest.publishes)),
        *(
            (f"with option `{option}`, also to", _topics(manifest, topics))
            for option, topics in manifest.publishes_if.items()
        ),
        ("may listen to", _topics(manifest, manifest.listens)),
        ("tells", ", ".join(sorted(manifest.can))),
        ("can be told to", ", ".join(f"`{one}`" for one in sorted(manifest.actions)) or "nothing"),
        ("largest message", f"{manifest.largest:,} bytes"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _topics(manifest: Manifest, topics: Iterable[str]) -> str:
    shown = (one.replace("{name}", "{" + _NAMES[manifest.signs_in_with] + "}") for one in topics)
    return ", ".join(f"`{one}`" for one in shown) or "nothing"
