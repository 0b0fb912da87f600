"""The province of a Chinese plate, read again from crops in which its glyph is square."""

from dataclasses import replace

import pytest
from PIL import Image, ImageFilter

from devices.vision.formats import book_of
from devices.vision.lines import crop
from devices.vision.photo import open_photo
from devices.vision.province import province_views
from devices.vision.search import Search
from devices.vision.spelling import spell
from devices.vision.writings import Writing
from tests.devices.vision import drawn

CN = book_of(("CN",))
#: Of a plate's seven signs, the province and the gap behind it take this share.
SHARE_OF_PROVINCE = 0.19


def far(text: str) -> bytes:
    """A plate far away, whose signs are half as wide as high, as those of real plates."""
    plate = drawn.plate(text, "blue", 120)
    plate = plate.resize((round(plate.width * 0.2), 40), Image.Resampling.LANCZOS)
    scene = Image.new("RGB", (640, 400), drawn.GREY)
    scene.paste(plate, (260, 180))
    return drawn.jpeg(scene.filter(ImageFilter.GaussianBlur(0.8)))


def without_province(reader, image: bytes) -> Writing:
    """The plate's line as a detector often finds it: begun at the letter."""
    photo = open_photo(image)
    line = Search(photo, reader.engine(), CN).found()[0].writing.lines[0]
    cut = line.width * SHARE_OF_PROVINCE
    begun = replace(line, x=line.x + cut / 2, width=line.width - cut)
    return Writing((begun,), reader.engine().recognise([crop(photo.pixels, begun, 0.0, -0.05)]))


def spelled(views) -> str:
    return spell([view.columns for view in views], CN)[0].text


@pytest.mark.parametrize("plate", ["皖A·85501", "川B·62F38", "赣C·20431", "桂A·T607K"])
def test_a_line_begun_at_the_letter_gets_its_province(reader, plate):
    image = far(plate)
    writing = without_province(reader, image)
    text = spelled(writing.views)
    pixels = open_photo(image).pixels
    views = province_views(pixels, reader.engine(), writing, text, CN)
    assert text == plate[1] + plate[3:]
    assert spelled(views) == plate[0] + text
    assert any(plate[0] in view.text for view in views)


def test_elsewhere_no_line_is_read_again(reader):
    image = far("皖A·85501")
    writing = without_province(reader, image)
    pixels = open_photo(image).pixels
    us = book_of(("US",))
    assert province_views(pixels, reader.engine(), writing, "A85501", us) is writing.views


@pytest.mark.parametrize("text", ["皖B12345", "A8550", "85501"])
def test_what_stands_elsewhere_in_the_photo_has_no_province_there(reader, text):
    image = far("皖A·85501")
    writing = without_province(reader, image)
    pixels = open_photo(image).pixels
    assert province_views(pixels, reader.engine(), writing, text, CN) is writing.views


def test_the_wider_signs_of_two_rows_are_not_read_again(reader):
    image = drawn.jpeg(drawn.scene((drawn.two_rows("鲁H", "123B挂"), (280, 200))))
    writing = Search(open_photo(image), reader.engine(), CN).found()[0].writing
    pixels = open_photo(image).pixels
    assert len(writing.lines) == 2
    assert province_views(pixels, reader.engine(), writing, "鲁H123B挂", CN) is writing.views
