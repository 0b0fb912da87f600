"""The addresses of the console, one module per area.

Each module has ADDRESSES: by URL name, the permission that the address needs, the row of the
world that it is about ("" for none), and whether it only accepts POST.
"""

from importlib import import_module
from pkgutil import iter_modules

ADDRESSES: dict[str, tuple[str, str, bool]] = {
    name: facts
    for module in iter_modules(__path__)
    for name, facts in import_module(f"{__name__}.{module.name}").ADDRESSES.items()
}
