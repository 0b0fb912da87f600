"""The minor units of the world's currencies, by ISO 4217.

Source: ISO 4217 list one, column "minor unit". Stored amounts are counted in this unit, so the
table never follows a library: CLDR's display digits change between releases (in 2025 for HUF,
IDR, COP and RSD), and with them the meaning of every stored amount would change.
"""

DEFAULT_EXPONENT = 2
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_EXPONENTS = {
    **dict.fromkeys(_ZERO.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
    **dict.fromkeys(_FOUR.split(), 4),
}


def exponent(currency: str) -> int:
    """Return the number of decimals of a currency's minor unit: 2 for CNY, 0 for JPY."""
    return _EXPONENTS.get(currency, DEFAULT_EXPONENT)
