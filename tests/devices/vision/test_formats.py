"""Which texts are plates of which country."""

import pytest

from core.plates import PROVINCES
from devices.vision.formats import SIGNS, FormatBook


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("粤B12345", "CN"),
        ("粤BD12345", "CN"),
        ("粤B12345D", "CN"),
        ("京A1234学", "CN"),
        ("沪A1234警", "CN"),
        ("鲁B1234挂", "CN"),
        ("粤Z1234港", "CN"),
        ("粤Z123A澳", "CN"),
        ("使014578", "CN"),
        ("014578使", "CN"),
        ("沪A1234领", "CN"),
        ("WJ京12345", "CN"),
        ("民航A1234", "CN"),
        ("民航12345", "CN"),
        ("WJ京1234警", "CN"),
        ("ABC1D23", "BR"),
        ("ABC1234", "BR"),
        ("AB12CDE", "GB"),
        ("HHAB1234", "DE"),
        ("MAB1234", "DE"),
        ("RK755AJ", "SK"),
        ("1AB2345", "CZ"),
        ("WSQ3021", "PL"),
        ("1234BCD", "ES"),
        ("7CID930", "US"),
        ("UF2V5S", "US"),
        ("KA01AB1234", "IN"),
        ("A1", ""),
        ("EXIT", ""),
        ("粤I12345", ""),
        ("粤B123", ""),
        ("粤A1234港", ""),
    ],
)
def test_whose_plate_a_text_may_be(text, country):
    found = FormatBook().of(text)
    assert (country in found.countries) if country else found is None


def test_a_military_plate_is_expected_where_china_is():
    found = FormatBook(["CN"]).of("VB12345")
    assert (found.name, FormatBook(["CN"]).of("AB12345")) == ("military", None)


@pytest.mark.parametrize("province", PROVINCES)
def test_every_province_gives_out_plates(province):
    assert FormatBook(["CN"]).of(f"{province}A12345") is not None


def test_a_pattern_that_several_countries_share_names_them_all():
    found = FormatBook().of("AB123CD")
    assert found is not None
    assert {"FR", "IT", "SK"} <= set(found.countries)


def test_a_site_may_expect_a_few_countries_only():
    book = FormatBook(["BR"])
    assert book.of("ABC1D23") is not None
    assert book.of("AB12CDE") is None


def test_only_where_all_formats_are_known_does_every_other_text_become_improbable():
    assert FormatBook(["CN", "BR"]).complete
    assert not FormatBook(["CN", "US"]).complete
    assert not FormatBook().complete


def test_a_country_without_formats_is_refused_by_name():
    with pytest.raises(ValueError, match="countries: no formats are known for XX, ZZ"):
        FormatBook(["CN", "ZZ", "XX"])


def test_likely_formats_come_before_rare_ones():
    weights = [plate_format.weight for plate_format in FormatBook().of_length(7)]
    assert weights == sorted(weights, reverse=True)
    assert len(weights) > 5


def test_every_pattern_uses_known_signs_and_stands_once():
    formats = [f for length in range(4, 12) for f in FormatBook().of_length(length)]
    assert all(sign in SIGNS for f in formats for sign in f.signs)
    assert len({f.signs for f in formats}) == len(formats)
