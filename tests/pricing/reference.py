"""A second evaluator of tariff/1, written from the rules alone and minute by minute.

It shares no code with the engine: it reads the raw document, asks zoneinfo for every minute's
local time, counts money in fractions and cuts caps from the last line backwards. Slow on purpose.
"""

from collections import Counter
from datetime import UTC, date, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


def reference_due(document, entry, exit, payments, **options):
    """Rule 11 over the reference price; `payments` are (instant, amount) pairs."""
    received = 0
    for at, amount in sorted(payments):
        received += amount
        full = received >= reference_price(document, entry, at, **options)
        grace = document.get("exit_grace_minutes", 0) * MINUTE
        if full and exit.astimezone(UTC) <= at.astimezone(UTC) + grace:
            return 0
    total = sum(amount for _, amount in payments)
    return max(0, reference_price(document, entry, exit, **options) - total)


def reference_price(document, entry, exit, covered_until=None, covered=(), vehicle=None):
    """The price of one stay in minor units: the lower of with its cover and without (rule 12)."""
    spans = list(covered)
    if covered_until is not None and covered_until.astimezone(UTC) > entry.astimezone(UTC):
        spans.append((entry, covered_until))
    coverings = [[], spans] if spans else [[]]
    return min(_price(document, entry, exit, each, vehicle) for each in coverings)


def _price(document, entry, exit, covered, vehicle):
    begin = entry.astimezone(UTC)
    length = floor((exit.astimezone(UTC) - begin) / timedelta(seconds=1)) // 60
    if length <= 0:
        return 0
    stay = [_cut_to_minute(begin) + number * MINUTE for number in range(length)]
    billed = [moment for moment in stay if not _is_covered(moment, covered)]
    if not billed:
        return 0
    # Free minutes are tested on the whole stay, or on what is not covered (rule 12).
    tested = billed if document.get("free_after_pass", False) else stay
    free = document.get("free") or {"minutes": -1}
    if _is_free(free, len(tested)) and free.get("kind", "threshold") == "threshold":
        return 0
    minutes = _minutes(document, billed)
    _mark_free(document, minutes, tested, free)
    atoms, count = _atoms(document, minutes, vehicle)
    if not count:
        return 0
    lines = _lines(document, atoms)
    for cap in document.get("caps", []):
        _cut(cap, lines)
    return max(sum(line["net"] for line in lines), document.get("min_charge", 0))


def _cut_to_minute(moment):
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _is_covered(moment, spans):
    return any(_cut_to_minute(begins) <= moment < _cut_to_minute(ends) for begins, ends in spans)


def _cycle_of(document, moment, first):
    """The ladder cycle of an instant; what precedes the first billed minute is in the first."""
    reset = document.get("ladder_reset", "none")
    if reset == "24h":
        return max(0, (moment - first) // timedelta(hours=24))
    return moment.astimezone(ZoneInfo(document["timezone"])).date() if reset == "day" else 0


def _minutes(document, billed):
    zone = ZoneInfo(document["timezone"])
    minutes = []
    for number, moment in enumerate(billed):
        minute = {"number": number, "instant": moment, "local": moment.astimezone(zone)}
        minute["cycle"] = _cycle_of(document, moment, billed[0])
        same = number and minutes[-1]["cycle"] == minute["cycle"]
        minute["cycle_start"] = minutes[-1]["cycle_start"] if same else number
        minutes.append(minute | {"free": False})
    for minute in minutes:
        minute["day"] = (minute["local"].date() - minutes[0]["local"].date()).days
        minute["day24"] = (minute["instant"] - billed[0]) // timedelta(hours=24)
    return minutes


def _is_free(free, length):
    if free.get("inclusive", True):
        return length <= free["minutes"]
    return length < free["minutes"]


def _mark_free(document, minutes, tested, free):
    if free.get("kind") == "deduct":
        never_billed = set(tested[: free["minutes"]])
        for minute in minutes:
            minute["free"] = minute["instant"] in never_billed
    elif free.get("repeat") == "cycle":
        first = minutes[0]["instant"]
        lengths = Counter(_cycle_of(document, moment, first) for moment in tested)
        for minute in minutes:
            minute["free"] = _is_free(free, lengths[minute["cycle"]])


def _class_of(document, day):
    named = document.get("calendar", {}).get("overrides", {}).get(day.isoformat())
    return named or ("weekend" if day.isoweekday() > 5 else "workday")


def _holds(document, element, local, vehicle):
    when = element.get("when") or {}
    clock = f"{local.hour:02}:{local.minute:02}"
    opened = local.date()
    if "time" in when:
        start, end = when["time"]
        if end <= start:
            if not (clock >= start or clock < end):
                return False
            if clock < end:
                opened = date.fromordinal(opened.toordinal() - 1)
        elif not start <= clock < end:
            return False
    if "vehicle" in when and vehicle not in when["vehicle"]:
        return False
    counted = opened if when.get("anchor") == "window_start" else local.date()
    return "day_class" not in when or _class_of(document, counted) in when["day_class"]


def _element_at(document, minute, vehicle):
    for element in document["elements"]:
        if _holds(document, element, minute["local"], vehicle):
            return element
    if document.get("uncovered", "error") == "error":
        raise LookupError("uncovered")
    return None


def _step_at(element, position):
    for number, step in enumerate(element["steps"]):
        upto = step.get("upto", 10**12)
        if position < upto:
            return number, step, upto
    raise AssertionError("the last step is open")


class _Walk:
    """Visits the minutes in order and writes down atoms."""

    def __init__(self, document):
        self.document = document
        self.mode = document.get("unit_at_boundary", "cut")
        self.atoms = []
        self.segments = []  # element id of each segment
        self.key = None
        self.base = 0  # ladder position = minute number - base
        self.unit = None  # the atom whose unit is running
        self.billed = 0

    def idle(self):
        self.key = None

    def visit(self, minute, element):
        key = (minute["cycle"], element["id"])
        now = minute["number"]
        if self.mode == "carry" and self.unit and now < self.unit["until"]:
            self.unit["used"] += 1
            self.key = self.key if key == self.key else None
            return
        if key != self.key:
            self.key = key
            self.segments.append(element["id"])
            by_cycle = self.document.get("ladder_scope", "segment") == "cycle"
            self.base = minute["cycle_start"] if by_cycle else now
            self.unit = None
        self._charge(minute, element, now)

    def _charge(self, minute, element, now):
        number, step, upto = _step_at(element, now - self.base)
        place = (len(self.segments), number)
        if "flat" in step:
            if not any(atom["place"] == place for atom in reversed(self.atoms)):
                self._add(minute, place, step, Fraction(step["flat"]), 0, 0)
        elif self.mode == "total":
            rate = Fraction(step["price"], step.get("per", step["unit"]))
            self._add(minute, place, step, rate, 0, 0)
        elif self.unit and self.unit["place"] == place and now < self.unit["until"]:
            self.unit["used"] += 1
        else:
            cost = Fraction(step["price"] * step["unit"], step.get("per", step["unit"]))
            until = min(now + step["unit"], self.base + upto)
            self._add(minute, place, step, cost, until, step["unit"])

    def _add(self, minute, place, step, cost, until, needs):
        needs = needs if step.get("round") == "down" else 0
        self.unit = {
            "minute": minute,
            "place": place,
            "step": step,
            "element": self.segments[-1],
            "segment": len(self.segments) - 1,
            "own": self.segments.count(self.segments[-1]) - 1,
            "cost": cost,
            "until": until,
            "used": 1,
            "needs": needs,
        }
        self.atoms.append(self.unit)


def _atoms(document, minutes, vehicle):
    walk = _Walk(document)
    entered = {}
    billed = 0
    for minute in minutes:
        if minute["free"] or (walk.mode == "entry" and minute["cycle"] in entered):
            element = None if minute["free"] else entered[minute["cycle"]]
        elif walk.mode == "entry":
            first = minutes[minute["cycle_start"]]
            element = entered[minute["cycle"]] = _element_at(document, first, vehicle)
        elif walk.mode == "carry" and walk.unit and minute["number"] < walk.unit["until"]:
            element = _quietly(document, minute, vehicle)
        else:
            element = _element_at(document, minute, vehicle)
        if element is None:
            _pass_over(walk, minute)
        else:
            billed += 1
            walk.visit(minute, element)
    _round_total(walk, billed)
    return [atom for atom in walk.atoms if atom["used"] >= atom["needs"]], billed


def _quietly(document, minute, vehicle):
    return _element_at(document | {"uncovered": "free"}, minute, vehicle)


def _pass_over(walk, minute):
    if walk.mode == "carry" and walk.unit and minute["number"] < walk.unit["until"]:
        walk.unit["used"] += 1
    walk.idle()


def _round_total(walk, billed):
    if walk.mode != "total" or not walk.atoms or "flat" in walk.atoms[-1]["step"]:
        return
    last = walk.atoms[-1]
    missing = -billed % last["step"]["unit"]
    last["cost"] += missing * Fraction(
        last["step"]["price"], last["step"].get("per", last["step"]["unit"])
    )


def _windows(atom):
    return {
        "segment": atom["segment"],
        "day": atom["minute"]["day"],
        "24h": atom["minute"]["day24"],
        "stay": 0,
    }


def _lines(document, atoms):
    kinds = sorted({cap["window"] for cap in document.get("caps", [])})
    lines = {}
    for atom in atoms:
        windows = _windows(atom)
        key = (atom["place"], *(windows[kind] for kind in kinds))
        line = lines.setdefault(key, {"cost": Fraction(0), "atom": atom, "windows": windows})
        line["cost"] += atom["cost"]
    for line in lines.values():
        line["net"] = floor(line["cost"] + Fraction(1, 2))
    return list(lines.values())


def _cut(cap, lines):
    seen = {}
    for line in lines:
        number = line["windows"][cap["window"]]
        if cap.get("element") is not None:
            if line["atom"]["element"] != cap["element"]:
                continue
            number = line["atom"]["own"]
        seen.setdefault(number, []).append(line)
    for number, inside in seen.items():
        limit = cap["amounts"][min(number, len(cap["amounts"]) - 1)]
        excess = sum(line["net"] for line in inside) - limit
        for line in reversed(inside):
            taken = max(0, min(excess, line["net"]))
            line["net"] -= taken
            excess -= taken
