"""Commands about answers: ask, chat, evaluate."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from console.cli_common import Context, JsonOption, progress_bar, say, say_json

if TYPE_CHECKING:
    from bot.runner import TurnResult
    from console.wiring import House

Word = TypeVar("Word", bound=StrEnum)


def register(app: typer.Typer) -> None:
    app.command()(ask)
    app.command()(chat)
    app.command()(evaluate)


def ask(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What the person says.")] = "",
    language: Annotated[str, typer.Option(help="es or en; found out from the text if not given.")] = "",
    as_id: Annotated[str, typer.Option("--as", help="The subscriber who asks, by external id.")] = "",
    identity: Annotated[str, typer.Option(help="What they proved: anonymous, linked or verified.")] = "",
    channel: Annotated[str, typer.Option(help="Where they ask: web, email, sms or telegram.")] = "web",
    file: Annotated[Path | None, typer.Option(help="Questions, one JSON object a line.")] = None,
    out: Annotated[Path | None, typer.Option(help="With --file: where the answers go.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also say why: language, rules, candidates, how sure.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """One turn of the bot, as in a chat: a case it opens is a real one, in the inbox of your staff.

    Example: relevo ask "¿Por qué cambiáis de plataforma?" --json
    """
    from bot.explaining import explain as told
    from bot.explaining import lines
    from console.asking import Question, result_as_json
    from console.asking import ask as one_turn
    from records.ids import new_id
    from records.types import ChannelName, Language, Proof

    here: Context = context.obj
    where = one_of(ChannelName, channel, "--channel")
    proof = one_of(Proof, identity or ("verified" if as_id else "anonymous"), "--identity")
    if file is not None:
        _ask_file(here, file, out, proof if identity else Proof.ANONYMOUS, where)
        return
    if not text:
        raise typer.BadParameter("say something, or give --file")
    spoken = one_of(Language, language, "--language") if language else None
    with here.house() as house:
        result = one_turn(house, Question(text, new_id("ask"), spoken, as_id, proof, where))
        _tell_trouble(house, [result])
    why = told(result.steps) if explain else {}
    if as_json:
        say_json(result_as_json(result) | ({"explain": why} if explain else {}))
        return
    _show(result)
    for line in lines(why) if explain else ():
        say(line)


def _tell_trouble(house: "House", results: "Sequence[TurnResult]") -> None:
    """A person who asks gets a colleague; who runs this is told, beside the output, that no document could be read."""
    from records.types import Reason

    unsourced = any(result.reason is Reason.NO_SOURCE for result in results)
    if unsourced and (trouble := house.library.trouble()):
        typer.echo(f"relevo: {trouble}", err=True)


def _show(result: "TurnResult") -> None:
    say(result.text)
    for choice in result.choices:
        say(f"  · {choice.label}")
    for citation in result.citations:
        say(f"  [{citation.source} · {citation.path}] «{citation.quote}»")
    say(f"({result.decision}: {result.reason}, confidence {result.confidence:.2f})")


def _ask_file(here: Context, file: Path, out: Path | None, proof: object, channel: object) -> None:
    from console.asking import ask as one_turn
    from console.asking import read_questions, result_as_json
    from records.types import ChannelName, Proof

    if out is None:
        raise typer.BadParameter("--file needs --out")
    questions = list(read_questions(file, Proof(str(proof)), ChannelName(str(channel))))
    results: list[TurnResult] = []
    with here.house() as house, progress_bar("ask") as progress, out.open("w", encoding="utf-8") as sink:
        for done, (key, question) in enumerate(questions, start=1):
            results.append(one_turn(house, question))
            sink.write(json.dumps({"id": key} | result_as_json(results[-1]), ensure_ascii=False) + "\n")
            progress(done, len(questions), "ask")
        _tell_trouble(house, results)


def chat(
    context: typer.Context,
    as_id: Annotated[str, typer.Option("--as", help="Chat as this subscriber, proven.")] = "",
) -> None:
    """A conversation in the terminal; an empty line ends it. Example: relevo chat --as F-0001"""
    from console.asking import Question
    from console.asking import ask as one_turn
    from records.ids import new_id
    from records.types import Proof

    here: Context = context.obj
    thread = new_id("chat")
    with here.house() as house:
        while text := typer.prompt(">", default="", show_default=False).strip():
            proof = Proof.VERIFIED if as_id else Proof.ANONYMOUS
            house.library.learn()
            result = one_turn(house, Question(text, thread, None, as_id, proof))
            _show(result)
            _tell_trouble(house, [result])


def evaluate(
    documents: Annotated[Path, typer.Argument(help="DOCS.jsonl: {id, title, text, phrasings?, language?, contract?}")],
    queries: Annotated[Path, typer.Argument(help="QUERIES.jsonl: {id, text, language?, contract?}")],
    out: Annotated[Path, typer.Option(help="Where the run goes, one line a query.")],
) -> None:
    """Rank documents for queries in a throw-away index. Example: relevo evaluate docs.jsonl q.jsonl --out run.jsonl"""
    from bot.rules import handoff_probability
    from knowledge.evaluate import evaluate as run

    with progress_bar("evaluate") as progress:
        run(documents, queries, out, handoff=handoff_probability, progress=progress)


def one_of(words: type[Word], text: str, option: str) -> Word:
    try:
        return words(text)
    except ValueError as error:
        allowed = ", ".join(word.value for word in words)
        raise typer.BadParameter(f"{text!r} is not one of {allowed}", param_hint=option) from error
