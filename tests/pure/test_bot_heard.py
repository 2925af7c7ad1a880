"""What else is heard beside acts: questions about them, wishes about messages, one's own record, small talk."""

import pytest

from bot.rules import handoff_probability, hear, ruled
from records.types import Reason

QUESTIONS: dict[str, str] = {
    "cancellation": """¿Cómo me doy de baja?
        como cancelo
        ¿Puedo cancelar cuando quiera?
        ¿Hay penalización por cancelar?
        quiero saber cómo darme de baja
        ¿Qué pasa si cancelo?
        no quiero darme de baja
        Ya había pedido la baja, ¿me vais a renovar?
        how do I cancel?
        can I cancel any time?
        I want to know how to cancel
        what happens if I cancel my subscription?
        is there a fee for cancelling?
        I don't want to cancel my subscription
        I had already cancelled, will it renew?
        do I need to give notice to leave?""",
    "charges": """¿Me cobraréis dos veces?
        ¿me vais a cobrar dos veces este mes?
        ¿Qué pasa si me cobran dos veces?
        ¿cuándo me cobráis?
        ¿Cambia el día de cobro?
        ¿Cómo aparecerá el cobro en mi banco?
        quiero saber cuándo llega la devolución
        el pago ha fallado, ¿qué hago?
        Will I be charged twice?
        what if I am charged twice?
        when will you charge me?
        does the billing date change?
        how will the payment show on my statement?
        when will my refund arrive?
        my payment failed, what do I do?
        can I pay in two payments a year?""",
    "person": """¿eres una persona o un bot?
        ¿puedo poner la cuenta a nombre de otra persona?
        ¿cuántas personas pueden usar el plan familiar?
        ¿qué datos personales pasáis?
        ¿Qué pasa con el descuento?
        ¿qué pasa con las personas de mi plan?
        ¿qué horario de atención tenéis?
        are you a human?
        how many people can use the family plan?
        can I give it to another person?
        what personal data do you keep?
        at what time can I reach customer assistance?""",
    "other": """¿Es auténtico este mensaje o es un fraude?
        ¿Qué datos míos pasáis y a quién?
        ¿cómo borro mi cuenta?
        ¿Tengo que aceptar condiciones nuevas?
        ¿puedo tener dos cuentas?
        ¿cómo pongo una reclamación?
        No puedo entrar en mi cuenta
        ¿Cuánto tiempo tengo antes de perder el acceso?
        ¿Guardáis mi tarjeta? ¿Es seguro?
        mi móvil ha muerto, ¿necesito otra app?
        quiero una copia de mis datos
        me he cambiado de correo
        Is this message genuine or a scam?
        how do I delete my account?
        can I have two accounts?
        do I have to accept new terms?
        I cannot log in
        my phone died, do I need a new app?
        I want a copy of my data
        is my SEPA mandate still valid?
        how do I file a complaint?
        can I change plan?
        thank you for your help
        what do you mean by move?""",
}


@pytest.mark.parametrize("text", [text for group in QUESTIONS.values() for text in map(str.strip, group.splitlines())])
def test_a_question_about_it_does_not(text: str) -> None:
    assert hear(text).reasons == ()
    assert handoff_probability(text) < 0.7


@pytest.mark.parametrize("text", ["BAJA", "stop", "Cancelar.", "CANCEL", "unsubscribe", "¡Baja!", "STOP ALL"])
def test_a_bare_word_is_an_unclear_stop(text: str) -> None:
    assert (hear(text).stop, hear(text).reasons) == ("bare", ())


@pytest.mark.parametrize(
    "text",
    [
        "no me escribáis más",
        "dejad de mandarme mensajes",
        "no quiero recibir más correos",
        "quiero darme de baja del boletín",
        "no me enviéis más sms",
        "stop texting me",
        "don't send me any more messages",
        "unsubscribe me from these emails",
        "I don't want to receive emails",
        "can you stop emailing me?",
    ],
)
def test_a_clear_wish_to_stop_messages_is_not_a_cancellation(text: str) -> None:
    assert (hear(text).stop, hear(text).reasons) == ("clear", ())


@pytest.mark.parametrize(
    "text",
    [
        "¿cómo dejo de recibir mensajes?",
        "how do I stop receiving emails?",
        "no me llegan los correos",
        "¿me mandaréis un aviso?",
        "I did not get the message",
    ],
)
def test_a_question_about_messages_stops_nothing(text: str) -> None:
    assert hear(text).stop == "none"


@pytest.mark.parametrize(
    ("text", "topic", "clear"),
    [
        ("¿Qué día me toca a mí?", "cutover", False),
        ("When is my own switch date?", "cutover", False),
        ("¿cuánto pago?", "price", True),
        ("how much do I pay?", "price", True),
        ("¿qué plan tengo?", "plan", True),
        ("which plan am I on?", "plan", True),
        ("¿cuándo es mi próximo cobro?", "next_charge", True),
        ("when is my next charge?", "next_charge", True),
        ("¿cuándo se renueva mi suscripción?", "renewal", False),
        ("when does my subscription renew?", "renewal", False),
        ("¿cuándo acaba mi permanencia?", "term_end", False),
        ("¿hasta cuándo tengo permanencia?", "term_end", False),
        ("¿qué día se me termina el compromiso?", "term_end", False),
        ("when does my term end?", "term_end", False),
        ("when is my commitment over?", "term_end", False),
        ("¿cuál es mi fecha límite?", "deadline", False),
        ("¿hasta cuándo tengo plazo para hacerlo?", "deadline", False),
        ("what is my deadline?", "deadline", False),
        ("by when do I have to act?", "deadline", False),
        ("¿tengo que hacer algo?", "must_act", False),
        ("do I have to do anything?", "must_act", False),
        ("¿qué me habéis enviado?", "sent", True),
        ("what have you sent me?", "sent", True),
        ("¿cómo va mi caso?", "case", True),
        ("what is the status of my case?", "case", True),
        ("¿qué método de pago tengo?", "payment", True),
    ],
)
def test_questions_about_ones_own_record_are_known(text: str, topic: str, clear: bool) -> None:
    heard = hear(text)
    assert topic in heard.own
    assert heard.own_is_clear is clear
    assert heard.reasons == ()


def test_a_last_day_is_not_the_day_of_the_move() -> None:
    assert hear("¿cuál es mi fecha límite?").own == ("deadline",)
    assert hear("¿cuál es mi fecha?").own == ("cutover",)


@pytest.mark.parametrize(
    "text",
    [
        "¿cuánto me vais a cobrar si me voy antes de acabar el año?",
        "cuánto pago por darme de baja antes",
        "how much will I be charged if I leave early?",
        "how much do I pay to cancel the annual plan?",
        "¿puedo irme antes de que acabe mi permanencia?",
        "can I leave before my term ends?",
        "¿hay permanencia?",
    ],
)
def test_what_leaving_costs_is_not_asked_of_the_own_record(text: str) -> None:
    assert hear(text).own == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hola", "greeting"),
        ("hello!", "greeting"),
        ("muchas gracias", "thanks"),
        ("ok thanks", "thanks"),
        ("ok perfecto", "thanks"),
        ("OK, great!", "thanks"),
        ("vale, muchas gracias. Todo claro", "thanks"),
        ("vale, gracias, adiós", "goodbye"),
        ("what's your name?", "who"),
        ("¿Cómo te llamas?", "who"),
        ("¿eres un bot?", "who"),
    ],
)
def test_small_talk_is_only_the_whole_message(text: str, kind: str) -> None:
    assert hear(text).talk == kind
    assert hear(f"{text} ¿por qué cambiáis de plataforma?").talk == ""


@pytest.mark.parametrize(
    ("told", "act"),
    [
        (
            "El mes pasado me cobraron doble pero ya me lo devolvieron",
            "Me cobraron doble y todavía no me lo devolvieron",
        ),
        (
            "You charged me twice in May and refunded it, thanks: you have sorted it",
            "You charged me twice and never refunded it",
        ),
        (
            "Me habéis cobrado dos veces, ya está solucionado",
            "Ya está solucionado, dicen, y me habéis cobrado dos veces otra vez",
        ),
        ("A mi vecina le habéis cobrado dos veces", "A mi vecina y a mí nos habéis cobrado dos veces"),
        ("A friend of mine was charged twice", "A friend got into my account, I was hacked"),
        ("No he reclamado al banco ni nada", "He reclamado al banco"),
        ("I haven't disputed the charge", "I haven't disputed it so far, but I dispute the charge now"),
        ("Hipotéticamente: no acepto las condiciones nuevas, en teoría", "No acepto las condiciones nuevas"),
        ("Si no acepto las condiciones nuevas, ¿qué pasa?", "Si no me devolvéis el dinero, os denuncio"),
        ("No quiero dejar de recibir los correos", "Quiero dejar de recibir los correos"),
        ("¿A qué hora hay personas para hablar con una persona?", "Quiero hablar con una persona"),
    ],
)
def test_what_is_over_or_somebody_elses_or_not_done_is_no_act_until_it_is(told: str, act: str) -> None:
    assert (ruled(told), hear(told).stop) == ((), "none")
    assert ruled(act) or hear(act).stop == "clear"


@pytest.mark.parametrize("text", ["Me devolvieron el recibo por falta de saldo", "My bank returned your direct debit"])
def test_a_debit_sent_back_is_not_a_matter_settled(text: str) -> None:
    assert hear(text).reasons == (Reason.RETURNED_DEBIT,)


@pytest.mark.parametrize(
    "text", ["lo de la mudanza esa", "where do I put it", "because I get paid on the 8th", "no me aclaro"]
)
def test_what_only_begins_a_talk_sounds_like_no_act(text: str) -> None:
    assert hear(text).reasons == ()


@pytest.mark.parametrize("text", ["I got an e-mail and I'm not sure if it's a scam", "No sé si esto es una estafa"])
def test_asking_whether_something_is_a_scam_is_no_outburst(text: str) -> None:
    assert hear(text).reasons == ()
    assert hear("It's a scam!").reasons == (Reason.ANGER,)
