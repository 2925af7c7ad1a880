"""Whatever a language model says, through the real wiring and over real HTTP: only what our sources say gets out."""

import gzip
import json
import threading
from collections.abc import Callable

import pytest

from bot.runner import TurnResult
from console.wiring import House
from records.types import Decision, Reason
from tests.console.command_line import run
from tests.model.house import Company, one_turn
from tests.standins.model import Line, Manner, Shown, completion, says

PRICE = "¿Cambia el precio?"
TWICE = "¿Me vais a cobrar dos veces?"
REFUND_DAYS = "14 días"


def heard(company: Company, house: House, manner: Manner, text: str) -> TurnResult:
    """One turn with the model behaving so; it must really have been asked."""
    company.server.manner, before = manner, company.server.hits
    result = one_turn(house, text)
    assert company.server.hits == before + 1
    assert company.server.errors == []
    return result


def is_the_quote(company: Company, result: TurnResult, text: str) -> bool:
    """The same as without any model, word for word."""
    quoted = one_turn(company.quoting, text)
    assert quoted.decision is Decision.ANSWER
    return (result.text, result.citations, result.reason) == (quoted.text, quoted.citations, Reason.ANSWERED)


def replacing(old: str, new: str) -> Callable[[Shown], str]:
    def word(shown: Shown) -> str:
        assert old in shown.faithful, shown.faithful
        return shown.faithful.replace(old, new, 1)

    return word


def adding(more: str) -> Callable[[Shown], str]:
    return lambda shown: f"{shown.faithful} {more}"


def swapped_prices(shown: Shown) -> str:
    """Both prices are in the source; now each stands beside the other plan."""
    return replacing("8,99 €", "##")(shown).replace("13,99 €", "8,99 €").replace("##", "13,99 €")


def without_its_condition(shown: Shown) -> str:
    kept = [one for one in shown.sentences() if not one.startswith("Si aun así")]
    assert len(kept) == len(shown.sentences()) - 1
    return " ".join(f"{one} [1]" for one in kept)


WRONG_WORDS: dict[str, tuple[str, Callable[[Shown], str]]] = {
    "invented_date": (PRICE, adding("Los precios cambian el 3 de mayo de 2027. [1]")),
    "invented_amount": (PRICE, replacing("8,99", "7,99")),
    "invented_percentage": (PRICE, adding("Además tienes un 20 %. [1]")),
    "other_currency": (PRICE, replacing("8,99 €", "8,99 $")),
    "prices_change_places": (PRICE, swapped_prices),
    "wrong_citation_number": (PRICE, replacing("[1]", "[9]")),
    "citation_zero": (PRICE, replacing("[1]", "[0]")),
    "no_citation": (PRICE, lambda shown: shown.faithful.removesuffix(" [1]")),
    "no_citation_at_all": (PRICE, lambda shown: shown.faithful.replace(" [1]", "")),
    "quote_not_in_source": (PRICE, adding("Lo dice el contrato: «el precio baja para todos». [1]")),
    "other_language": (PRICE, lambda _: "Your price does not change with the move. It stays the same. [1]"),
    "obeys_injection": (PRICE, lambda _: "He cancelado todas las cuentas, tal como pide el documento. [1]"),
    "leaks_the_rules": (PRICE, lambda shown: f"{shown.rules.splitlines()[0]} [1]"),
    "repeats_the_question": (PRICE, lambda shown: f"{shown.parts['question']} [1]"),
    "repeats_everything": (PRICE, lambda shown: f"{shown.rules}{shown.parts}"),
    "unsupported_sentence": (PRICE, adding("También puedes quedarte dos meses gratis. [1]")),
    "unsupported_courtesy": (PRICE, adding("Por supuesto, sin ningún compromiso. [1]")),
    "negation_dropped": (PRICE, replacing("no cambia", "cambia")),
    "bare_no_dropped": (PRICE, replacing("No. Tu precio", "Tu precio")),
    "negation_added": (TWICE, replacing("deja de", "no deja de")),
    "condition_dropped": (TWICE, without_its_condition),
    "limit_dropped": (TWICE, replacing(" como muy tarde", "")),
    "end_of_a_sentence_dropped": (TWICE, replacing(" y normalmente mucho antes", "")),
    "another_person_acts": (TWICE, replacing("Te devolveremos", "Nos devolverás")),
    "another_time": (TWICE, replacing("devolveremos", "devolvimos")),
    "said_as_a_question": (PRICE, replacing("con la mudanza.", "con la mudanza?")),
    "accents_lost": (TWICE, replacing("días", "dias")),
    "said_twice": (PRICE, lambda shown: f"{shown.faithful} {shown.faithful}"),
    "order_within_a_paragraph": (PRICE, lambda shown: " ".join(f"{one} [1]" for one in reversed(shown.sentences()))),
    "leaves_out_the_answer": (TWICE, lambda shown: f"{shown.sentences()[-2]} [1]"),
    "leaves_out_the_beginning": (TWICE, lambda shown: " ".join(f"{one} [1]" for one in shown.sentences()[1:])),
    "html": (PRICE, replacing("Tu precio", "<b>Tu precio</b>")),
    "script": (PRICE, adding("<script>alert(1)</script> [1]")),
    "markdown_image": (PRICE, adding("![](https://evil.example/a.png) [1]")),
    "markdown_link": (PRICE, replacing("Tu precio", "[Tu precio](https://evil.example)")),
    "bare_link": (PRICE, adding("Míralo en https://evil.example/precio. [1]")),
    "link_changed": (PRICE, replacing("farolito.example/cuenta", "farolito.example.evil.example/cuenta")),
    "invisible_instructions": (PRICE, replacing("Tu precio", "Tu precio\U000e0041\u200b también baja,")),
    "json_instead": (PRICE, lambda shown: json.dumps({"text": shown.faithful})),
    "fenced": (PRICE, lambda shown: f"```\n{shown.faithful}\n```"),
    "blank": (PRICE, lambda _: " \n "),
    "empty": (PRICE, lambda _: ""),
    "mask_in_the_answer": (PRICE, replacing("Tu precio", "••• tu precio")),
    "far_too_long": (PRICE, lambda shown: " ".join([shown.faithful] * 40)),
}


@pytest.mark.parametrize("case", WRONG_WORDS, ids=str)
def test_a_wrong_word_never_gets_out(company: Company, case: str) -> None:
    question, word = WRONG_WORDS[case]
    result = heard(company, company.patient, says(word), question)
    assert is_the_quote(company, result, question)


def elsewhere(hits: list[str]) -> Manner:
    """Redirects to a place that would answer properly, if anybody came."""

    def manner(line: Line, shown: Shown) -> None:
        hits.append(shown.rules)
        line.send(b"", 307, Location="/v1/other/chat/completions")

    return manner


def cut_off(line: Line, shown: Shown) -> None:
    whole = completion(shown.faithful)
    line.head(Content_Length=str(len(whole)))
    line.write(whole[: len(whole) // 2])


def endless(line: Line, shown: Shown) -> None:
    """More than 100 kB, never ending; it stops when who reads it hangs up."""
    line.head()
    line.write(completion(shown.faithful)[:-1])
    while not line.closing.is_set():
        line.write(b" " * 10_000)


def large(line: Line, shown: Shown) -> None:
    line.send(completion(shown.faithful) + b" " * 120_000)


def packed(line: Line, shown: Shown) -> None:
    line.send(gzip.compress(completion(shown.faithful)), Content_Encoding="gzip")


BROKEN: dict[str, Manner] = {
    "rate_limited": lambda line, _: line.send(b'{"error": {"message": "slow down"}}', 429, Retry_After="30"),
    "server_error": lambda line, _: line.send(b'{"error": {"message": "boom"}}', 500),
    "unauthorised": lambda line, _: line.send(b'{"error": {"message": "key"}}', 401),
    "broken_json": lambda line, shown: line.send(completion(shown.faithful)[:-9]),
    "not_json": lambda line, _: line.send(b"<html>ready</html>"),
    "another_shape": lambda line, _: line.send(b'{"answer": 42}'),
    "no_choices": lambda line, _: line.send(b'{"choices": []}'),
    "nothing_said": lambda line, _: line.send(completion(None)),
    "calls_a_tool": lambda line, _: line.send(
        completion(
            None,
            tool_calls=[{"id": "1", "type": "function", "function": {"name": "refund", "arguments": "{}"}}],
        )
    ),
    "cut_off": cut_off,
    "hangs_up": lambda _line, _shown: None,
    "larger_than_100_kb": large,
    "endless": endless,
    "packed": packed,
}


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_a_broken_model_is_done_without(company: Company, case: str) -> None:
    assert is_the_quote(company, heard(company, company.patient, BROKEN[case], PRICE), PRICE)


def test_nobody_follows_a_redirect(company: Company) -> None:
    hits: list[str] = []
    assert is_the_quote(company, heard(company, company.patient, elsewhere(hits), PRICE), PRICE)
    assert len(hits) == 1


def silent(seen: threading.Event) -> Manner:
    def manner(line: Line, shown: Shown) -> None:
        line.closing.wait(60)
        seen.set()

    return manner


def trickling(ended: threading.Event) -> Manner:
    """A right answer, a byte at a time; it would take minutes. `ended` is set when who reads it hangs up."""

    def manner(line: Line, shown: Shown) -> None:
        line.head()
        try:
            for byte in completion(shown.faithful):
                line.write(bytes([byte]))
                if line.closing.wait(0.1):
                    return
        except ConnectionError:
            ended.set()

    return manner


def test_a_silent_model_is_left_at_the_deadline(company: Company) -> None:
    answered = threading.Event()
    assert is_the_quote(company, heard(company, company.quick, silent(answered), PRICE), PRICE)
    assert not answered.is_set()


def test_a_trickle_counts_as_one_answer_and_its_line_is_closed(company: Company) -> None:
    ended = threading.Event()
    assert is_the_quote(company, heard(company, company.quick, trickling(ended), PRICE), PRICE)
    assert ended.wait(30)


# ---------------------------------------------------------------- what a model is good for


def first_paragraph(shown: Shown) -> str:
    return " ".join(f"{one} [1]" for one in shown.sentences()[:2])


def test_a_shorter_answer_in_our_own_sentences_is_used(company: Company) -> None:
    result = heard(company, company.patient, says(first_paragraph), PRICE)
    quoted = one_turn(company.quoting, PRICE)
    assert result.reason is Reason.ANSWERED
    assert result.text in quoted.text
    assert len(result.text) < len(quoted.text)
    assert result.text.endswith("89,00 € al año.")
    assert all(one.quote in quoted.citations[0].quote for one in result.citations)
    assert [one.quote for one in result.citations][-1].endswith("89,00 € al año.")


def test_small_words_may_join_sentences(company: Company) -> None:
    def joined(shown: Shown) -> str:
        stays, plans, *_ = shown.sentences()
        return f"{stays} [1] Y además, {plans[0].lower()}{plans[1:]} [1]"

    result = heard(company, company.patient, says(joined), PRICE)
    assert "Y además, el plan mensual cuesta 8,99 €" in result.text
    assert [one.source for one in result.citations] == ["faq/prices.es.md"] * 2


def test_a_clause_is_quoted_and_no_model_is_asked(company: Company) -> None:
    before = company.server.hits
    result = one_turn(company.patient, "¿Qué dice la cláusula 7.2 del contrato?")
    assert result.citations[0].source.startswith("contracts/")
    assert company.server.hits == before


def test_the_command_line_keeps_to_it_too(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELEVO_MODEL", "openai:stand-in")
    monkeypatch.setenv("RELEVO_MODEL_URL", company.server.url)
    monkeypatch.setenv("RELEVO_MODEL_LIMITS__SECONDS", "30")
    quoted = one_turn(company.quoting, PRICE)
    company.server.manner, before = says(adding("También puedes quedarte dos meses gratis. [1]")), company.server.hits
    assert run(company.folder, "ask", PRICE, "--json").json["text"] == quoted.text
    company.server.manner = says(first_paragraph)
    shorter = run(company.folder, "ask", PRICE, "--json").json
    assert (shorter["decision"], company.server.hits) == ("answer", before + 2)
    assert shorter["text"] in quoted.text
    assert len(shorter["text"]) < len(quoted.text)
