"""What CAP 1.2 demands beyond its schema: each broken rule has a code."""

import pytest
from lxml import etree

from integrations.police.cap.document import MessageType, build
from integrations.police.cap.rules import InvalidAlert, Problem, problems
from tests.integrations.police.alerts import (
    NAMES,
    alert,
    built,
    codes,
    element,
    require_schema,
    schema_errors,
)

TAG = f"{{{NAMES['cap']}}}"


def changed(path, text, type_=MessageType.UPDATE):
    root = build(alert(type_))
    element(root, path).text = text
    return root


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("identifier", "msg 2", "identifier forbidden_character"),
        ("identifier", "msg,2", "identifier forbidden_character"),
        ("identifier", "msg<2", "identifier forbidden_character"),
        ("identifier", "msg\u00a02", "identifier forbidden_character"),
        ("identifier", "", "identifier missing"),
        ("sender", "gate & co", "sender forbidden_character"),
        ("sender", None, "sender missing"),
        ("addresses", " ", "addresses missing_for_private_scope"),
        ("scope", "Restricted", "restriction missing_for_restricted_scope"),
        ("references", "demo@gate.example,msg_1", "references not_a_triple"),
        ("references", "a,b,2026-07-04T08:00:00Z", "references not_a_triple"),
        ("references", "a,,2026-07-04T08:00:00-00:00", "references not_a_triple"),
        ("references", "", "references missing"),
        (
            "references",
            "demo@gate.example,msg_2.feed,2026-07-04T08:00:00-00:00",
            "references refers_to_itself",
        ),
        ("incidents", '"demo 1', "incidents quote_not_closed"),
        ("info/area/circle", "31.2 121.4 0.05", "circle not_a_circle"),
        ("info/area/circle", "91,121.4 0.05", "circle not_a_circle"),
        ("info/area/circle", "31,121.4 nan", "circle not_a_circle"),
    ],
)
def test_our_rules_find_what_the_schema_allows(path, text, code):
    root = changed(path, text)
    assert codes(root) == [code]
    require_schema()
    assert schema_errors(root) == []


def test_a_repeated_reference_is_found():
    root = build(alert(MessageType.UPDATE))
    element(root, "references").text += " " + element(root, "references").text
    assert codes(root) == ["references repeated"]


@pytest.mark.parametrize("time", ["2026-07-04T08:30:15Z", "2026-07-04T08:30:15.1-00:00", "today"])
def test_times_are_checked_without_the_schema(time):
    assert codes(changed("sent", time)) == ["sent not_a_time"]
    assert "onset not_a_time" in codes(changed("info/onset", time))


def test_an_alert_expires_after_it_was_sent():
    root = built()
    for each in root.iter(f"{TAG}expires"):
        each.text = element(root, "sent").text
    assert codes(root) == ["expires not_after_sent"]


def test_elements_out_of_the_schemas_order_are_found():
    root = built()
    root.insert(0, element(root, "scope"))
    assert codes(root) == ["identifier out_of_order"] + [
        f"{each} out_of_order" for each in ("msgType", "sender", "sent", "status")
    ]
    root = built()
    first = element(root, "info")
    first.append(element(root, "info/category"))
    assert "category out_of_order" in codes(root)


def test_an_unknown_element_and_one_of_another_namespace_are_found():
    root = built()
    etree.SubElement(root, f"{TAG}extra")
    etree.SubElement(element(root, "info/area"), "circle")
    assert codes(root) == ["circle unknown_element", "extra unknown_element"]


def test_the_infos_of_an_alert_differ_in_language_only():
    root = built()
    element(root, "info/severity").text = "Minor"
    assert codes(root) == ["severity differs_between_languages"]
    root = built()
    element(root, "info/language").text = "zh-CN"
    assert codes(root) == ["language repeated"]


def test_an_alert_without_an_info_has_no_content():
    assert codes(built(infos=())) == ["info missing"]
    assert codes(build(alert(MessageType.CANCEL, infos=()))) == []


def test_digests_are_sha1_and_each_has_a_stronger_one():
    root = built()
    element(root, "info/resource/digest").text = "ab" * 32
    assert codes(root) == ["digest not_sha1"]
    root = built()
    element(root, "info/parameter/value").text = "ab" * 20
    assert codes(root) == ["parameter not_sha256"]
    root = built()
    element(root, "info").remove(element(root, "info/parameter"))
    assert codes(root) == ["parameter evidence_sha256_missing"]


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ("0,0 0,1 1,1 0,0", []),
        ("0,0 0,1 1,1", ["polygon not_closed"]),
        ("0,0 0,1 0,0", ["polygon not_closed"]),
        ("0;0 0,1 1,1 0;0", ["polygon not_positions"]),
    ],
)
def test_polygons_are_closed(points, code):
    root = built()
    polygon = etree.Element(f"{TAG}polygon")
    polygon.text = points
    element(root, "info/area/areaDesc").addnext(polygon)
    assert codes(root) == code


def test_another_document_is_no_alert():
    assert problems(etree.Element("alert")) == [Problem("alert", "not_an_alert")]


def test_an_invalid_alert_names_its_problems():
    error = InvalidAlert([Problem("sender", "missing")])
    assert str(error) == "sender: missing"
