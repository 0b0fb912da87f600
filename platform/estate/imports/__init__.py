"""The lists of units and of devices."""

from core.imports import register
from estate.imports.devices import DevicesList
from estate.imports.units import UnitsList

register(UnitsList())
register(DevicesList())
