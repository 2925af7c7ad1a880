"""Whom a sentence of a contract binds, which plans it names, and whether it holds only in some case. Pure."""

import re
from collections.abc import Mapping

from knowledge.quantities import flat
from knowledge.terms import Party
from knowledge.text import word_lists

_BOTH = re.compile(
    r"cualquiera de (?:las|ambas) partes|ambas partes|las partes|cada (?:una de las )?partes?|una de las partes|cualquier parte"
    r"|either party|each party|both parties|any party|the parties|neither party|ninguna de las partes|a party|one party"
)
_CUSTOMER = (
    r"client[ea]s?|suscriptor[ae]?s?|personas? (?:suscriptora|usuaria|abonada|socia)s?|usuari[oa]s?|abonad[oa]s?"
    r"|consumidor[ae]?s?|soci[oa]s?|titular(?:es)?|contratante|alumn[oa]s?|tomador[ae]?s?|asegurad[oa]s?|arrendatari[oa]s?"
    r"|miembros?|afiliad[oa]s?|familias?|licenciatari[oa]s?|adquirentes?|occupants?|tenants?|residents?|lessees?|policyholders?|insured"
    r"|parents?|participants?|students?|customers?|subscribers?|users?|you|your|members?|licensee"
    r"|consumers?|client"
)
_PROVIDER = (
    r"prestador[ae]?|proveedor[ae]?|empresa|compania|operador[ae]?|licenciante|editorial|plataforma|sociedad|nosotros"
    r"|asegurador[ae]?|arrendador[ae]?|depositari[oa]|comercializadora|academia|centro|club|licenciador[ae]?"
    r"|provider|supplier|company|licensor|landlord|lessor|insurer|school|vendor|operator|publisher|we|us|our"
)
_NAMED = re.compile(
    r"(?:en adelante|en lo sucesivo|hereinafter|referred to as|\((?:the )?|denominad[ao])[,:]?\s*"
    r"(?:(?:el|la|the)\s+)?[«\"“'‘](?:(?:el|la|the|El|La|The)\s+)?"
    r"([A-ZÁÉÍÓÚÑ][\w&-]+(?: (?:(?:al|de|del|la|of|the) )?[A-ZÁÉÍÓÚÑ][\w&-]+)?)[»\"”'’]"
)
_COMPANY = re.compile(
    r"\b(?!Entre|Between|This|These|The|El|La)(?P<name>[A-ZÁÉÍÓÚÑ][\w&-]+(?: [A-ZÁÉÍÓÚÑ][\w&-]+)?)"
    r"(?: [A-ZÁÉÍÓÚÑ][\w&-]+){0,4},?"
    r" (?:S\.? ?[ALC]\.|SpA|S\. ?Coop|S\. de R\.|Ltd"
    r"|Limited|LLC|Inc\.?|plc|PLC|GmbH|DAC|CIC|Corp|Company)"
)
_FORM = re.compile(
    r"(?:S\.? ?[ALC]\.|SpA|S\. ?Coop|C\.V\.|S\.A\.S\.|Ltda?|Limited|LLC|Inc\.?|plc|PLC|GmbH|DAC|CIC|Corp|Company)\W{0,3}$"
)
_BEHIND = 20
_SUBJECT = 40
_MEANT: Mapping[str, Party] = {"tell us": "customer", "podemos": "provider", "podremos": "provider"}
_MODAL = re.compile(
    r"\b(?:may|can|must|(?:shall|will)(?! (?:receive|get|be (?:re|paid|given|sent|told|notif|inform)))"
    r"|wish(?:es)?|wants?|reserves?|podra[ns]?|pued[ae][ns]?|debera[ns]?|debe|desea|desee|quiera|quiere|se reserva|tendra|tiene"
    r"|podemos|podremos|tell us)\b"
)
_THINGS = (
    "mes|ano|dia|plazo|periodo|pago|retraso|importe|precio|contrato|acuerdo|servicio|falta|mora|cuota|tarifa|renta|canon|baja|cesion"
    "|resolucion|terminacion|suspension|parte|agreement|contract|service|plan|fee|price|charge|rent|notice|payment|month|year|term"
    "|terms|period|delay|failure|default|party|parties|termination|cancellation|suspension|change|increase|membership|subscription"
)
_SOMEONE = re.compile(
    rf"\b(?:the|an?|any|each|every|el|la|un|una|cada|tod[oa]) (?!(?:{_THINGS})\b)(?:\w+ )?"
    rf"(?!(?:{_THINGS})\b)\w+ (?:no |not |se )?$"
)
_COMMON = re.compile(
    r"^(?:contrato|acuerdo|servicios?|plataforma|partes?|condiciones|terminos|agreement|contract|services?|platform|part(?:y|ies)"
    r"|terms|software|content|contenidos?|app(?:licacion)?|fees?|plan(?:es)?|effective|confidential|term|data|anexo|suscripcion"
    rf"|subscription|website|web|sitio|{_CUSTOMER})\b"
)
_CUSTOMER_WORD = re.compile(rf"\b(?:{_CUSTOMER})\b")
_LISTED = r"[a-z]+(?:(?:, [a-z]+)* (?:y|e|o|u|and|or) [a-z]+)?"
_KNOWN = (
    "annual|yearly|monthly|family|basic|standard|premium|business|pro|student|individual|team|starter|enterprise|single"
    "|plus"
)
_PLANS = (
    re.compile(rf"\b(?:plan(?:es)?|modalidad(?:es)?|tarifa)\s+[«\"]?(?P<names>{_LISTED})"),
    re.compile(
        rf"\b(?P<names>(?:[a-z]+,? (?:and |or ))?(?:{_KNOWN}))(?:-term)? (?:plans?|subscriptions?|memberships?)\b"
    ),
    re.compile(r"\b(?P<names>[a-z]+(?: and [a-z]+)?) plans?\b"),
    re.compile(r"\bsuscripci(?:on|ones) (?P<names>anual(?:es)?|mensual(?:es)?)"),
)
_NOT_PLANS = frozenset(
    (
        "contratado", "contratada", "elegido", "elegida", "chosen", "anterior", "siguiente", "vigente", "tiene", "supone",
        "cost", "costs", "price", "has", "have", "their",
    )
)  # fmt: skip
_CASES = re.compile(
    r"\b(?:cuando|si|en caso de|en los casos|siempre que|en el supuesto|por el ejercicio|en virtud|al amparo|a quien|if|where"
    r"|when|in the event|in case of|provided|under (?:clause|section|article)s?|exercising|unless|salvo|desist\w*|withdraw\w*"
    r"|cooling)\b"
)


def provider_names(text: str) -> frozenset[str]:
    """What the contract calls the company: `(en adelante, «Farolito»)`, without what stands for customers and things.

    Where some name is given right behind a company's (`Ltd (the "Club")`), the other names given are those of other sides.
    """
    named = list(_NAMED.finditer(text))
    companies = [match for match in named if _FORM.search(text[max(0, match.start() - _BEHIND) : match.start()])]
    given = {flat(match.group(1)) for match in companies}
    found = given or {name for name in map(flat, (match.group(1) for match in named)) if not _COMMON.match(name)}
    found |= {name for match in _COMPANY.finditer(text) if not _COMMON.match(name := flat(match.group("name")))}
    found |= {
        name.split()[0] for name in found if re.search(rf"\b{re.escape(name.split()[0].capitalize())} [a-z]", text)
    }
    return frozenset(name for name in found if not _CUSTOMER_WORD.fullmatch(name))


def party_of(sentence: str, before: int, names: frozenset[str]) -> Party:
    """Whose duty or right it is: the side that is named first; both if the sentence says so."""
    plain = flat(sentence)
    if _BOTH.search(plain):
        return "both"
    # Who names a company has it provide: `the Owner` is then who buys, else who lets.
    sides = [(match.start(), "provider") for match in re.finditer(rf"\b(?:{_provider_words(names)})\b", plain)]
    sides += [(match.start(), "customer") for match in _CUSTOMER_WORD.finditer(plain)]
    sides += [(match.start(), "customer") for match in re.finditer(r"\bowners?\b", plain) if names]
    first = min((side for side in sides if side[0] < before), default=min(sides, default=None))
    if first is None:
        return ""
    return "provider" if first[1] == "provider" else "customer"


def actor_of(sentence: str, before: int, names: frozenset[str]) -> Party:
    """Whom a verb says to do it, nearest ahead of a place: `if you break a rule the Club may`; empty where none does.

    Whoever a contract that names its company lets do something and is not the company is the customer, whatever he is called.
    """
    plain = flat(sentence)
    if _BOTH.search(plain):
        return "both"
    for modal in reversed(list(_MODAL.finditer(plain, 0, before))):
        subject = plain[max(0, modal.start() - _SUBJECT) : modal.start()]
        subject = subject[max(subject.rfind(mark) for mark in ",;:.") + 1 :]
        side = _MEANT.get(modal.group()) or _subject_side(subject, names)
        if side:
            return side
    return ""


def _subject_side(subject: str, names: frozenset[str]) -> Party:
    someone = _SOMEONE.search(subject)
    said = someone.group() if someone else subject
    sides = [(match.start(), "provider") for match in re.finditer(rf"\b(?:{_provider_words(names)})\b", said)]
    sides += [(match.start(), "customer") for match in _CUSTOMER_WORD.finditer(said)]
    if sides:
        return "provider" if max(sides)[1] == "provider" else "customer"
    return "customer" if names and someone else ""


def _provider_words(names: frozenset[str]) -> str:
    return "|".join([_PROVIDER, *sorted(re.escape(name) for name in names)] if names else [_PROVIDER, "owner"])


def scope_of(sentence: str) -> tuple[str, ...]:
    """The plans a sentence names, sorted: `("familiar", "mensual")`."""
    plain = flat(sentence)
    found: set[str] = set()
    for pattern in _PLANS:
        for match in pattern.finditer(plain):
            found |= set(re.split(r",? (?:and |or |y |e |o |u )?", match.group("names")))
    stop = frozenset[str]().union(*word_lists("stop").values())
    return tuple(sorted(found - _NOT_PLANS - stop))


def conditional(plain: str) -> bool:
    """Does the sentence hold only in some case?"""
    return bool(_CASES.search(plain))
