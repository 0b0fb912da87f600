"""Units by the last part of a metric's name."""

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
    """Return the unit encoded in a metric's name, such as °C for ``temperature.c``; else empty.

    Only the part after a dot is a unit: a metric named ``c`` has none.
    """
    _, dot, last = metric.rpartition(".")
    return BY_NAME.get(last, "") if dot else ""
