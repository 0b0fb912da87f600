"""Signed alerts: the signature is last, fits the schema, and finds each change."""

import pytest
from lxml import etree

from incidents.feeds.site_keys import signing_key
from integrations.police.cap.document import SIGNATURE, MessageType, build
from integrations.police.cap.parsing import MAX_BYTES, InvalidDocument, parse
from integrations.police.cap.signature import InvalidSignature, sign, verify
from tests.factories import SiteFactory
from tests.integrations.police.alerts import (
    alert,
    built,
    codes,
    element,
    require_schema,
    schema_errors,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(db):
    return signing_key(SiteFactory())


def signed(key, root=None):
    return sign(built() if root is None else root, key.private_key, key.certificate)


def test_a_signed_alert_is_valid_and_verified_with_the_sites_certificate(key):
    document = signed(key, build(alert(MessageType.UPDATE)))
    root = parse(document)
    assert root[-1].tag == SIGNATURE
    assert codes(root) == []
    found = verify(document, key.certificate)
    assert element(found, "identifier").text == "msg_2.feed"
    require_schema()
    assert schema_errors(document) == []


def test_it_is_signed_by_ecdsa_with_sha256(key):
    text = signed(key).decode()
    assert "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" in text
    assert "http://www.w3.org/2001/04/xmlenc#sha256" in text


def test_a_change_of_any_element_is_found(key):
    for path in ("identifier", "sent", "info/severity", "info/area/circle"):
        root = parse(signed(key))
        element(root, path).text += "1"
        with pytest.raises(InvalidSignature):
            verify(etree.tostring(root), key.certificate)


def test_another_sites_certificate_does_not_verify_it(key):
    other = signing_key(SiteFactory())
    with pytest.raises(InvalidSignature):
        verify(signed(key), other.certificate)


def test_an_unsigned_alert_is_not_verified(key):
    with pytest.raises(InvalidSignature):
        verify(etree.tostring(built()), key.certificate)


def test_a_signature_inside_another_document_does_not_count_for_it(key):
    root = parse(signed(key))
    signature, wrapper = root[-1], built(identifier="forged")
    element(wrapper, "info").append(root)
    wrapper.append(signature)
    with pytest.raises(InvalidSignature):
        verify(etree.tostring(wrapper), key.certificate)


def test_a_signature_is_the_last_element(key):
    root = parse(signed(key))
    root.insert(0, root[-1])
    assert "identifier out_of_order" in codes(root)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"<alert>", "not_well_formed"),
        (b"", "not_well_formed"),
        (b"\xff\xfe\x00", "not_well_formed"),
        (b"<a>" + b" " * MAX_BYTES + b"</a>", "too_large"),
        (b"<!DOCTYPE a><a/>", "document_type"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "document_type"),
        (
            b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
            "document_type",
        ),
    ],
)
def test_hostile_documents_are_not_parsed(document, code):
    with pytest.raises(InvalidDocument) as refused:
        parse(document)
    assert refused.value.code == code
