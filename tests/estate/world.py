"""The places of a populated site: a gate with an entry and an exit, and a run of a device list."""

from core.models import Run
from estate import provisioning_runs
from tests.factories import UserFactory
from tests.gate import GateScene
from tests.rooms import World


def build_gate(world: World) -> GateScene:
    """A lot with a tariff, an entry lane and an exit lane."""
    return GateScene.build(site=world.site)


def start_provisioning(world: World) -> Run:
    """An accepted device list of one meter."""
    rows = f"code,kind,driver\nmeter-of-{world.site.slug},meter,gatehouse\n"
    return provisioning_runs.start(world.site, rows, UserFactory())


ROWS = {"gate": build_gate, "provisioning": start_provisioning}
