"""The certificates of an installation: what the console chose for HTTPS, and the files of ``tls/``.

Among them is the key of the installation's own authority, which devices and browsers trust.
"""

import base64
import json
from pathlib import Path

from config.appliance.places import Home, write_private
from config.backup import keys

_CHOICE = "https.json"


def pack(home: Home, path: Path, passphrase: str) -> int:
    """Write the files into one, encrypted where there is a passphrase; return how many there are.

    Without any, nothing is written.
    """
    found = [home.root / _CHOICE, *sorted(home.tls.glob("*"))]
    contents = {
        each.relative_to(home.root).as_posix(): base64.b64encode(each.read_bytes()).decode()
        for each in found
        if each.is_file()
    }
    if contents:
        write_private(path, keys.sealed(json.dumps(contents), passphrase))
    return len(contents)


def unpack(path: Path, home: Home, passphrase: str, encrypted: bool) -> int:
    """Restore the files, readable by their owner only; return how many there are.

    Raises:
        BackupError: they are encrypted and the passphrase is missing or wrong.
    """
    if not path.is_file():
        return 0
    contents = json.loads(keys.opened(path.read_text(encoding="utf-8"), passphrase, encrypted))
    home.tls.mkdir(parents=True, exist_ok=True)
    home.tls.chmod(0o700)
    for name, content in contents.items():
        folder = home.tls if name != _CHOICE else home.root
        write_private(folder / Path(name).name, base64.b64decode(content).decode())
    return len(contents)
