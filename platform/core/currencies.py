"""The world's currencies and their minor units, by ISO 4217.

Source: ISO 4217 list one as of January 2026, columns "code" and "minor unit", without the codes
that are no money of a country. Stored amounts are counted in the minor unit, so the table never
follows a library: CLDR's display digits change between releases (in 2025 for HUF, IDR, COP and
RSD), and with them the meaning of every stored amount would change.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DEFAULT_EXPONENT = 2
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ
GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD
MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS
UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_EXPONENTS = {
    code: decimals
    for decimals, codes in ((0, _ZERO), (2, _TWO), (3, _THREE), (4, _FOUR))
    for code in codes.split()
}
CURRENCIES = frozenset(_EXPONENTS)


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency's minor unit: 2 for CNY, 0 for JPY."""
    return _EXPONENTS.get(currency, DEFAULT_EXPONENT)


def validate_currency(code: str) -> None:
    """Validate a currency's code; a model field's validator.

    Raises:
        ValidationError: ISO 4217 has no such currency.
    """
    if code not in CURRENCIES:
        raise ValidationError(
            _("%(code)s is not an ISO 4217 currency; enter one such as CNY"), params={"code": code}
        )
