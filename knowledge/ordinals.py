"""Numbers written as words or in roman figures, in Spanish and English. Pure."""

import re

_UNITS = {
    "primer": 1, "segund": 2, "tercer": 3, "cuart": 4, "quint": 5, "sext": 6, "septim": 7, "octav": 8, "noven": 9,
    "terci": 3, "setim": 7, "non": 9,
}  # fmt: skip
_TENS = {"decim": 10, "vigesim": 20, "trigesim": 30, "cuadragesim": 40, "quincuagesim": 50}
_OWN = {"undecim": 11, "decimoprimer": 11, "duodecim": 12}
_ENGLISH = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_ENGLISH_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_UNACCENTED = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

_SMALL_NUMBERS = {
    "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
    "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17,
    "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiun": 21, "veintiuno": 21, "veintiuna": 21, "veintidos": 22,
    "veintitres": 23, "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27, "veintiocho": 28,
    "veintinueve": 29,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_SPANISH_TENS = {
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
}  # fmt: skip
_HUNDREDS = {
    "cien": 100, "ciento": 100, "doscientos": 200, "doscientas": 200, "trescientos": 300, "trescientas": 300,
    "cuatrocientos": 400, "cuatrocientas": 400, "quinientos": 500, "quinientas": 500, "seiscientos": 600, "seiscientas": 600,
    "setecientos": 700, "setecientas": 700, "ochocientos": 800, "ochocientas": 800, "novecientos": 900, "novecientas": 900,
}  # fmt: skip
_ALL_TENS = _SPANISH_TENS | _ENGLISH_TENS

NUMBER_WORDS = "|".join(sorted(_SMALL_NUMBERS | _ALL_TENS | _HUNDREDS, key=len, reverse=True)) + "|hundred"
"""Every word a written number is made of, as alternatives of an expression, folded."""


def number_word(text: str) -> int:
    """30 for treinta or thirty, 45 for forty-five, 120 for ciento veinte; 0 for what is no number up to 999."""
    words = [word for word in re.split(r"[\s-]+", text.translate(_UNACCENTED).lower()) if word not in ("y", "and")]
    total = 0
    for word in words:
        if word == "hundred" and 0 < total < 10:
            total *= 100
            continue
        value = _SMALL_NUMBERS.get(word) or _ALL_TENS.get(word) or _HUNDREDS.get(word)
        if not value or (total and total % _size(value)):
            return 0
        total += value
    return total


def _size(value: int) -> int:
    """What the number before must be a multiple of, so that `veinte treinta` is no number."""
    return 10 if value < 10 else 100 if value < 100 else 1000


def ordinal(text: str) -> int:
    """1 for primera, 12 for décimo segunda or twelfth, 0 for what is no ordinal."""
    words = re.split(r"[\s-]+", text.translate(_UNACCENTED).lower())
    if len(words) == 1 and words[0] in _ENGLISH:
        return _ENGLISH[words[0]]
    if len(words) == 2 and words[0] in _ENGLISH_TENS and 0 < _ENGLISH.get(words[1], 0) < 10:
        return _ENGLISH_TENS[words[0]] + _ENGLISH[words[1]]
    if words == ["unica"]:
        return 1
    total = 0
    for word in words:
        value = _ordinal_word(word)
        if not value or (total and total % 10 == 0 and value > 9) or total % 10:
            return 0
        total += value
    return total


def _ordinal_word(word: str) -> int:
    stem = word[:-1] if word[-1:] in "oa" else word
    if stem in _UNITS | _TENS | _OWN:
        return (_UNITS | _TENS | _OWN)[stem]
    for tens, value in _TENS.items():
        for joined in (stem.removeprefix(f"{tens}o"), stem.removeprefix(f"{tens}a"), stem.removeprefix(tens)):
            if joined != stem and joined in _UNITS:
                return value + _UNITS[joined]
    return 0


def roman(text: str) -> int:
    """14 for XIV."""
    values = [_ROMAN[char] for char in text.lower()]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
