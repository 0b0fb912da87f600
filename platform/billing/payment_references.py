"""Payment references that payers quote on bank transfers: creditor references of ISO 11649."""

import re

# "RF00" as digits, with which the check digits are worked out (ISO 7064, MOD 97-10).
_PREFIX = "271500"
_FOUND = re.compile(r"RF\s*(?:\d\s*){6,23}", re.IGNORECASE)


def payment_reference(site: int, year: int, number: int) -> str:
    """Return the reference of a site's bill of that year and number, such as ``RF18000032...``."""
    body = f"{site:05d}{year % 100:02d}{number:08d}"
    return f"RF{98 - int(body + _PREFIX) % 97:02d}{body}"


def is_payment_reference(text: str) -> bool:
    """Return whether the text is a numeric creditor reference with right check digits."""
    text = "".join(text.split()).upper()
    digits = text[2:]
    if not text.startswith("RF") or not digits.isascii() or not digits.isdigit():
        return False
    return 6 <= len(digits) <= 23 and int(f"{digits[2:]}2715{digits[:2]}") % 97 == 1


def references_in(text: str) -> list[str]:
    """Return the payment references in a text, as a bank statement's line quotes them.

    Digits that follow a reference without a letter between them are left out where the reference
    is right without them.
    """
    found = []
    for match in _FOUND.finditer(text):
        digits = "".join(match.group().split()).upper()
        ends = range(len(digits), 7, -1)
        right = next((digits[:end] for end in ends if is_payment_reference(digits[:end])), None)
        if right is not None:
            found.append(right)
    return found
