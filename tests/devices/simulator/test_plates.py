"""Plates of several countries."""

import pytest
from PIL import ImageFont

from devices.simulator import chance, plates
from devices.simulator.faces import FONT, PX_PER_MM, draw_face, glyph
from devices.simulator.plates import DESIGNS, PROVINCES, draw_text, plate


@pytest.mark.parametrize(
    ("text", "design"),
    [
        ("粤B·12345", "cn-blue"),
        ("粤BD12345", "cn-green"),
        ("B-MW 1234", "de"),
        ("HH AB 12", "de"),
        ("GH-123-K", "nl"),
        ("AB12 CDE", "uk"),
        ("ABC1D23", "br"),
        ("ABC 1234", "us"),
        ("7ABC123", "us"),
        ("", "us"),
    ],
)
def test_the_kind_of_a_plate_is_guessed_from_its_text(text: str, design: str) -> None:
    assert plates.design_of(text) == design


@pytest.mark.parametrize("design", [name for name in DESIGNS if name != "cn-yellow"])
def test_a_drawn_text_is_one_that_its_country_could_issue(design: str) -> None:
    for seed in range(60):
        text = draw_text(chance.stream(seed, design), design, provinces=PROVINCES)
        # Three letters and four digits may be Berlin's as well as New York's.
        guesses = {design, "de"} if design == "us" else {design}
        assert plates.design_of(text) in guesses, text


def test_a_chinese_plate_never_has_letters_that_are_not_issued() -> None:
    drawn = {draw_text(chance.stream(seed), "cn-blue") for seed in range(300)}
    assert not any({"I", "O"} & set(text) for text in drawn)


def test_the_same_seed_draws_the_same_text() -> None:
    assert draw_text(chance.stream(3, "x"), "nl") == draw_text(chance.stream(3, "x"), "nl")
    assert draw_text(chance.stream(3, "x"), "nl") != draw_text(chance.stream(4, "x"), "nl")


def test_an_unknown_design_is_rejected_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="cn-blue"):
        plate("粤B12345", "mars")


def test_the_font_has_a_distinct_glyph_for_every_character_on_plates() -> None:
    missing = bytes(ImageFont.truetype(str(FONT), 60).getmask("\uffff"))
    signs = PROVINCES + plates.CHINESE_SYMBOLS + "IO"
    assert [
        s for s in signs if bytes(ImageFont.truetype(str(FONT), 60).getmask(s)) == missing
    ] == []
    assert len({glyph(sign, 40, 80).tobytes() for sign in signs}) == len(signs)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_face_has_the_plates_true_size(name: str) -> None:
    design = DESIGNS[name]
    face = draw_face(plate(draw_text(chance.stream(1), name), name))
    assert face.shape == (design.height * PX_PER_MM, design.width * PX_PER_MM, 3)


def test_british_plates_are_white_in_front_and_yellow_behind() -> None:
    item = plate("AB12CDE")
    front, rear = draw_face(item)[20, 20], draw_face(item, rear=True)[20, 20]
    assert front.min() > 200
    assert rear[2] < 100 < rear[0]
