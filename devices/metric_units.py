"""The units that metrics' names tell, by what stands behind the last dot."""

BY_NAME = {
    "percent": "%",
    "volt": "V",
    "ampere": "A",
    "w": "W",
    "kw": "kW",
    "kwh": "kWh",
    "hz": "Hz",
    "c": "°C",
    "m3": "m³",
    "l": "l",
    "bar": "bar",
    "hpa": "hPa",
    "lux": "lx",
    "ppm": "ppm",
    "mm": "mm",
    "m": "m",
    "s": "s",
    "ms": "ms",
    "rssi": "dBm",
    "snr": "dB",
}


def unit_by_name(metric: str) -> str:
    """Return the unit that the metric's name tells, such as °C for ``temperature.c``; else empty.

    Only what stands behind a dot is a unit: a metric ``c`` is just a name.
    """
    _, dot, last = metric.rpartition(".")
    return BY_NAME.get(last, "") if dot else ""
