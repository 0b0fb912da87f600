"""The program of a process that works on faces for `devices.vision.faces.isolated`.

It knows neither the database nor Django. It writes no photo and no template anywhere but into its
answers.
"""

import sys
from collections.abc import Callable
from functools import partial

from core.images import DECODER
from devices.vision import serving
from devices.vision.faces import analysis, engines
from devices.vision.faces.contract import Analysis

_METHODS: dict[str, Callable[..., Analysis]] = {
    "analyse": analysis.analyse,
    "best_of": analysis.best_of,
}


def main(name: str) -> None:
    """Load an engine and answer requests until the input ends.

    Args:
        name: a key of `engines.ENGINES`.
    """
    answers = serving.take_output()
    try:
        engine = engines.load(name)
        DECODER.start()
    except Exception as error:  # whatever it lacks, the caller says that it is unavailable
        serving.send(answers, {"problem": f"{type(error).__name__}: {error}"})
        return
    described = {"format": engine.format, "threshold": engine.threshold}
    serving.send(answers, {"ready": True, **described})
    serving.serve(lambda method: partial(_METHODS[method], engine), answers, name_causes=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
