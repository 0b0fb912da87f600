"""Trucks and cars at lanes and bays of their own."""

from collections.abc import Callable

from devices.simulator.world import World

from .conftest import device, site_file

Make = Callable[..., World]


def test_vehicles_use_the_lanes_and_bays_that_are_for_their_plates(make_world: Make) -> None:
    vzenith = {"driver": "vzenith-mqtt", "direction": "entry"}
    trucks, cars = {"designs": ["cn-yellow"]}, {"designs": ["cn-blue"]}
    devices = [
        device("eye-t", "camera", serial="VZ1", lane="trucks", **vzenith) | trucks,
        device("eye-c", "camera", serial="VZ2", lane="cars", **vzenith) | cars,
        *(device(f"bay-t{n}", "bay_sensor", bay=f"T-{n}") | trucks for n in range(9)),
        *(device(f"bay-p{n}", "bay_sensor", bay=f"P-{n}") | cars for n in range(9)),
    ]
    strangers = {"cn-yellow": 1, "cn-blue": 1, "de": 1}
    world = make_world(site_file() | {"devices": devices, "vehicles": {}, "strangers": strangers})
    seen = set()
    for _second in range(300):
        world.advance(world.now + 1)
        for lane in world.lanes.values():
            if lane.head is not None:
                seen.add((lane.code, lane.head.plate.design.name))
                lane.lift()
        seen |= {(car.bay[0], car.plate.design.name) for car in world.inside if car.bay}
    assert seen == {
        ("trucks", "cn-yellow"),
        ("cars", "cn-blue"),
        ("T", "cn-yellow"),
        ("P", "cn-blue"),
    }
