"""How dates, times, lengths, amounts, numbers, phones, addresses and links are written, in Spanish and English. Pure.

Patterns meet folded text, except links and e-mail addresses, which meet it as it was written.
"""

import re

from knowledge.ordinals import NUMBER_WORDS

MONTH_FIRST = frozenset({"en-us", "en-ph"})
COMMA_THOUSANDS = frozenset({"es-mx", "es-us", "es-gt", "es-hn", "es-ni", "es-pa", "es-pe", "es-sv", "es-do", "es-pr"})

# ---------------------------------------------------------------- names of things

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero january ene jan", "febrero february feb", "marzo march mar", "abril april abr apr", "mayo may",
            "junio june jun", "julio july jul", "agosto august ago aug", "septiembre september setiembre sep sept set",
            "octubre october oct", "noviembre november nov", "diciembre december dic dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
LONG_MONTHS = [name for name in MONTHS if len(name) > 4 or name == "mayo"]
UNITS = {
    "minut": "minute", "min": "minute", "hora": "hour", "hour": "hour", "h": "hour", "dia": "day", "day": "day",
    "noche": "night", "night": "night", "semana": "week", "week": "week", "mes": "month", "month": "month",
    "mensualidad": "month", "ano": "year", "year": "year", "anualidad": "year",
}  # fmt: skip
CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "libras": "GBP",
    "us$": "USD", "usd": "USD", "$": "$", "dollars": "$", "dolares": "$", "pesos": "$", "mxn": "MXN", "cop": "COP",
    "ars": "ARS", "clp": "CLP", "pen": "PEN", "soles": "PEN", "chf": "CHF", "cad": "CAD", "aud": "AUD",
}  # fmt: skip
DOLLARS = frozenset({"USD", "MXN", "COP", "ARS", "CLP", "CAD", "AUD"})

# ---------------------------------------------------------------- how they are written (in folded text)

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"»”)\]]+", re.IGNORECASE)
DOMAIN = re.compile(
    r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|es|org|net|io|eu|mx|co|uk|example|app|info)\b(?:/[^\s<>\"»”)\]]*)?",
    re.IGNORECASE,
)
MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
WORDED_DATES = (
    re.compile(
        rf"(?:\b(?P<low>\d{{1,2}})\s?(?:al|a|y|o|-|–|to|and|or)\s?(?:el\s)?)?"
        rf"\b(?P<day>\d{{1,2}}|primero)(?:st|nd|rd|th|\.?[ºo])?\s+(?:de\s+|of\s+)?{MONTH}(?:,?\s+(?:del?\s+)?(?P<year>\d{{4}}))?"
    ),
    re.compile(rf"\b{MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.,]?\d)(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(r"(?<![\w/-])(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?![\w/])"),
)
FIGURED_DATE = re.compile(
    r"(?<![\w/.-])(?P<one>\d{1,2})(?P<by>[/.-])(?P<two>\d{1,2})(?P=by)(?P<year>\d{4}|\d{2})(?![\w/])"
    r"|(?<![\w/.-])(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\w/])"
)
LONG_MONTH = "(?P<month>" + "|".join(LONG_MONTHS) + ")"
NEAR_MONTH = "en|in|durante|during|hasta|until|till|desde|since|from|para|by|de|of"
MONTH_OF_YEAR = re.compile(
    rf"(?:\b(?:{NEAR_MONTH})\s+)?\b{LONG_MONTH}\s+(?:del?\s+)?(?P<year>\d{{4}})\b"
    rf"|\b(?:{NEAR_MONTH})\s+{LONG_MONTH.replace('month', 'bare')}\b"
)
TIME = re.compile(
    r"(?<![\d:.,])(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?![\d%])\s*(?:h\b|(?P<half>[ap])\.?\s?m\b\.?)"
    r"|(?<![\d:.,])(?P<hour2>\d{1,2}):(?P<minute2>\d{2})(?!\d)|(?<![\d:.,])(?P<hour3>\d{1,2})\s?(?P<half3>[ap])\.?\s?m\b\.?"
)
PHONE = re.compile(
    r"\+\d[\d\s().-]{6,}\d|\b\d{3}[\s.-]\d{2,3}[\s.-]\d{2,3}(?:[\s.-]\d{2,3})?\b|(?<![\w.,/-])[6-9]\d{8}(?![\w/-])"
)
STREET = re.compile(
    r"\b(?:calle|c/|avenida|avda|av\.|plaza|pza|paseo|camino|carretera|ronda|travesia)\.?\s+"
    r"(?P<name>[a-zñ][a-zñ .'ºª]*?),?\s*(?:n\.?[ºo]\.?|num\.?|numero)?\s*(?P<number>\d{1,4})\b"
    r"|\b(?P<number2>\d{1,5})\s+(?P<name2>[a-z][a-z .']*?)\s+(?:street|st|road|rd|avenue|ave|lane|ln|square|sq)\b"
)
CLAUSE = re.compile(
    r"\b(?:clausulas?|articulos?|art\.|apartados?|estipulacion(?:es)?|clauses?|sections?|articles?|paragraphs?)\s+"
    r"(?P<path>\d{1,3}(?:\.\d{1,3})*)\.?(?:\s?\(?(?P<item>[a-z])\)|\s(?P<bare>[b-df-np-tv-xz])(?![\w]))?"
)
OUTLINE = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){2,}\b")
NUMBER = r"\d+(?:[.,'\u00a0 ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
ANY_NUMBER = re.compile(NUMBER)
RANGE = rf"(?:(?P<low>{NUMBER})\s?(?:%|€)?\s?(?:-|–|a|al|y|e|o|u|to|and|or)\s?)?"
PERCENT = re.compile(rf"{RANGE}(?P<value>{NUMBER})\s*(?:%|por cien(?:to)?\b|per cent\b|percent\b)")
SIGNS = "|".join(re.escape(sign) for sign in ("€", "£", "us$", "$"))
NAMES = "|".join(sorted((name for name in CURRENCIES if name.isalpha()), key=len, reverse=True))
PER = (
    r"(?:\s?(?:/|al|por|a|per|each|every|cada)\s?(?P<each>dia|day|semana|week|mes|month|ano|year)\b"
    r"|\s(?P<adverb>mensual(?:es)?|anual(?:es)?|monthly|yearly|annually)\b)?"
)
_PER_BEFORE = PER.replace("each", "each1").replace("adverb", "adverb1")
AMOUNT = re.compile(
    rf"(?P<sign>{SIGNS}|\b(?:eur|gbp|usd|mxn|chf)(?![a-z]))\s?(?P<figures>{NUMBER}){_PER_BEFORE}"
    rf"|{RANGE}(?P<value>{NUMBER})\s?(?P<name>(?:{SIGNS})|(?:{NAMES})\b){PER}"
)
PERS = {"mensual": "month", "anual": "year", "monthly": "month", "yearly": "year", "annually": "year"}
CALENDAR = (
    r"naturales|natural|calendario|corridos|consecutivos|consecutive|calendar|completos|completas|full|clear|whole"
)
WORKING = r"habiles|habil|laborables|laborable|bancarios|working|business|banking"
LENGTH = re.compile(
    rf"{RANGE}(?P<value>{NUMBER})[ )-]{{0,2}}(?:(?P<before>{CALENDAR}|{WORKING})[ -])?"
    r"(?P<unit>minut[eo]s?|mins?|horas?|hours?|h|dias?|days?|noches?|nights?|semanas?|weeks?|mes(?:es)?|months?|mensualidad(?:es)?"
    rf"|anualidad(?:es)?|anos?|years?)(?![a-z])(?:'?\s(?P<after>{CALENDAR}|{WORKING})\b)?"
)
_WRITTEN_NUMBER = rf"(?:{NUMBER_WORDS})(?:[ -](?:y |and )?(?:{NUMBER_WORDS}))*"
WRITTEN = re.compile(
    rf"(?<!\w)(?<!por )(?:(?P<thousands>{_WRITTEN_NUMBER})? ?\b(?P<mil>mil|thousand)(?: (?:y |and )?)?)?"
    rf"(?P<rest>{_WRITTEN_NUMBER})?(?!\w)"
)
ONE_OF = re.compile(r"\s(?:minut|hora|hour|dia|day|semana|week|mes|month|ano|year)")
TWICE = re.compile(r"\b(\d+)\s?\(\s?\1\s?\)")
ARTICLES = {"es": frozenset({"ten"}), "en": frozenset({"once", "un", "seis"}), "": frozenset({"once", "ten"})}
"""Number words of one language that are everyday words of the other."""
