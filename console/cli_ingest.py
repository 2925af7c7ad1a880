"""`relevo ingest`: documents into the index, and what to look at afterwards."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from console.cli_common import ByOption, Context, JsonOption, acting, progress_bar, say, say_json

if TYPE_CHECKING:
    from console.wiring import House
    from knowledge.findings import Findings, Place
    from knowledge.ingest import IngestReport

_READ = "read"
_SHOWN = 300  # characters of a text held back that a list shows
_OF_A_FILE = 3  # refused parts of one file that are told one by one


class _ReadsByDefault(TyperGroup):
    """`relevo ingest` and `relevo ingest faq/prices.es.md` read; the other words are commands of their own."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # its own Context
        asks_for_help = args[:1] == ["--help"]
        return super().parse_args(
            ctx, args if asks_for_help or (args[:1] and args[0] in self.commands) else [_READ, *args]
        )


ingest_app = typer.Typer(
    cls=_ReadsByDefault,
    no_args_is_help=False,
    rich_markup_mode=None,
    help="Read content/ into the index; only what changed is read again. Example: relevo ingest",
)


@ingest_app.command(_READ)
def read(
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Only these files and folders of content/.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Answer from it although golden questions got worse.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build the index anew although nothing changed.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Let the index before this one answer again.")] = False,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """Bring the index up to what stands in content/. Example: relevo ingest read faq/prices.es.md"""
    here: Context = context.obj
    with here.house() as house:
        if rollback:
            _roll_back(house, as_json=as_json)
            return
        report = _read(house, tuple(paths or ()), _forced_by(house, by) if force else "", rebuild=rebuild)
    if as_json:
        say_json(report)
    else:
        _tell(report)
    if report.worse:
        raise typer.Exit(1)


def _read(house: "House", paths: tuple[Path, ...], forced_by: str, *, rebuild: bool) -> "IngestReport":
    from knowledge.changes import Wish
    from knowledge.ingest import ingest

    only = tuple(_inside(house.workspace.content, path) for path in paths)
    with progress_bar("ingest") as progress:
        return ingest(
            house.db, house.workspace, house.clock.now(), progress, house.dense, Wish(only, forced_by, rebuild)
        )


def _inside(content: Path, path: Path) -> str:
    """A path of the user's as a path inside `content/`, given from there or from where they stand."""
    for base in (Path.cwd(), content):
        whole = (base / path).resolve()
        if whole.is_relative_to(content.resolve()) and (whole.exists() or base == content):
            return whole.relative_to(content.resolve()).as_posix()
    raise typer.BadParameter(
        f"{path} is not in {content}. Copy it into content/faq, tutorials or contracts: the folder says what it is."
    )


def _forced_by(house: "House", by: str) -> str:
    from console.access import Permission, require

    if not by:
        raise typer.BadParameter("--force needs --by EMAIL: it is kept who let a worse index answer.")
    account = acting(house, by)
    require(account, Permission.KEEP_CONTENT)
    return account.email


def _roll_back(house: "House", *, as_json: bool) -> None:
    from knowledge.library import rollback

    number = rollback(house.db)
    if as_json:
        say_json({"generation": number})
    else:
        say(f"generation {number} of the index answers again; `relevo ingest --rebuild` builds a new one.")


def refusals(refused: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A line each, file by file; a file with many is cut short, since a new workspace has scores of open blanks."""
    for file, group in groupby(refused, key=itemgetter(0)):
        reasons = [why for _, why in group]
        yield from (f"refused: {file}: {why}" for why in reasons[:_OF_A_FILE])
        if len(reasons) > _OF_A_FILE:
            yield f"refused: {file}: {len(reasons) - _OF_A_FILE} more; `relevo ingest --json` names each"


def _tell(report: "IngestReport") -> None:
    for title in ("added", "changed", "removed", "unchanged"):
        say(f"{title}: {len(getattr(report, title))}")
    for line in refusals(report.refused):
        say(line)
    for one in report.flagged:
        say(f"held back: {one.source} · {one.path}: {'; '.join(one.reasons)}. See `relevo ingest review`.")
    for note in report.notes:
        say(f"note: {note}")
    if report.golden:
        say(f"golden questions: {report.golden}")
    if report.worse:
        say("The new index finds less, so the old one goes on answering. These were found better before:")
        for question in filter(None, report.worse):
            say(f"  · {question}")
        say("Mend the documents, or let it answer anyway: relevo ingest --force --by EMAIL")


@ingest_app.command()
def review(context: typer.Context, as_json: JsonOption = False) -> None:
    """Sections held back until a person has read them. Example: relevo ingest review"""
    from records.store import knowledge as store

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        pending = store.pending_flags(tx)
    if as_json:
        say_json(pending)
        return
    if not pending:
        say("Nothing is held back.")
    for flag in pending:
        say(f"{flag.source_id} · {flag.path}  {flag.title}\n  {'; '.join(flag.reasons)}\n  «{flag.text[:_SHOWN]}»\n")


@ingest_app.command()
def report(context: typer.Context, as_json: JsonOption = False) -> None:
    """What does not fit between documents: a language missing, other figures, said twice. Example: relevo ingest report"""
    from knowledge.ingest import findings

    here: Context = context.obj
    with here.house() as house:
        found = findings(house.db, house.workspace)
    if as_json:
        say_json(found)
        return
    for line in _lines(found):
        say(line)


def _lines(found: "Findings") -> Iterator[str]:
    for lost in found.missing:
        yield f"not in {lost.language}: {_at(lost.place)}"
    for pair in found.unlike:
        only = (
            f"only there: {', '.join(pair.only_one) or 'nothing'}; only here: {', '.join(pair.only_other) or 'nothing'}"
        )
        yield f"other figures: {_at(pair.one)} and {_at(pair.other)}: {only}"
    for same in found.twice:
        yield f"said twice: {_at(same.one)} and {_at(same.other)}"
    for clash in found.contradictions:
        yield f"contradiction: {_at(clash.one)} «{clash.says}» and {_at(clash.other)} «{clash.other_says}»"
    if not (found.missing or found.unlike or found.twice or found.contradictions):
        yield "Every document stands in every language, with the same figures; nothing is said twice or differently."


def _at(place: "Place") -> str:
    return f"{place.source} · {place.path}" if place.path else place.source


@ingest_app.command()
def clear(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="As `relevo ingest review` names it.")],
    path: Annotated[str, typer.Argument(help="The place in it; the whole source without.")] = "",
    by: ByOption = "",
) -> None:
    """Let a section held back be answered from, word for word as it stands; a later change of it is held back again.

    Example: relevo ingest clear faq/prices.es.md price --by admin@example.com
    """
    from console.access import Permission, require
    from knowledge.ingest import clear as let_pass

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.KEEP_CONTENT)
        count = let_pass(house.db, source, path, account.email, house.clock.now())
        _read(house, (), "", rebuild=False)
    say(f"{count} cleared; answered from now on.")
