"""Read XML from outside: no entities, no document types, no network, and a limit on its size."""

from typing import Any

from lxml import etree

MAX_BYTES = 256 * 1024


class InvalidDocument(Exception):  # noqa: N818 - the name of what it is about
    """The bytes are no XML that we accept; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(document: bytes) -> Any:
    """Parse a document and return its root element.

    Raises:
        InvalidDocument: it is too large, not well-formed, or has a document type.
    """
    if len(document) > MAX_BYTES:
        raise InvalidDocument("too_large")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidDocument("not_well_formed") from error
    # Entities are declared in a document type, which no alert needs.
    if root.getroottree().docinfo.doctype:
        raise InvalidDocument("document_type")
    return root
