"""Sign alerts with XML Signature (enveloped, ECDSA P-256 with SHA-256), and verify them."""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from lxml import etree
from signxml import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConfiguration,
    SignatureMethod,
    XMLSigner,
    XMLVerifier,
)
from signxml.exceptions import SignXMLException

from integrations.police.cap.document import NAMESPACE
from integrations.police.cap.parsing import parse

# In the exclusive form, a signature stays valid where the alert is put into another document.
_CANONICAL = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
_EXPECTED = SignatureConfiguration(
    location="./",
    signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
)


class InvalidSignature(Exception):  # noqa: N818 - the name of what it is about
    """An alert is not signed with the certificate, or was changed since."""


def sign(alert: Any, key: EllipticCurvePrivateKey, certificate: x509.Certificate) -> bytes:
    """Return the alert as a document in UTF-8 with a signature as its last element."""
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=_CANONICAL,
    )
    signed = signer.sign(alert, key=key, cert=[certificate])
    return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


def verify(document: bytes, certificate: x509.Certificate) -> Any:
    """Return the alert that the certificate's key has signed, as signed.

    Raises:
        InvalidSignature: the signature is missing, another's, of another kind, or does not fit.
        InvalidDocument: the bytes are no XML that we accept.
    """
    root = parse(document)
    try:
        found = XMLVerifier().verify(root, x509_cert=certificate, expect_config=_EXPECTED)
    except (SignXMLException, ValueError) as error:
        raise InvalidSignature(str(error)) from error
    signed = found[0].signed_xml if isinstance(found, list) else found.signed_xml
    if signed is None or signed.tag != f"{{{NAMESPACE}}}alert":
        raise InvalidSignature("the signature does not cover the alert")
    return signed
