"""Several frames of one car: which show the same plate, and what they say together."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.vision.certainty import Doubt, judge
from devices.vision.formats import FormatBook
from devices.vision.frames import distance, vote
from devices.vision.lines import Line
from devices.vision.photo import Photo
from devices.vision.plates import UnreadableImage
from devices.vision.search import Judged, Search
from devices.vision.spelling import spell
from devices.vision.writings import View, Writing
from tests.devices.vision import drawn
from tests.devices.vision.test_spelling import seen

BOOK = FormatBook(["BR"])
UNSURE_4 = "ABC123(46)|ABC123(46)|ABC123(64)"
UNSURE_6 = "ABC123(64)|ABC123(64)|ABC123(46)"
PIXELS = Photo(np.full((300, 400, 3), 128, np.uint8), 1.0)


class Shown(Search):
    """A frame in which the recogniser saw these texts, one below the other.

    `ABC123(46)` ends with a 4 that may be a 6 as well; a bar stands between several views.
    """

    def __init__(self, *texts, height=40.0):
        super().__init__(PIXELS, engine=None, book=BOOK)
        self._shown = [
            self._judge(text, Line(200, 60 + 80 * n, 160, height, 0))
            for n, text in enumerate(texts)
        ]

    def _judge(self, text, line):
        views = [self._view_of(each) for each in text.split("|")]
        spelling = spell([view.columns for view in views], BOOK)[0]
        return Judged(Writing((line,), views), spelling, spelling.score)

    def _view_of(self, text):
        signs = [several or one for several, one in re.findall(r"\((\w+)\)|(\w)", text)]
        return View(seen(*signs), "".join(sign[0] for sign in signs))

    def found(self):
        return sorted(self._shown, key=lambda each: -each.rank)


def texts_of(*frames):
    return [each.text for each in vote(frames, BOOK)]


def test_one_frame_alone_says_what_it_shows():
    frame = Shown("ABC1234", "XYZ987(69)")
    assert vote([frame], BOOK) == frame.candidates()


def test_frames_of_one_plate_become_one_reading_with_all_raw_texts():
    frames = [Shown("ABC1234"), Shown("ABC1Z3(41)"), Shown("A8C1(27)3(49)")]
    (voted,) = vote(frames, BOOK)
    assert (voted.text, voted.frame) == ("ABC1234", 0)
    assert set(voted.raw_texts) == {"ABC1234", "ABC1Z34", "A8C1234"}


def test_a_blurred_frame_spoils_no_sharp_one():
    sharp, blurred = Shown("ABC1234"), Shown(UNSURE_6)
    assert blurred.candidates()[0].text != "ABC1234"
    (voted,) = vote([blurred, sharp], BOOK)
    assert (voted.text, voted.frame) == ("ABC1234", 1)
    assert voted.confidence > 0.95


def test_two_that_agree_outvote_one_that_errs():
    errs, agree = Shown(UNSURE_6), Shown(UNSURE_4)
    assert [each.text for each in vote([errs], BOOK)] == ["ABC1236"]
    assert [each.text for each in vote([errs, agree, agree], BOOK)] == ["ABC1234"]


def test_the_frame_of_another_car_is_not_mixed_in():
    frames = [Shown("ABC1234"), Shown("XYZ9876"), Shown(UNSURE_4)]
    assert set(texts_of(*frames)) == {"ABC1234", "XYZ9876"}
    assert judge(vote(frames, BOOK), ["BR"]).doubt == Doubt.TWO_PLATES


def test_two_cars_of_one_fleet_are_two_although_their_plates_are_alike():
    frames = [Shown("ABC1234"), Shown("ABC1235")]
    assert set(texts_of(*frames)) == {"ABC1234", "ABC1235"}
    assert judge(vote(frames, BOOK), ["BR"]).doubt == Doubt.TWO_PLATES


def test_a_frame_that_shows_nothing_has_no_vote():
    sharp = Shown("ABC1234")
    (voted,) = vote([Shown(), sharp, Shown()], BOOK)
    assert replace(voted, frame=0) == vote([sharp], BOOK)[0]
    assert vote([Shown(), Shown()], BOOK) == []


def test_a_word_in_one_frame_casts_doubt_on_all():
    frames = [Shown("ABC1234"), Shown("ABCIZEA")]
    assert judge(vote(frames[:1], BOOK), ["BR"]).is_certain()
    voted = [each for each in vote(frames, BOOK) if each.text == "ABC1234"]
    assert len(voted) == 1
    joined = replace(voted[0], raw_texts=("ABC1234", "ABCIZEA"))
    assert judge([joined], ["BR"]).doubt == Doubt.NO_DIGIT


TEXTS = [
    "ABC1234",
    UNSURE_4,
    UNSURE_6,
    "ABC1(27)34|ABC1(27)34|ABC1(72)34",
    "A8C1(27)3(49)",
    "XYZ9876",
]
FRAME = st.lists(st.sampled_from(TEXTS), max_size=2)


@settings(max_examples=40, deadline=None)
@given(texts=FRAME, count=st.integers(2, 5))
def test_a_frame_that_is_repeated_makes_no_reading_surer(texts, count):
    frame = Shown(*texts)
    alone = [each.confidence for each in frame.candidates()]
    repeated = [each.confidence for each in vote([frame] * count, BOOK)]
    assert repeated == pytest.approx(alone)


@given(one=st.text("AB1", max_size=6), other=st.text("AB1", max_size=6))
def test_the_distance_of_texts_is_symmetric_and_zero_for_equal_ones(one, other):
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, other) <= max(len(one), len(other))


@pytest.fixture(scope="module")
def photos() -> list[bytes]:
    return [drawn.photo("ABC1D23", height=height) for height in (30, 44, 60)]


def test_the_reader_gives_for_one_frame_what_it_gives_for_a_photo(reader, photos):
    assert reader.read_frames(photos[:1], ["BR"]) == reader.read(photos[0], ["BR"])


def test_the_same_bytes_twice_are_one_frame(reader, photos):
    assert reader.read_frames([photos[0]] * 5, ["BR"]) == reader.read(photos[0], ["BR"])


@settings(max_examples=3, deadline=None)
@given(order=st.permutations(range(3)))
def test_the_order_of_frames_changes_nothing(reader, photos, order):
    (plain,) = reader.read_frames(photos, ["BR"])
    (other,) = reader.read_frames([photos[n] for n in order], ["BR"])
    assert photos[order[other.frame]] == photos[plain.frame]
    assert replace(other, frame=plain.frame) == plain


def test_a_damaged_frame_has_no_vote_and_damaged_ones_alone_are_no_photo(reader, photos):
    damaged = photos[1][: len(photos[1]) // 2]
    (found,) = reader.read_frames([damaged, photos[0]], ["BR"])
    assert (found.text, found.frame) == ("ABC1D23", 1)
    with pytest.raises(UnreadableImage):
        reader.read_frames([damaged, b"text"], ["BR"])
    with pytest.raises(UnreadableImage):
        reader.read_frames([], ["BR"])
