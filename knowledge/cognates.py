"""Words that Spanish and English share but for their endings: migración, migration. Pure.

Only for likeness of characters when a question and a text are in different languages: a word that does not exist does no harm
there, it meets nothing.
"""

from collections.abc import Iterable

from records.types import Language

# Folded Spanish ending, English ending; the first that fits.
_ENDINGS = (
    ("amientos", "aments"), ("amiento", "ament"), ("imientos", "iments"), ("imiento", "iment"), ("ciones", "tions"),
    ("cion", "tion"), ("siones", "sions"), ("dades", "ties"), ("dad", "ty"), ("tad", "ty"), ("mente", "ly"),
    ("encias", "ences"), ("encia", "ence"), ("ancias", "ances"), ("ancia", "ance"), ("logias", "logies"),
    ("logia", "logy"), ("grafia", "graphy"), ("icos", "ic"), ("icas", "ic"), ("ico", "ic"), ("ica", "ic"),
    ("osos", "ous"), ("osas", "ous"), ("oso", "ous"), ("osa", "ous"), ("arios", "ary"), ("arias", "ary"),
    ("ario", "ary"), ("aria", "ary"), ("ivos", "ive"), ("ivas", "ive"), ("ivo", "ive"), ("iva", "ive"),
    ("ismo", "ism"), ("istas", "ists"), ("ista", "ist"), ("ias", "ies"), ("ia", "y"), ("ados", "ated"),
    ("adas", "ated"), ("ado", "ated"), ("ada", "ated"), ("ura", "ure"), ("uro", "ure"),
    ("os", ""), ("as", ""), ("es", ""), ("o", ""), ("a", ""), ("e", ""),
)  # fmt: skip
_BACK = (
    ("tions", "ciones"), ("tion", "cion"), ("sions", "siones"), ("ties", "dades"), ("ty", "dad"), ("ences", "encias"),
    ("ence", "encia"), ("ances", "ancias"), ("ance", "ancia"), ("logy", "logia"), ("graphy", "grafia"), ("ly", "mente"),
    ("ic", "ico"), ("ous", "oso"), ("ary", "ario"), ("ive", "ivo"), ("ism", "ismo"), ("ist", "ista"), ("ated", "ado"),
    ("ure", "ura"),
)  # fmt: skip
_SHORTEST = 3  # letters that have to stand before an ending
_VOWEL_FIRST = ("esp", "est", "esc")  # español, estado, escuela


def cognates(tokens: Iterable[str], language: Language) -> list[str]:
    """What the folded words of this language might look like in the other one; those that would look the same are left out."""
    rewritten = ((token, _other(token, language)) for token in tokens if token.isalpha())
    return [new for token, new in rewritten if new != token]


def _other(word: str, language: Language) -> str:
    table = _ENDINGS if language is Language.ES else _BACK
    for ending, other in table:
        if word.endswith(ending) and len(word) >= len(ending) + _SHORTEST:
            word = word.removesuffix(ending) + other
            break
    return word[1:] if language is Language.ES and word.startswith(_VOWEL_FIRST) else word
