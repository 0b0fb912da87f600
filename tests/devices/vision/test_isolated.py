"""An engine in a process of its own: what a bad photo costs, and when the engine is left alone."""

import pickle
from collections.abc import Iterator

import pytest

from devices.vision.breaker import FAILURES, FIRST_PAUSE_S, LONGEST_PAUSE_S, Breaker
from devices.vision.failures import Failure, NotRead
from devices.vision.isolated import IsolatedReader, Limits
from devices.vision.plates import UnreadableImage
from tests.devices.vision import scripted_process

AMPLE = Limits(seconds=300, memory_mib=200)
#: For a photo that is never answered.
SHORT = Limits(seconds=0.5, memory_mib=200)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def reader_of(engine: str, breaker: Breaker | None = None, *countries: str) -> IsolatedReader:
    program = scripted_process.PROGRAM
    return IsolatedReader(
        engine, options={"countries": countries}, limits=AMPLE, breaker=breaker, program=program
    )


@pytest.fixture
def reader(breaker: Breaker) -> Iterator[IsolatedReader]:
    """A reader whose engine does what a photo's bytes say."""
    reader = reader_of("scripted", breaker, "CN", "HK")
    yield reader
    reader.stop()


def text_of(reader: IsolatedReader, image: bytes) -> str:
    return reader.read(image)[0].text


def failure_of(reader: IsolatedReader, image: bytes) -> Failure:
    with pytest.raises(NotRead) as caught:
        reader.read(image)
    assert str(caught.value)
    return caught.value.failure


def test_arguments_and_readings_pass_as_they_are(reader):
    (found,) = reader.read(b"B12345", ["DE"], prefix="A")
    assert (found.text, found.countries, found.box.width) == ("AB12345", ("DE",), 30)
    assert reader.read(b"B12345")[0].countries == ("CN", "HK")


def test_what_the_engine_says_of_a_photo_is_said_here_and_ends_nothing(reader, breaker):
    reader.start()
    process = reader._process
    for _ in range(FAILURES):
        with pytest.raises(UnreadableImage, match="image: is a drawing; send a photo"):
            reader.read(b"refuse")
        with pytest.raises(RuntimeError, match="ZeroDivisionError: division by zero"):
            reader.read(b"divide")
    assert text_of(reader, b"print") == "PRINTED", "what is printed is no answer"
    with pytest.raises(pickle.UnpicklingError, match="getpid"):
        reader.read(b"attack")
    assert text_of(reader, b"A12345") == "A12345"
    assert reader._process is process
    assert not breaker.is_pausing


@pytest.mark.parametrize(
    ("image", "limits", "failure"),
    [
        (b"hang", SHORT, Failure.TIME),
        (b"swell", AMPLE, Failure.MEMORY),
        (b"run_out", AMPLE, Failure.MEMORY),
        (b"crash", AMPLE, Failure.CRASH),
    ],
)
def test_a_photo_beyond_the_limits_fails_alone(reader, image, limits, failure):
    reader.start()
    process = reader._process
    reader.limits = limits
    assert failure_of(reader, image) == failure
    assert not process.alive
    reader.limits = AMPLE
    assert text_of(reader, b"A12345") == "A12345"


def test_an_engine_that_keeps_failing_is_left_alone_until_a_photo_shows_that_it_works(
    reader, breaker, clock
):
    for _ in range(FAILURES):
        assert failure_of(reader, b"crash") == Failure.CRASH
    assert reader.is_pausing
    assert failure_of(reader, b"A12345") == Failure.UNAVAILABLE
    assert not reader._process.alive, "no process is started for it"
    clock.now += FIRST_PAUSE_S
    assert text_of(reader, b"A12345") == "A12345"
    assert not reader.is_pausing


def test_a_missing_engine_is_known_at_once_and_found_once_it_is_there(
    breaker, clock, tmp_path, monkeypatch
):
    networks = tmp_path / "networks"
    monkeypatch.setenv("TEST_NETWORKS", str(networks))
    reader = reader_of("sometimes", breaker)
    with pytest.raises(NotRead, match=r"plates.onnx is not installed") as caught:
        reader.start()
    assert caught.value.failure == Failure.UNAVAILABLE
    assert failure_of(reader, b"a photo") == Failure.UNAVAILABLE
    networks.touch()
    clock.now += FIRST_PAUSE_S
    assert reader.read(b"a photo") == []
    reader.stop()


def test_an_engine_that_is_not_known_is_missing():
    with pytest.raises(NotRead, match="is not known; one of") as caught:
        reader_of("tesseract").start()
    assert caught.value.failure == Failure.UNAVAILABLE


def test_failures_in_a_row_begin_a_pause(breaker):
    for _ in range(FAILURES - 1):
        breaker.failed("crashed")
    breaker.succeeded()
    for _ in range(FAILURES - 1):
        breaker.failed("crashed")
    assert breaker.admits()
    breaker.failed("crashed again")
    assert not breaker.admits()
    assert (breaker.is_pausing, breaker.problem) == (True, "crashed again")


def test_one_photo_tries_the_engine_after_a_pause(breaker, clock):
    breaker.failed("missing", is_certain=True)
    clock.now += FIRST_PAUSE_S
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.succeeded()
    assert [breaker.admits(), breaker.admits(), breaker.problem] == [True, True, ""]


def test_each_pause_is_twice_as_long_up_to_a_limit(breaker, clock):
    pauses = []
    for _ in range(10):
        breaker.failed("missing", is_certain=True)
        began = clock.now
        while not breaker.admits():
            clock.now += 1.0
        pauses.append(clock.now - began)
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S
