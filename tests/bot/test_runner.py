"""The bot on a real database: what reaches the person, what is kept, and that a second time changes nothing."""

from datetime import date, datetime, timedelta

import pytest

from bot.runner import Bot, TurnResult
from knowledge.passages import Found
from knowledge.scope import ANYBODY, Scope
from records.content import CaseCard, ChatMessage, MailMessage, ThreadPost
from records.database import Database
from records.inbound import Pressed, StaffSaid, Unreachable
from records.store import cases, conversations, feedback, shut_addresses, subscribers
from records.types import Author, CaseState, ChannelName, Decision, Language, Proof, Reason
from subscribers.links import make_link
from tests.bot.house import SECRET, Talker, person, settings
from tests.bot.library import SURE, FakeLibrary


@pytest.fixture
def talker(db: Database, now: datetime) -> Talker:
    return Talker(db, now)


def test_the_first_answer_says_it_is_automatic_quotes_its_source_and_can_be_judged(talker: Talker) -> None:
    result = talker.say("¿Por qué cambiáis de plataforma?")
    assert (result.decision, result.reason, result.language) == (Decision.ANSWER, Reason.ANSWERED, Language.ES)
    assert result.text.startswith("Hola, soy el asistente automático de Farolito")
    assert result.citations[0].quote in SURE.passages[0].text
    assert result.confidence == SURE.right
    (sent,) = talker.outbox()
    assert isinstance(sent, ChatMessage)
    assert sent.answer_id
    second = talker.say("¿Y por qué cambiáis de web?")
    assert "asistente automático" not in second.text


def test_the_same_delivery_twice_is_one_turn_and_one_message(talker: Talker) -> None:
    said = talker.said("quiero darme de baja")
    first, second = talker.bot.handle(said), talker.bot.handle(said)
    assert (first.text, first.reason) == (second.text, second.reason)
    assert [turn.author for turn in talker.turns()] == [Author.SUBSCRIBER, Author.BOT]
    assert len(talker.heard()) == 1
    assert talker.case().kind is Reason.CANCELLATION


def test_the_bot_answers_in_the_language_it_is_spoken_to(talker: Talker) -> None:
    assert talker.say("Why do you change the platform?").language is Language.EN
    assert talker.say("ok thanks").language is Language.EN
    assert talker.say("¿Y por qué cambiáis de plataforma ahora?").language is Language.ES
    other = talker.say("Pourquoi est-ce que vous avez fait cela avec mon abonnement, monsieur ?")
    assert other.reason is Reason.OTHER_LANGUAGE
    assert [choice.data for choice in other.choices] == ["person"]


def test_unsure_asks_back_once_with_at_most_three_titles_then_a_person(talker: Talker) -> None:
    asked = talker.say("algo del precio")
    assert asked.reason is Reason.CHOICES
    assert [choice.data for choice in asked.choices] == ["pick:1", "pick:2", "pick:3"]
    again = talker.say("lo del precio que digo")
    assert again.reason is Reason.REPEATED_FAILURE
    assert talker.case().code in again.text


@pytest.mark.parametrize("tap", ["button", "number", "words"])
def test_a_choice_can_be_tapped_or_typed(talker: Talker, tap: str) -> None:
    talker.say("algo del precio")
    typed = {"number": "1", "words": "¿sube el precio?"}
    result = talker.press("pick:1") if tap == "button" else talker.say(typed[tap])
    assert result.reason is Reason.ANSWERED
    assert "El precio no cambia." in result.text


def test_nothing_found_opens_one_case_and_the_next_question_joins_it(talker: Talker) -> None:
    first = talker.say("¿cuál es la capital de Francia?")
    assert first.reason is Reason.NO_SOURCE
    second = talker.say("¿y la de Italia?")
    assert second.reason is Reason.REPEATED_FAILURE
    case = talker.case()
    assert "Italia" in case.summary
    assert case.code in first.text
    assert case.code in second.text
    assert talker.say("¿Por qué cambiáis de plataforma?").reason is Reason.ANSWERED


def test_the_promise_counts_desk_hours(talker: Talker) -> None:
    friday_evening = datetime(2027, 1, 22, 17, 30, tzinfo=talker.now.tzinfo)  # 18:30 in Madrid
    talker.clock.advance_to(friday_evening)
    result = talker.say("quiero hablar con una persona")
    assert "lunes" in result.text
    promised = talker.case().promised_at
    assert promised == datetime(2027, 1, 25, 9, 0, tzinfo=talker.now.tzinfo)


def test_only_the_claimer_reaches_the_person_and_the_bot_is_silent(talker: Talker) -> None:
    talker.say("quiero hablar con una persona")
    talker.staff("claim", talker.case())
    talker.write("Hola, soy Marta", talker.case())
    talker.write("yo creo que miente", talker.case(), staff="luis")
    talker.write("//nota para mí", talker.case())
    before = len(talker.heard())
    silent = talker.say("¿Por qué cambiáis de plataforma?")
    assert (silent.reason, silent.text) == (Reason.STAFF_HOLDS, "")
    assert len(talker.heard()) == before
    heard = "\n".join(talker.heard())
    assert "Hola, soy Marta" in heard
    assert "miente" not in heard
    assert "nota" not in heard
    posts = [post for post in talker.outbox(ChannelName.SLACK) if isinstance(post, ThreadPost)]
    assert [post.text for post in posts if not post.whisper_to][-1] == "¿Por qué cambiáis de plataforma?"
    assert [post.whisper_to for post in posts if post.whisper_to] == ["luis"]
    with talker.db.read() as tx:
        whats = [event.what for event in cases.events_of(tx, talker.case().id)]
    assert whats == ["opened", "claimed", "reply", "note", "note"]


def test_a_note_reaches_the_person_only_when_somebody_presses_send(talker: Talker) -> None:
    talker.say("quiero hablar con una persona")
    talker.staff("claim", talker.case())
    note = talker.write("puedes decirle que está arreglado", talker.case(), staff="luis")
    assert "arreglado" not in "\n".join(talker.heard())
    talker.staff(f"send:console:{note.external_id}", talker.case())
    assert talker.heard()[-1] == "puedes decirle que está arreglado"


def test_staff_acts_twice_are_one_act(talker: Talker) -> None:
    talker.say("me habéis cobrado dos veces")
    case = talker.case()
    talker.staff("claim", case)
    said = talker.write("lo miro", case)
    talker.bot.handle(said)
    assert talker.heard().count("lo miro") == 1
    talker.staff("claim", case, staff="luis")
    assert talker.case().claimed_by == "marta"


def test_resolving_asks_for_a_rating_and_keeps_it(talker: Talker) -> None:
    talker.say("quiero hablar con una persona")
    talker.staff("claim", talker.case())
    talker.staff("resolve", talker.case())
    case = talker.case()
    assert case.state is CaseState.RESOLVED
    thanks = talker.press(f"rate:{case.id}:5", comment="muy bien")
    assert thanks.text
    with talker.db.read() as tx:
        summary = feedback.summary(tx)
        kept = feedback.get(tx, "case", case.id)
    assert (summary.ratings[5], summary.ratings_asked, summary.satisfied) == (1, 1, 1)
    assert kept is not None
    assert kept.comment == "muy bien"
    assert talker.say("¿Por qué cambiáis de plataforma?").reason is Reason.ANSWERED
    talker.staff("reopen", case)
    assert talker.case().state is CaseState.OPEN


def test_a_rating_may_be_typed_where_there_are_no_buttons(talker: Talker) -> None:
    talker.say("quiero hablar con una persona", "+34600000000", ChannelName.SMS)
    case = talker.case("+34600000000", ChannelName.SMS)
    talker.staff("resolve", case)
    talker.say("4", "+34600000000", ChannelName.SMS)
    with talker.db.read() as tx:
        assert feedback.summary(tx).ratings[4] == 1


def test_a_silent_claim_goes_back_after_four_working_hours(talker: Talker) -> None:
    talker.say("quiero hablar con una persona")
    talker.staff("claim", talker.case())
    talker.clock.advance(timedelta(hours=3, minutes=59))
    assert talker.bot.tick(talker.clock.now()) == 0
    talker.clock.advance(timedelta(minutes=2))
    assert talker.bot.tick(talker.clock.now()) == 1
    assert talker.bot.tick(talker.clock.now()) == 0
    case = talker.case()
    assert (case.state, case.claimed_by) == (CaseState.OPEN, "")
    assert case.code in talker.heard()[-1]


def test_thumbs_are_kept_and_a_thumb_down_offers_a_person(talker: Talker) -> None:
    talker.say("¿Por qué cambiáis de plataforma?")
    answer = talker.turns()[-1].answer_id
    assert talker.press(f"thumb:{answer}:up").choices == ()
    assert [choice.data for choice in talker.press(f"thumb:down:{answer}").choices] == ["person"]
    with talker.db.read() as tx:
        summary = feedback.summary(tx)
    assert (summary.thumbs_up, summary.thumbs_down) == (0, 1)
    assert talker.press("person").reason is Reason.PERSON


def test_a_bare_stop_is_done_at_once_and_asked_about(talker: Talker, now: datetime) -> None:
    talker.register(person(now), (ChannelName.SMS, "+34600000000"))
    result = talker.say("BAJA", "+34600000000", ChannelName.SMS)
    assert (result.decision, result.reason) == (Decision.CLARIFY, Reason.UNCLEAR_STOP)
    with talker.db.read() as tx:
        assert shut_addresses.is_suppressed(tx, ChannelName.SMS, "+34600000000") == "opt_out"
        assert all(not consent.granted for consent in subscribers.consents_of(tx, "s1"))
    assert talker.say("2", "+34600000000", ChannelName.SMS).reason is Reason.CANCELLATION


def test_a_clear_wish_is_confirmed_once_and_can_be_taken_back(talker: Talker, now: datetime) -> None:
    talker.register(person(now), (ChannelName.SMS, "+34600000000"))
    assert talker.say("no me escribáis más", "+34600000000", ChannelName.SMS).reason is Reason.OPT_OUT
    assert len(talker.heard(ChannelName.SMS)) == 1
    talker.clock.advance(timedelta(minutes=1))
    talker.say("ALTA", "+34600000000", ChannelName.SMS)
    with talker.db.read() as tx:
        assert shut_addresses.is_suppressed(tx, ChannelName.SMS, "+34600000000") == ""


def test_stopping_works_while_a_person_holds_the_talk(talker: Talker, now: datetime) -> None:
    talker.say("quiero hablar con una persona")
    talker.staff("claim", talker.case())
    talker.say("dejad de mandarme mensajes")
    with talker.db.read() as tx:
        assert shut_addresses.is_suppressed(tx, ChannelName.WEB, "web1") == "opt_out"


def code_from(talker: Talker) -> str:
    mail = talker.outbox(ChannelName.EMAIL)[-1]
    assert isinstance(mail, MailMessage)
    return mail.subject[:6]


def test_own_facts_need_a_proof_and_the_question_goes_on_after_it(talker: Talker, now: datetime) -> None:
    talker.register(person(now), (ChannelName.EMAIL, "ana@example.com"))
    asked = talker.say("¿cuándo es mi próximo cobro?")
    assert (asked.decision, asked.reason) == (Decision.CLARIFY, Reason.UNVERIFIED)
    talker.say("es Ana@Example.com")
    code = code_from(talker)
    wrong = "000000" if code != "000000" else "111111"
    assert talker.say(wrong).reason is Reason.UNVERIFIED
    told = talker.say(f"mi código es {code}")
    assert (told.decision, told.reason) == (Decision.ANSWER, Reason.OWN_RECORD)
    assert "20 de febrero de 2027" in told.text
    assert "13,99" in told.text
    assert "18 de enero de 2027" in told.text
    assert talker.conversation().proof is Proof.VERIFIED
    assert "Familiar" in talker.say("¿qué plan tengo?").text


def test_a_stranger_cannot_tell_whether_an_address_is_known(talker: Talker, now: datetime) -> None:
    talker.register(person(now), (ChannelName.EMAIL, "ana@example.com"))
    replies: dict[str, list[TurnResult]] = {}
    for address, email in (("web1", "ana@example.com"), ("web2", "nobody@example.com")):
        talker.say("¿qué plan tengo?", address)
        replies[email] = [talker.say(email, address), *(talker.say(f"00000{n}", address) for n in range(7))]
    known, unknown = replies.values()
    assert [one.text for one in known] == [one.text for one in unknown]
    assert len(talker.outbox(ChannelName.EMAIL)) == 1


def test_five_wrong_codes_or_ten_minutes_end_a_code(talker: Talker, now: datetime) -> None:
    talker.register(person(now), (ChannelName.EMAIL, "ana@example.com"))
    talker.say("¿qué plan tengo?")
    talker.say("ana@example.com")
    code = code_from(talker)
    for number in range(5):
        talker.say(f"{(int(code) + number + 1) % 1_000_000:06d}")
    assert talker.say(code).reason is Reason.UNVERIFIED
    talker.say("ana@example.com")
    fresh = code_from(talker)
    talker.clock.advance(timedelta(minutes=10))
    assert talker.say(fresh).reason is Reason.UNVERIFIED
    assert talker.conversation().proof is Proof.ANONYMOUS


def test_a_link_opens_the_date_but_not_the_money(talker: Talker, now: datetime) -> None:
    talker.register(person(now), (ChannelName.EMAIL, "ana@example.com"))
    token = make_link(SECRET, "s1", ChannelName.EMAIL, "chat", now, 30)
    talker.start(token)
    date = talker.say("¿qué día me toca a mí?")
    assert date.reason is Reason.OWN_RECORD
    assert "4 de marzo de 2027" in date.text
    assert talker.say("¿cuánto pago?").reason is Reason.UNVERIFIED
    assert "ya no vale" in talker.start("forged", "web2").text


def test_the_end_of_a_term_and_a_deadline_are_told_to_whoever_has_proved_who_they_are(
    talker: Talker, now: datetime
) -> None:
    talker.register(person(now, term_end_date=date(2027, 12, 31)), (ChannelName.EMAIL, "ana@example.com"))
    talker.start(make_link(SECRET, "s1", ChannelName.EMAIL, "chat", now, 30))
    for question in ("¿cuándo acaba mi permanencia?", "¿cuál es mi fecha límite?"):
        assert talker.say(question).reason is not Reason.OWN_RECORD
    assert not any("31 de diciembre" in text for text in talker.heard())
    talker.say("¿qué plan tengo?")
    talker.say("ana@example.com")
    assert talker.say(code_from(talker)).reason is Reason.OWN_RECORD
    term = talker.say("¿cuándo acaba mi permanencia?")
    assert term.reason is Reason.OWN_RECORD
    assert "31 de diciembre de 2027" in term.text
    assert "no consta" in talker.say("¿cuál es mi fecha límite?").text


def test_anonymous_general_questions_try_the_library_first(talker: Talker) -> None:
    assert talker.say("¿cuándo me toca a mí el cambio?").reason is Reason.ANSWERED
    assert talker.say("¿qué día me toca a mí?").reason is Reason.UNVERIFIED


def test_card_numbers_are_never_kept_and_the_person_is_told(talker: Talker) -> None:
    result = talker.say("mi tarjeta es 4111 1111 1111 1111, ¿por qué cambiáis?")
    assert "no se ha guardado" in result.text
    stored = " ".join(turn.text for turn in talker.turns())
    assert "4111" not in stored
    assert "•••• 1111" in stored


def test_a_case_is_drawn_for_the_desk_without_personal_data(talker: Talker) -> None:
    talker.say("me habéis cobrado dos veces, escribidme a ana@example.com")
    (card,) = [content for content in talker.outbox(ChannelName.SLACK) if isinstance(content, CaseCard)]
    assert card.code == talker.case().code
    assert [button.data for button in card.buttons] == ["claim", "resolve"]
    assert "ana@example.com" not in card.body
    talker.staff("claim", talker.case())
    cards = [content for content in talker.outbox(ChannelName.SLACK) if isinstance(content, CaseCard)]
    assert [button.data for button in cards[-1].buttons] == ["release", "resolve"]


def test_without_a_desk_nothing_is_posted_to_it(lite: Database, now: datetime) -> None:
    talker = Talker(lite, now, desk=False)
    talker.say("quiero hablar con una persona")
    talker.staff("claim", talker.case())
    assert talker.outbox(ChannelName.SLACK) == []


def test_a_word_in_a_thread_of_no_case_is_whispered_back(talker: Talker) -> None:
    lost = StaffSaid(ChannelName.SLACK, "x1", "C1:9", "", "C1:9", "U1", "hola", talker.now)
    talker.bot.handle(lost)
    talker.bot.handle(lost)
    (post,) = talker.outbox(ChannelName.SLACK)
    assert isinstance(post, ThreadPost)
    assert (post.whisper_to, post.thread) == ("U1", "C1:9")


def test_who_blocks_us_is_left_alone(talker: Talker) -> None:
    talker.bot.handle(Unreachable(ChannelName.TELEGRAM, "b1", "77", talker.now))
    with talker.db.read() as tx:
        assert shut_addresses.is_suppressed(tx, ChannelName.TELEGRAM, "77") == "blocked"


def test_a_claim_during_the_lookup_silences_the_answer(lite: Database, now: datetime) -> None:
    talker = Talker(lite, now)
    talker.say("quiero hablar con una persona")
    library, case = talker.library, talker.case()
    search = library.search

    class Interrupting(FakeLibrary):
        def search(self, question: str, language: Language, scope: Scope = ANYBODY) -> Found:
            if talker.case().state is CaseState.OPEN:
                talker.staff("claim", case)
            return search(question, language, scope)

    bot = Bot(
        lite,
        Interrupting(),
        clock=talker.clock,
        desk=True,
        settings=settings(),
        secret=SECRET,
    )
    result = bot.handle(talker.said("¿Por qué cambiáis de plataforma?"))
    assert result.reason is Reason.STAFF_HOLDS
    assert not any("Cambiamos" in text for text in talker.heard())


def test_a_second_tap_of_one_delivery_changes_nothing(talker: Talker) -> None:
    talker.say("algo del precio")
    tap = Pressed(ChannelName.WEB, "tap", "web1", "person", talker.now)
    assert talker.bot.handle(tap).text == talker.bot.handle(tap).text
    assert talker.case().kind is Reason.PERSON


def test_a_rating_or_thumb_for_what_is_not_theirs_is_not_kept(talker: Talker) -> None:
    talker.say("me habéis cobrado dos veces")
    open_case = talker.case()
    for data in ("rate:cas_other:5", f"rate:{open_case.id}:1", "thumb:ans_other:up"):
        talker.bot.handle(Pressed(ChannelName.WEB, f"tap {data}", "web1", data, talker.now))
    with talker.db.read() as tx:
        assert (feedback.listed(tx, "case"), feedback.listed(tx, "answer")) == ((), ())


def test_a_one_time_code_is_judged_and_not_kept(talker: Talker) -> None:
    talker.say("¿cuánto pago al mes?")
    talker.say("persona@correo.example")
    talker.say("mi código es 123456")
    with talker.db.read() as tx:
        talk = conversations.find(tx, ChannelName.WEB, "web1")
        assert talk is not None
        said = [turn.text for turn in conversations.turns_of(tx, talk.id)]
    assert "mi código es ••••••" in said
