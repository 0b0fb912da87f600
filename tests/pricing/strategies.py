"""Random tariffs with every option of tariff/1, and random stays to price with them."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

ZONES = [
    "Europe/Amsterdam",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe",  # moves its clocks by half an hour
    "Asia/Kathmandu",
    "America/Santiago",  # moves its clocks at midnight
]
VEHICLES = ["small", "large"]
CLASSES = ["workday", "weekend", "holiday"]
AMOUNTS = st.one_of(st.integers(1, 3000), st.integers(1, 3000), st.just(0))
CAP_AMOUNTS = st.sampled_from([2000, 500, 100, 1000, 5000, 0, 333])
UNITS = st.sampled_from([1, 5, 7, 10, 15, 30, 60, 90, 120, 480])
# Nights in which a clock changes somewhere, and a plain Thursday.
MOMENTS = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 4, 5, 3, tzinfo=UTC),
    datetime(2026, 9, 6, 4, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 7, 2, 12, tzinfo=UTC),
]


_ABSENT = object()


def optional(**parts):
    """An object in which each key stands three times out of four."""
    keys = {
        key: st.one_of(values, values, values, st.just(_ABSENT)) for key, values in parts.items()
    }
    return st.fixed_dictionaries(keys).map(
        lambda drawn: {key: value for key, value in drawn.items() if value is not _ABSENT}
    )


def clock(minute):
    """A minute of the day as the document writes it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def steps(draw, unit=None):
    """A ladder: up to three closed steps and an open one."""
    reached = 0
    ladder = []
    for _ in range(draw(st.integers(0, 3))):
        step = draw(step_form(unit))
        length = step.get("unit") or draw(st.integers(1, 300))
        reached += length * draw(st.integers(1, 4))
        ladder.append(step | {"upto": reached})
    return [*ladder, draw(step_form(unit))]


@st.composite
def step_form(draw, unit=None):
    """A flat step or a unit price, without its end."""
    if draw(st.integers(0, 4)) == 0:
        return {"flat": draw(AMOUNTS)}
    step = {"unit": unit or draw(UNITS), "price": draw(AMOUNTS)}
    return step | draw(
        optional(per=st.sampled_from([1, 7, 30, 60]), round=st.sampled_from(["up", "down"]))
    )


@st.composite
def conditions(draw):
    """A `when` with any of its conditions."""
    hours = st.sampled_from([0, 1, 2, 3, 7, 12, 19, 21, 23, 24])
    minutes = st.sampled_from([0, 0, 0, 30, 59])
    moment = st.builds(lambda hour, minute: min(1440, hour * 60 + minute), hours, minutes)
    start, end = draw(moment) % 1440, draw(moment)
    return draw(
        optional(
            time=st.just([clock(start), clock(end)]),
            day_class=st.lists(st.sampled_from(CLASSES), min_size=1, max_size=2, unique=True),
            vehicle=st.lists(st.sampled_from(VEHICLES), min_size=1, max_size=1),
            anchor=st.sampled_from(["window_start", "minute"]),
        )
    )


@st.composite
def tariffs(draw, boundaries=("cut", "carry", "entry", "total")):
    """A valid tariff/1 document."""
    boundary = draw(st.sampled_from(boundaries))
    unit = draw(UNITS) if boundary == "total" else None
    count = draw(st.sampled_from([2, 3, 1, 0]))
    elements = [
        {"id": f"e{number}", "when": draw(conditions()), "steps": draw(steps(unit))}
        for number in range(count)
    ]
    uncovered = draw(st.sampled_from(["error", "error", "error", "free"]))
    if uncovered == "error" or not elements:
        elements.append({"id": "rest", "steps": draw(steps(unit))})
    document = {
        "schema": "tariff/1",
        "id": "random",
        "version": 1,
        "currency": "EUR",
        "timezone": draw(st.sampled_from(ZONES)),
        "unit_at_boundary": boundary,
        "uncovered": uncovered,
        "elements": elements,
    }
    return document | draw(options([element["id"] for element in elements]))


@st.composite
def one_rate(draw):
    """A tariff whose price depends on the number of billed minutes alone."""
    document = draw(tariffs(["cut", "carry", "entry"]))
    document["elements"] = [{"id": "rest", "steps": draw(steps())}]
    document["caps"] = [
        {"window": cap["window"], "amounts": cap["amounts"]}
        for cap in document.get("caps", [])
        if cap["window"] in ("segment", "stay")
    ]
    return document | {"ladder_reset": "none"}


def options(names):
    """The top-level keys that any tariff may have."""
    return optional(
        free=free_minutes(),
        ladder_reset=st.sampled_from(["none", "24h", "day"]),
        ladder_scope=st.sampled_from(["segment", "cycle"]),
        caps=st.lists(caps(names), min_size=1, max_size=3),
        min_charge=st.sampled_from([0, 0, 0, 1, 700]),
        exit_grace_minutes=st.integers(0, 30),
        free_after_pass=st.booleans(),
        calendar=st.just({"overrides": {"2026-03-29": "workday", "2026-10-26": "holiday"}}),
    )


def free_minutes():
    """Free minutes of either kind."""
    return st.builds(
        lambda minutes, kind, more: {"minutes": minutes, "kind": kind} | more,
        st.sampled_from([30, 15, 60, 15, 200, 1, 0]),
        st.sampled_from(["deduct", "threshold"]),
        optional(inclusive=st.booleans(), repeat=st.sampled_from(["cycle", "stay"])),
    )


@st.composite
def caps(draw, names):
    """One cap; its amounts may rise or fall."""
    cap = {
        "window": draw(st.sampled_from(["day", "24h", "segment", "stay"])),
        "amounts": draw(st.lists(CAP_AMOUNTS, min_size=1, max_size=3)),
    }
    if cap["window"] == "segment" and draw(st.booleans()):
        cap["element"] = draw(st.sampled_from(names))
    return cap


def instants():
    """A second within three days before a clock change, or a day after it."""
    return st.builds(
        lambda moment, minutes, seconds: moment + timedelta(minutes=minutes, seconds=seconds),
        st.sampled_from(MOMENTS),
        st.integers(-4320, 1440),
        st.sampled_from([0, 0, 1, 59]),
    )


def lengths(days=4):
    """How long a stay lasts: at times minutes, mostly hours, often days."""
    hours = st.builds(lambda hour, minute: hour * 60 + minute, st.integers(1, 24), _MINUTES)
    whole = st.builds(lambda day, minute: day * 1440 + minute, st.integers(1, days), _MINUTES)
    return st.builds(
        lambda minute, second: timedelta(minutes=minute, seconds=second),
        st.one_of(whole, hours, whole, _MINUTES, st.integers(0, days * 1440)),
        st.sampled_from([0, 0, 1, 59]),
    )


_MINUTES = st.one_of(st.integers(0, 59), st.sampled_from([0, 1, 15, 30, 31, 60, 200, 201]))


def stays():
    """Several stays of one tariff: (entry, length, vehicle, end of a pass or None, other cover)."""
    passes = st.one_of(st.none(), st.none(), st.none(), st.integers(-600, 900))
    one = st.builds(
        lambda entry, length, vehicle, minutes, covers: (
            entry,
            length,
            vehicle,
            None if minutes is None else entry + timedelta(minutes=minutes),
            [(entry + begins, entry + begins + lasts) for begins, lasts in covers],
        ),
        instants(),
        lengths(),
        vehicles(),
        passes,
        covers(),
    )
    return st.lists(one, min_size=2, max_size=4)


def covers(days=3):
    """Up to three spans that may overlap, each as (minutes after the entry, how long it lasts)."""
    begins = st.builds(
        lambda minute, second: timedelta(minutes=minute, seconds=second),
        st.one_of(_MINUTES, st.integers(-300, days * 1440)),
        st.sampled_from([0, 0, 1, 59]),
    )
    return st.one_of(
        st.just([]), st.lists(st.tuples(begins, lengths(days)), min_size=1, max_size=3)
    )


def vehicles():
    """A type that tariffs name, one that they do not, or none."""
    return st.sampled_from([None, *VEHICLES, "tractor"])
