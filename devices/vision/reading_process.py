"""The program of a process that reads plates for `devices.vision.isolated`.

It knows neither the database nor Django.
"""

import sys
from collections.abc import Mapping
from functools import partial
from json import loads
from typing import Any

from core.images import DECODER
from devices.vision import serving
from devices.vision.plates import PlateReader, plate_reader


def main(engine: str, options: str) -> None:
    """Load an engine and answer requests until the input ends.

    Args:
        engine: a key of `devices.vision.plates.ENGINES`.
        options: of `plate_reader`, as JSON.
    """
    answers = serving.take_output()
    try:
        reader = _loaded(engine, loads(options))
    except Exception as error:  # whatever the engine lacks, the gate goes on without it
        serving.send(answers, {"problem": f"{type(error).__name__}: {error}"})
        return
    # An engine may have a second one beside it.
    problem = getattr(reader, "second_problem", "")
    serving.send(answers, {"ready": True, "second_problem": problem})
    serving.serve(partial(getattr, reader), answers)


def _loaded(engine: str, options: Mapping[str, Any]) -> PlateReader:
    """Load the engine and what decodes photos, so that the first photo does not wait for them."""
    countries = tuple(options.get("countries", ()))
    reader = plate_reader(engine, **{**options, "countries": countries})
    load = getattr(reader, "load", None)  # an engine may have one
    if load is not None:
        load()
    DECODER.start()
    return reader


if __name__ == "__main__":
    main(*sys.argv[1:])
