"""Which readings of a photo may open a barrier without a person."""

import pytest

from devices.vision.certainty import WAIVED, Doubt, Verdict, doubt_of, judge
from devices.vision.formats import FormatBook
from devices.vision.issued import is_issued
from devices.vision.plates import Box, PlateCandidate, best
from tests.devices.vision import drawn

EUROPE = ("DE", "GB", "FR", "IT", "ES", "PL")


def reading(text, *raws, countries=("CN",), confidence=0.99, height=40, colour=""):
    """A candidate as the reader makes it for a site of these countries."""
    fits = FormatBook(countries).of(text)
    return PlateCandidate(
        text=text,
        raw_text=raws[0] if raws else text,
        confidence=confidence,
        box=Box(100, 100, 5 * height, height),
        countries=fits.countries if fits else (),
        format_name=fits.name if fits else "",
        colour=colour,
        raw_texts=raws or (text,),
    )


def doubt(text, *raws, countries=("CN",), **more):
    return doubt_of(reading(text, *raws, countries=countries, **more), countries)


def test_a_confident_reading_of_an_expected_plate_is_certain():
    verdict = judge([reading("粤B12345")], ["CN"])
    assert verdict.is_certain()
    assert verdict.candidate.text == "粤B12345"


def test_a_plate_of_few_pixels_is_not_certain_unless_it_is_on_file():
    low, enough = reading("粤B12345", height=19), reading("粤B12345", height=20)
    assert judge([low], ["CN"]) == Verdict(low, Doubt.SMALL)
    assert judge([enough], ["CN"]).is_certain()
    assert Doubt.SMALL in WAIVED
    assert doubt("粤B12345", height=19, colour="green") == Doubt.COLOUR, "no plate on file helps"


def test_a_reading_below_the_limit_is_not():
    found = [reading("粤B12345", confidence=0.94)]
    assert not judge(found, ["CN"]).is_certain()
    assert judge(found, ["CN"], limit=0.9).is_certain(0.9)


def test_no_plate_is_not_certain():
    assert judge([], ["CN"]) == Verdict(None)
    assert not Verdict(None).is_certain()


def test_without_a_country_no_reading_is_certain():
    assert doubt_of(reading("粤B12345"), ()) == Doubt.NO_COUNTRY


def test_a_plate_of_a_country_that_is_not_expected_is_not_certain():
    assert doubt_of(reading("AB12CDE", countries=("GB",)), ["CN"]) == Doubt.NO_FORMAT


@pytest.mark.parametrize(
    ("text", "raw"), [("TAX1", "TAXI"), ("AUD1", "AUDI"), ("MB0B", "MBOB"), ("BUS1", "BUSI")]
)
def test_a_word_does_not_become_a_plate_by_digits_that_were_letters(text, raw):
    found = doubt(text, raw, countries=("DE",))
    assert found in {Doubt.NO_DIGIT, Doubt.NO_FORMAT, Doubt.NOT_ISSUED}
    assert found is not None


def test_one_view_that_shows_a_word_is_enough_for_doubt():
    assert doubt("MAX1", "M-AX1", "MAXI", countries=("DE",)) == Doubt.NO_DIGIT
    assert doubt("MAX1", "M-AX1", "", countries=("DE",)) is None


@pytest.mark.parametrize("text", ["METR0", "C0LMA"])
def test_a_number_with_a_leading_zero_is_not_given_out(text):
    assert doubt(text, text, countries=("DE", "GB")) in {Doubt.NOT_ISSUED, Doubt.NO_FORMAT}


@pytest.mark.parametrize("raw", ["5551234", "555-1234"])
def test_a_telephone_number_is_not_certain(raw):
    assert doubt("5551234", raw, countries=("US",)) == Doubt.DIGITS_ONLY


def test_a_part_of_a_longer_line_is_not_certain():
    assert doubt("ABC1234", "TEL ABC1234", countries=("US",)) == Doubt.LONGER
    assert doubt("MAB1234", "D M AB1234", countries=("DE",)) is None, "the country's code"


@pytest.mark.parametrize(
    ("text", "raw", "expected"),
    [
        ("GATE2", "GATE2", Doubt.NO_GAP),
        ("GATE2", "GATE 2", Doubt.NO_GAP),
        ("BMW320", "BMW 320", Doubt.NO_GAP),
        ("BMW320", "B MW 320", None),
        ("BMW320", "BM·W320", None),
        ("BMW320", "B:MW320", None),
        ("HHAB123", "HH AB 123", None),
        ("HHAB123", "HHAB123", Doubt.NO_GAP),
        ("XC90", "X C90", Doubt.NOT_ISSUED),
    ],
)
def test_a_german_plate_has_a_gap_for_the_seals(text, raw, expected):
    assert doubt(text, raw, countries=("DE",)) == expected


def test_no_gap_is_needed_where_another_country_gives_out_the_text():
    assert doubt("WSQ3021", "WSQ3021", countries=("DE", "PL")) is None


def test_a_province_that_was_not_read_is_not_certain():
    assert doubt("粤B12345", "B12345") == Doubt.PROVINCE
    assert doubt("粤B12345", "圆B12345") == Doubt.PROVINCE
    assert doubt("粤B12345", "B12345", "粤B12345") is None


@pytest.mark.parametrize(
    ("text", "colour", "expected"),
    [
        ("粤B12345", "blue", None),
        ("粤B12345", "green", Doubt.COLOUR),
        ("粤BD12345", "green", None),
        ("粤BD12345", "yellow", None),
        ("粤BD12345", "blue", Doubt.COLOUR),
        ("粤BD12345", "", None),
        ("粤B12345", "white", None),
        ("粤BD12345", "black", None),
    ],
)
def test_the_colour_fits_the_kind_and_an_unclear_one_decides_nothing(text, colour, expected):
    assert doubt(text, colour=colour) == expected


def test_the_colour_of_other_countries_plates_decides_nothing():
    assert doubt("ABC1234", countries=("BR",), colour="green") is None


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("MAB1234", "DE", True),
        ("QQAB1234", "DE", False),
        ("HHAB0123", "DE", False),
        ("KOAB12345", "DE", False),
        ("AB12CDE", "GB", True),
        ("AB01CDE", "GB", False),
        ("AB30CDE", "GB", False),
        ("QA12CDE", "GB", False),
        ("A1BCD", "GB", True),
        ("AB123CD", "FR", True),
        ("AI123CD", "FR", False),
        ("AB123CD", "IT", True),
        ("AQ123CD", "IT", False),
        ("1234BCD", "ES", True),
        ("1234ABC", "ES", False),
        ("1AB2345", "CZ", True),
        ("1DB2345", "CZ", False),
        ("WSQ3021", "PL", True),
        ("ASQ3021", "PL", False),
        ("1ABC234", "BE", True),
        ("0ABC234", "BE", False),
        ("ZG1234AB", "HR", True),
        ("QG1234AB", "HR", False),
        ("AA1234BB", "UA", True),
        ("DA1234BB", "UA", False),
        ("KA01AB1234", "IN", True),
        ("QQ01AB1234", "IN", False),
        ("AB1234", "HK", True),
        ("AQ1234", "HK", False),
        ("AB0123", "HK", False),
        ("MA1234", "MO", True),
        ("ABC1234", "BR", True),
        ("粤B12345", "CN", True),
    ],
)
def test_what_a_countrys_numbering_gives_out(text, country, expected):
    assert FormatBook([country]).of(text) or not expected
    assert is_issued(text, country) is expected


def test_a_text_that_one_of_several_countries_gives_out_is_certain():
    assert doubt("AI123CD", countries=EUROPE) == Doubt.NOT_ISSUED
    assert doubt("AI123CD", countries=(*EUROPE, "SK")) is None


def test_of_two_certain_plates_of_alike_size_a_person_chooses():
    verdict = judge([reading("粤B12345", height=40), reading("粤A54321", height=36)], ["CN"])
    assert (verdict.candidate.text, verdict.doubt) == ("粤B12345", Doubt.TWO_PLATES)


@pytest.mark.parametrize("order", [1, -1])
def test_the_plate_of_the_car_behind_is_smaller(order):
    near, far = reading("粤B12345", height=60), reading("粤A54321", height=40)
    verdict = judge([near, far][::order], ["CN"])
    assert verdict.is_certain()
    assert verdict.candidate == near


def test_the_car_behind_does_not_open_for_a_nearer_one_that_is_muddy():
    muddy = reading("粤B12345", height=60, confidence=0.7)
    verdict = judge([reading("粤A54321", height=40), muddy], ["CN"])
    assert verdict.candidate == muddy
    assert not verdict.is_certain()


def test_a_larger_telephone_number_leaves_the_plate_certain():
    telephone = reading("5551234", countries=("US",), height=80)
    plate = reading("ABC1234", countries=("US",))
    verdict = judge([telephone, plate], ["US"])
    assert verdict.is_certain()
    assert verdict.candidate == plate


def test_a_larger_sign_that_is_no_plate_is_left_out():
    sign = reading("PARKHAUS", height=90, confidence=0.9)
    assert judge([reading("粤A54321", height=40), sign], ["CN"]).is_certain()


def test_the_same_plate_found_twice_is_one():
    found = [reading("粤B12345", height=40), reading("粤B12345", height=38)]
    assert judge(found, ["CN"]).is_certain()


@pytest.mark.parametrize(
    ("shown", "colour", "name"),
    [
        ("VB12345", "white", "military"),
        ("川A·1234警", "white", "special"),
        ("鲁H·123B挂", "yellow", "special"),
        ("京A·1234学", "yellow", "special"),
        ("使014578", "black", "embassy"),
        ("沪A·0123领", "black", "special"),
        ("粤Z·1234港", "black", "Hong Kong and Macao"),
        ("粤Z·5F78澳", "black", "Hong Kong and Macao"),
        ("粤BD·12345", "green", "new energy"),
        ("粤B·12345", "blue", "civil"),
    ],
)
def test_chinese_plates_of_every_kind_are_certain(reader, shown, colour, name):
    found = reader.read(drawn.photo(shown, colour), ["CN"])
    verdict = judge(found, ["CN"], 0.9)
    assert verdict.candidate == best(found)
    assert verdict.candidate.text == shown.replace("·", "")
    assert (verdict.candidate.format_name, verdict.doubt) == (name, None)


@pytest.mark.parametrize(
    ("height", "usual", "expected"),
    [(24, 41, Doubt.BEHIND), (25, 41, None), (24, None, None), (40, 20, None)],
)
def test_a_plate_much_lower_than_usual_at_its_camera_may_be_that_of_the_car_behind(
    height, usual, expected
):
    found = [reading("粤B12345", height=height)]
    assert judge(found, ["CN"], usual_height=usual).doubt == expected


def test_a_registered_plate_does_not_dispel_that_it_may_be_of_the_car_behind():
    assert Doubt.BEHIND not in WAIVED
    found = [reading("AB1234", countries=("US",), height=20)]
    assert judge(found, ["CN"]).doubt in WAIVED
    assert judge(found, ["CN"], usual_height=40).doubt == Doubt.BEHIND


def test_another_doubt_that_nothing_dispels_is_named_first():
    found = [reading("粤B12345", "B12345", height=20)]
    assert judge(found, ["CN"], usual_height=40).doubt == Doubt.PROVINCE
