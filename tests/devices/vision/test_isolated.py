"""An engine in a process of its own: what a bad photo costs, and when the engine is left alone."""

import pickle
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_several_frames_may_take_the_time_of_each(reader):
    reader.start()
    reader.limits = SHORT
    with pytest.raises(NotRead, match="took over 1 s"):
        reader.read_frames([b"hang", b"A12345"])
    reader.limits = AMPLE
    assert [each.text for each in reader.read_frames([b"A12345", b"B2"])] == ["A12345", "B2"]


def test_an_engine_that_fails_at_several_cameras_is_left_alone_until_a_photo_is_read(
    reader, breaker, clock
):
    for reader.source in (7, 8, 7):
        assert failure_of(reader, b"crash") == Failure.CRASH
    assert reader.is_pausing
    reader.source = 9
    assert failure_of(reader, b"A12345") == Failure.UNAVAILABLE
    assert not reader._process.alive, "no process is started for it"
    clock.now += FIRST_PAUSE_S
    assert text_of(reader, b"A12345") == "A12345"
    assert not reader.is_pausing


def test_a_camera_whose_photos_break_the_engine_pauses_no_other(reader, breaker, clock):
    reader.source = 7
    for _ in range(FAILURES):
        assert failure_of(reader, b"crash") == Failure.CRASH
    assert (reader.is_pausing, reader.pausing_sources) == (False, {7})
    with pytest.raises(NotRead, match="ended the process that reads plates") as caught:
        reader.read(b"A12345")
    assert caught.value.failure == Failure.CAMERA
    reader.source = 8
    assert text_of(reader, b"B12345") == "B12345"
    reader.source = 7
    assert failure_of(reader, b"A12345") == Failure.CAMERA, "the other's success is not its own"
    clock.now += FIRST_PAUSE_S
    assert text_of(reader, b"A12345") == "A12345"
    assert reader.pausing_sources == set()


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


def test_a_second_engine_that_is_missing_is_told_and_keeps_no_photo_from_being_read():
    reader = reader_of("alone")
    reader.start()
    assert reader.second_problem == "signs.txt is missing"
    reader.stop()


def test_an_engine_that_is_not_known_is_missing():
    with pytest.raises(NotRead, match="is not known; one of") as caught:
        reader_of("tesseract").start()
    assert caught.value.failure == Failure.UNAVAILABLE


@pytest.mark.parametrize("sources", [(7, 8, 7), (7, 8, 9), (7, 7, 8)])
def test_failures_in_a_row_at_several_cameras_begin_a_pause_for_all(breaker, sources):
    for each in sources[:-1]:
        breaker.failed("crashed", each)
    for each in sources[:-1]:
        breaker.succeeded(each)
    for each in sources[:-1]:
        assert breaker.admits(each)
        breaker.failed("crashed", each)
    assert breaker.admits(9)
    breaker.failed("crashed again", sources[-1])
    assert not breaker.admits(9)
    assert (breaker.is_pausing, breaker.problem) == (True, "crashed again")


def test_a_camera_that_pauses_by_itself_says_nothing_of_the_engine(breaker, clock):
    for _ in range(FAILURES):
        breaker.failed("crashed", 7)
    for _ in range(4):
        clock.now += LONGEST_PAUSE_S
        assert breaker.admits(7)
        breaker.failed("crashed", 7)
    breaker.failed("took over 10 s", 8)
    breaker.failed("took over 10 s", 8)
    assert not breaker.is_pausing
    assert breaker.admits(8)


def test_a_camera_that_keeps_the_engine_from_its_trial_is_left_out_of_it(breaker, clock):
    for each in (7, 7, 8):
        breaker.failed("crashed", each)
    clock.now += FIRST_PAUSE_S
    assert breaker.admits(7)
    breaker.failed("crashed", 7)
    clock.now += 2 * FIRST_PAUSE_S - 0.1
    assert not breaker.admits(8)
    clock.now += 0.1
    assert breaker.admits(8)
    breaker.succeeded(8)
    assert breaker.admits(9)
    assert breaker.pausing_sources() == {7}


def test_a_trial_that_showed_nothing_of_a_camera_is_followed_by_another(breaker, clock):
    for _ in range(FAILURES):
        breaker.failed("crashed", 7)
    clock.now += FIRST_PAUSE_S
    assert [breaker.admits(7), breaker.admits(7)] == [True, False]
    breaker.failed("missing", 7, is_certain=True)
    breaker.succeeded(8)
    assert [breaker.admits(7), breaker.admits(7)] == [True, False]


def test_a_camera_that_sends_no_more_photos_is_not_said_to_pause_for_ever(breaker, clock):
    for _ in range(FAILURES):
        breaker.failed("crashed", 7)
    clock.now += LONGEST_PAUSE_S
    assert breaker.pausing_sources() == {7}
    clock.now += FIRST_PAUSE_S
    assert breaker.pausing_sources() == set()
    assert breaker.admits(7)


#: A camera, whether its photo is read, and the seconds before it.
ACTS = st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.floats(0, 400)), max_size=60)


@given(ACTS)
def test_photos_of_one_camera_never_keep_others_from_the_engine(acts):
    clock = Clock()
    breaker = Breaker(clock)
    for _camera, succeeds, seconds in acts:
        clock.now += seconds
        if breaker.admits(7):
            if succeeds:
                breaker.succeeded(7)
            else:
                breaker.failed("crashed", 7)
        assert breaker.admits(8)
        assert not breaker.is_pausing


@given(ACTS)
def test_every_camera_is_tried_again_after_the_longest_pause(acts):
    clock = Clock()
    breaker = Breaker(clock)
    for camera, succeeds, seconds in acts:
        clock.now += seconds
        if breaker.admits(camera):
            if succeeds:
                breaker.succeeded(camera)
            else:
                breaker.failed("crashed", camera)
    clock.now += LONGEST_PAUSE_S
    assert breaker.admits(acts[-1][0] if acts else 1)


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
