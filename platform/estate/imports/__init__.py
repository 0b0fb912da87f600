"""The lists of units, of devices and of doors."""

from core.imports import register
from estate.imports.devices import DevicesList
from estate.imports.doors import DoorsList
from estate.imports.units import UnitsList

register(UnitsList())
register(DevicesList())
register(DoorsList())
