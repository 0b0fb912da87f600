"""Copy the browser's libraries from an npm folder into the product, as docs/vendoring.md says."""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / "platform" / "ui" / "static" / "vendor"
# package: {file in the package: file in vendor/}
FILES = {
    "@tabler/core": {
        "dist/css/tabler.min.css": "tabler/tabler.min.css",
        "dist/js/tabler.min.js": "tabler/tabler.min.js",
    },
    "htmx.org": {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE"},
    "leaflet": {
        "dist/leaflet.css": "leaflet/leaflet.css",
        "dist/leaflet.js": "leaflet/leaflet.js",
        "dist/images/layers.png": "leaflet/images/layers.png",
        "dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
        "dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
        "LICENSE": "leaflet/LICENSE",
    },
    "uplot": {
        "dist/uPlot.iife.min.js": "uplot/uplot.min.js",
        "dist/uPlot.min.css": "uplot/uplot.min.css",
        "LICENSE": "uplot/LICENSE",
    },
    "@fontsource-variable/inter": {
        "files/inter-latin-wght-normal.woff2": "inter/inter-latin.woff2",
        "files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext.woff2",
        "LICENSE": "inter/LICENSE",
    },
    "@tabler/icons": {"LICENSE": "icons/LICENSE"},
}
ICONS = re.findall(
    r"\S+",
    """
activity adjustments alert-circle alert-triangle arrow-back-up arrow-bar-to-down arrow-bar-up
arrow-up-right ban barrier-block battery-2 bell bookmark building building-community calendar camera
car cash chart-line check checklist chevron-down chevron-left chevron-right chevron-up circle-check
clock coins columns cpu credit-card device-cctv device-desktop devices door-enter door-exit download
external-link eye eye-exclamation file-dollar gauge grid-dots hand-stop heartbeat help-circle
history home id-badge-2 info-circle key keyboard language list-check lock lock-open login-2 logout
logout-2 mail mail-x map-2 map-pin menu-2 moon parking pencil photo photo-off player-play plus
qrcode receipt-2 refresh router search send server settings shield-check shield-lock star sun
template ticket trash user user-plus user-shield users users-group wand wifi wifi-off x zoom-in
zoom-out
""",
)
SOURCE_MAP = re.compile(rb"\n?(//[#@] ?|/\*# ?)sourceMappingURL=[^\n*]*(\*/)?")


def main(modules: Path) -> None:
    """Copy every file of FILES and the icons from ``node_modules``, and write vendor.json."""
    listing = {}
    for package, files in FILES.items():
        facts = json.loads((modules / package / "package.json").read_text())
        for source, target in files.items():
            _copy(modules / package / source, HOME / target)
        listing[package] = {
            "version": facts["version"],
            "licence": facts["license"],
            "files": {target: _digest(HOME / target) for target in files.values()},
        }
    _write_sprite(modules / "@tabler/icons/icons/outline", HOME / "icons/icons.svg")
    listing["@tabler/icons"]["files"]["icons/icons.svg"] = _digest(HOME / "icons/icons.svg")
    (HOME / "vendor.json").write_text(json.dumps(listing, indent=2) + "\n")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix in {".js", ".css"}:
        target.write_bytes(SOURCE_MAP.sub(b"", source.read_bytes()))
    else:
        shutil.copyfile(source, target)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_sprite(folder: Path, target: Path) -> None:
    symbols = []
    for name in ICONS:
        inside = re.search(r"<svg[^>]*>(.*)</svg>", (folder / f"{name}.svg").read_text(), re.S)
        paths = [
            part.strip() for part in inside.group(1).split("\n") if 'stroke="none"' not in part
        ]
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(paths)}</symbol>\n')
    head = '<svg xmlns="http://www.w3.org/2000/svg">\n'
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(head + "".join(symbols) + "</svg>\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
