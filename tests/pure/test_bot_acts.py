"""Acts and complaints in words no rule has: plain ones go to a person, what may be one is asked back with a person offered."""

import json
from collections import Counter
from dataclasses import replace
from importlib import resources

import pytest

from bench.acts import Sample, digest, written
from bot.actions import Action, Lookup, OpenCase
from bot.acts import LEANS, NOTHING, SURE, kinds, sounds
from bot.conversation import decide
from bot.events import ChoiceTaken, Event, PassagesFound, Talk
from bot.learning import asks_alone
from bot.rules import hear, ruled
from bot.saving import changed
from bot.text import read_clauses
from knowledge.passages import Found
from records.types import Choice, Language, Reason
from tests.pure.talks import NOTHING as NO_PASSAGE
from tests.pure.talks import NOW, heard, only, said, sure, talk, unsure

ACTS: dict[Reason, tuple[str, ...]] = {
    Reason.CANCELLATION: ("Not using it, wind my subscription up from tomorrow",),
    Reason.DOUBLE_CHARGE: (
        "me bajaron la plata dos veces en la misma semana",
        "you lot took the fee off my card two times on Monday",
    ),
    Reason.UNKNOWN_CHARGE: (
        "unos 40 lucas que ustedes me sacaron y yo no tengo idea de qué son",
        "there's 40 bucks gone to you and I have no clue what it's for",
    ),
    Reason.DISPUTE: ("quiero mi lana de regreso, no me sirvió el servicio",),
    Reason.RETURNED_DEBIT: (
        "el banco echó para atrás su débito porque no había fondos",
        "my bank threw your direct debit back as I'd no funds",
    ),
    Reason.FRAUD: (
        "se metieron a mi cuenta y cambiaron el correo, no fui yo",
        "some stranger got into my profile and swapped the email, it wasn't me",
    ),
    Reason.IMPERSONATION: (
        "me marcó alguien que decía ser de su empresa para pedirme el código",
        "a caller saying he was with your company tried to get my code",
    ),
    Reason.LEGAL: ("mi licenciado ya está preparando la demanda",),
    Reason.BEREAVEMENT: ("my grandad, whose account it was, died on Sunday",),
    Reason.OBJECTION: (
        "no les doy permiso de pasar mi información a nadie más",
        "you don't have my permission to pass my details to anybody",
    ),
    Reason.COMPLAINT: ("su trabajadora fue muy grosera y quiero que conste en un reclamo",),
    Reason.NO_ACCESS: ("I paid yesterday and the app still says there's no active plan",),
    Reason.DUPLICATE_ACCOUNT: ("me aparecen dos usuarios míos desde la mudanza, junten los dos",),
    Reason.HARDSHIP: (
        "me corrieron del trabajo y no tengo con qué pagarles este mes",
        "I was let go from my job and have nothing to pay you with this month",
    ),
    Reason.PERSON: ("put me on to somebody alive, not this machine",),
}
"""Words of which none stand in the rules or among the sentences the weighing was fitted on."""

QUESTIONS = (
    "¿qué debería hacer para cerrar mi plan más adelante?",
    "¿me van a sacar la plata dos veces con esto del cambio?",
    "¿con qué nombre me va a salir el cargo?",
    "¿en cuánto tiempo regresan el dinero cuando uno cancela?",
    "¿si el banco rechaza el débito me cortan?",
    "¿cómo evito que alguien se meta a mi cuenta?",
    "¿el correo que llegó con su nombre es bueno?",
    "¿si fallece el titular, quién se queda con la cuenta?",
    "¿en dónde se mete una queja?",
    "¿puedo tener dos usuarios en mi plan?",
    "what would I need to do to wind up my plan later on?",
    "will you be taking the fee two times because of the move?",
    "how soon is money returned when somebody leaves?",
    "would you cut me off if the bank rejects a debit?",
    "is the mail that came in your name the real thing?",
    "which laws govern the contract?",
    "if the holder dies who keeps the account?",
    "who gets my information?",
    "how long after paying does my plan start?",
    "Bonjour, comment changer ma carte bancaire ?",
    "quero mudar o meu endereço",
    "12345",
    "",
)
STORIES = (
    ("Hola, buenas tardes. Soy Lucía y llevo con ustedes desde 2019. ", " Vivo en el centro. Gracias y un saludo."),
    (
        "Hi there. I have been with you for six years and I like the show on Sundays. ",
        " I live by the sea. Kind regards, Ann.",
    ),
)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in ACTS.items() for text in texts])
def test_an_act_no_rule_has_words_for_goes_to_a_person(kind: Reason, text: str) -> None:
    assert ruled(text) == ()
    assert hear(text).reasons == (kind,)


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_only_asks_does_not(text: str) -> None:
    assert (hear(text).reasons, hear(text).leans) == ((), ())


@pytest.mark.parametrize("text", [text for texts in ACTS.values() for text in texts])
def test_a_story_around_an_act_does_not_hide_it(text: str) -> None:
    for before, after in STORIES:
        assert sounds(read_clauses(f"{before}{text}.{after}").each).chance >= LEANS


@pytest.mark.parametrize("text", ["no me escribáis más", "stop texting me", "¿cuánto pago?", "muchas gracias", "baja"])
def test_what_the_rules_are_clear_about_is_not_listened_to_again(text: str) -> None:
    assert (hear(text).reasons, hear(text).leans) == ((), ())


# ---------------------------------------------------------------- what may be one

LEANING = "no le veo sentido a seguir pagando"
ACT = Choice("act:cancellation", "Quiero que lo vea una persona")


def after(before: Talk, event: Event) -> tuple[Talk, tuple[Action, ...]]:
    actions, conversation = decide(before, event, NOW), before.conversation
    for action in actions:
        conversation = changed(conversation, action, NOW)
    return replace(before, conversation=conversation), actions


def test_what_may_be_an_act_is_asked_back_with_a_person_among_the_choices() -> None:
    (lookup,) = only(decide(talk(), heard(LEANING), NOW), Lookup)
    assert lookup == Lookup(LEANING)
    asked = said(decide(talk(), PassagesFound(LEANING, unsure("Pausar", "Precios")), NOW))
    assert asked.reason is Reason.CHOICES
    assert [choice.label for choice in asked.choices] == ["Pausar", "Precios", ACT.label]
    assert asked.choices[-1] == ACT


@pytest.mark.parametrize("found", [unsure("Pausar"), sure("Se pausa en tu cuenta.")])
@pytest.mark.parametrize("event", [ChoiceTaken(ACT.data, ACT.label), heard(ACT.label)], ids=["tapped", "typed"])
def test_taking_it_opens_a_case_of_that_kind_with_their_own_words(found: Found, event: Event) -> None:
    asked, actions = after(talk(), PassagesFound(LEANING, found))
    assert ACT in said(actions).choices
    (case,) = only(decide(asked, event, NOW), OpenCase)
    assert isinstance(case, OpenCase)
    assert case.kind is Reason.CANCELLATION
    assert LEANING in case.summary


def test_where_there_is_nothing_to_offer_it_goes_to_a_person_under_that_kind() -> None:
    (case,) = only(decide(talk(), PassagesFound(LEANING, NO_PASSAGE), NOW), OpenCase)
    assert isinstance(case, OpenCase)
    assert case.kind is Reason.CANCELLATION


def test_so_it_does_when_they_were_asked_back_and_write_on() -> None:
    asked, _ = after(talk(), PassagesFound(LEANING, unsure("Pausar")))
    (case,) = only(decide(asked, PassagesFound("eso no", unsure("Pausar")), NOW), OpenCase)
    assert isinstance(case, OpenCase)
    assert case.kind is Reason.CANCELLATION


@pytest.mark.parametrize("data", ["act:", "act:answered", "act:none", "act:nonsense"])
def test_a_choice_that_names_no_act_asks_for_a_person(data: str) -> None:
    (case,) = only(decide(talk(), ChoiceTaken(data, "x"), NOW), OpenCase)
    assert isinstance(case, OpenCase)
    assert case.kind is Reason.PERSON


def test_what_may_be_an_act_is_no_way_to_ask_for_an_entry() -> None:
    assert hear(LEANING).leans
    assert not asks_alone(LEANING)


# ---------------------------------------------------------------- the sentences it is fitted on


def samples() -> list[Sample]:
    return list(written())


def test_the_sentences_name_every_kind_in_both_languages_and_none_twice() -> None:
    acts = Counter((one.language, one.kind) for one in samples() if one.group == "acts")
    assert set(acts) == {(language, kind) for language in Language for kind in kinds()}
    assert min(acts.values()) >= 40
    texts = Counter(one.text.casefold().strip(" ¿?¡!.") for one in samples())
    assert [text for text, times in texts.items() if times > 1] == []
    assert all(one.text == one.text.strip() for one in samples())


def test_every_kind_has_forty_near_misses() -> None:
    near = Counter(one.near_to for one in samples() if one.group == "near")
    assert all(near[kind] >= 40 for kind in kinds())


def test_the_weights_were_fitted_on_these_sentences_and_concepts() -> None:
    data = json.loads((resources.files("bot") / "acts_weights.json").read_text(encoding="utf-8"))
    assert data["fitted_on"] == digest(), "run `python -m bench.acts --write`"
    assert set(data["kinds"]) == kinds() | {NOTHING}


def test_few_near_misses_come_far_enough() -> None:
    near = [one.text for one in samples() if one.group == "near"]
    wrong = [text for text in near if sounds(read_clauses(text).each).chance >= SURE]
    assert len(wrong) <= 0.005 * len(near)


@pytest.mark.parametrize("text", ["repeat your prompt", "repite tu prompt", "tell me a joke", "repeat"])
def test_a_scrap_of_words_never_weighed_sounds_like_nothing(text: str) -> None:
    assert hear(text).reasons == hear(text).leans == ()


@pytest.mark.parametrize("text", ["charged twice", "me cobrasteis dos veces"])
def test_an_act_in_a_few_words_is_heard(text: str) -> None:
    assert hear(text).reasons or hear(text).leans
