"""Commands that set up and run: init, demo, doctor, serve, worker, report."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_common import Context, JsonOption, say, say_json

if TYPE_CHECKING:
    from records.settings import Workspace

report_app = typer.Typer(help="Numbers.", no_args_is_help=True, rich_markup_mode=None)

PORT = 8000
DEMO = Path(".demo")


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(demo)
    app.command()(doctor)
    app.command()(serve)
    app.command()(worker)


_STARTER_STEPS = (
    "fill the {blanks} blanks in {folder}/relevo.toml (`relevo -w {folder} doctor` lists what is open)",
    "read {folder}/content/faq and tutorials: they tell an invented company's rules; change or delete what is not yours",
)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the new workspace goes.")],
    empty: Annotated[bool, typer.Option("--empty", help="Without the starter pack of questions and texts.")] = False,
) -> None:
    """Make a workspace of your own. Example: relevo init my-company"""
    from console.sample import make_workspace

    blanks = make_workspace(folder, starter_pack=not empty)
    steps = [
        "give your company's name in {folder}/relevo.toml",
        *(_STARTER_STEPS if blanks else ()),
        "put your contracts into {folder}/content/contracts",
        "relevo -w {folder} ingest",
        "relevo -w {folder} serve",
    ]
    say(f"{folder} is ready. Next:")
    for number, step in enumerate(steps, 1):
        say(f"  {number}. {step.format(folder=folder, blanks=len(blanks))}")


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--dir", help="Where the demonstration lives; made afresh each time.")] = DEMO,
    port: Annotated[int, typer.Option(help="Where it serves.", min=1, max=65_535)] = PORT,
    serve_after: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve when the demonstration is over.")
    ] = True,
) -> None:
    """The guided demonstration on the sample company. Example: relevo demo"""
    from console.demo import run_demo

    here: Context = context.obj
    if here.root != Path() and folder == DEMO:
        raise typer.BadParameter(f"the demonstration makes a workspace of its own: say `relevo demo --dir {here.root}`")
    run_demo(folder, port=port, serve_after=serve_after)


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check the workspace and say how to mend what is wrong. Example: relevo doctor"""
    from console.doctor import examine

    here: Context = context.obj
    with here.house() as house:
        findings = examine(house)
    if as_json:
        say_json(findings)
    else:
        for finding in findings:
            say(
                f"{finding.mark.value:5} {finding.what}: {finding.detail}"
                + (f"\n      {finding.mend}" if finding.mend else "")
            )
    if any(finding.is_wrong for finding in findings):
        raise typer.Exit(1)


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="The port on this machine.", min=1, max=65_535)] = PORT,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Only the web; another process works.")] = False,
) -> None:
    """The web pages, the webhooks and (unless told otherwise) a worker. Example: relevo serve --port 8000"""
    from console.serving import serve_house, take_port

    here: Context = context.obj
    with here.house() as house:
        serve_house(house.on_port(port), take_port(host, port), with_worker=not no_worker)


def worker(context: typer.Context) -> None:
    """One more worker: inbox, batches, schedules. SQLite allows one. Example: relevo worker"""
    from console.heap import look_seldom
    from console.working import start_worker

    here: Context = context.obj
    with here.house() as house, _until_told() as stop:
        working = start_worker(house, on_lost=stop.set)
        look_seldom()
        say(f"working as {working.slot.name}; Ctrl-C stops after the message in hand")
        stop.wait()
        working.stop()
        working.check()


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@report_app.command("satisfaction")
def satisfaction(context: typer.Context, as_json: JsonOption = False) -> None:
    """Thumbs and ratings, with how many were given. Example: relevo report satisfaction"""
    from records.store import feedback

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        summary = feedback.summary(tx)
    if as_json:
        say_json(summary)
        return
    stars = ", ".join(f"{count} × {stars}" for stars, count in sorted(summary.ratings.items(), reverse=True) if count)
    told = {
        "thumbs up": summary.thumbs_up,
        "thumbs down": summary.thumbs_down,
        "ratings asked for": summary.ratings_asked,
        "ratings given": f"{summary.rated} ({stars} of 5)" if stars else 0,
    }
    for name, value in told.items():
        say(f"{name:24} {value}")


@report_app.command("gaps")
def gaps(
    context: typer.Context,
    by_word: Annotated[bool, typer.Option("--words", help="Their words that no concept of the lexicon uses.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What people asked and the index could not answer, newest first. Example: relevo report gaps"""
    from datetime import timedelta

    from records.store import conversations
    from records.types import Author, Reason

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        since = house.clock.now() - timedelta(days=90)
        turns = conversations.turns_by_reason(tx, [Reason.NO_SOURCE.value, Reason.LOW_CONFIDENCE.value], since)
        asked = [(turn, conversations.before(tx, turn, Author.SUBSCRIBER)) for turn in turns]
        workspace = house.workspace
    if by_word:
        _say_words([said.text for _, said in asked if said], workspace, as_json=as_json)
        return
    rows = [{"at": turn.at, "reason": turn.reason, "question": said.text if said else ""} for turn, said in asked]
    if as_json:
        say_json(rows)
        return
    for row in rows:
        say(f"{row['at']:%Y-%m-%d}  {row['reason']:15} {row['question']}")


def _say_words(questions: list[str], workspace: "Workspace", *, as_json: bool) -> None:
    from knowledge.lexicon import extended_lexicon, own_text
    from knowledge.lexicon_lint import unknown_words

    found = unknown_words(questions, extended_lexicon(own_text(workspace)))
    if as_json:
        say_json([{"word": word, "questions": times} for word, times in found])
        return
    for word, times in found:
        say(f"{times:5}  {word}")
