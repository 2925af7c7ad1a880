"""Commands about people: subscribers, console accounts, signing in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_common import Context, JsonOption, acting, progress_bar, say, say_json, token_path

if TYPE_CHECKING:
    from subscribers.csv_import import ImportReport

subscribers_app = typer.Typer(help="The register of subscribers.", no_args_is_help=True, rich_markup_mode=None)
outcomes_app = typer.Typer(help="What became of people after the move.", no_args_is_help=True, rich_markup_mode=None)
account_app = typer.Typer(help="Accounts of the console.", no_args_is_help=True, rich_markup_mode=None)

SHOWN_ERRORS = 50
CHECKED = "only checked, nothing changed; an import would say: "


def register(app: typer.Typer) -> None:
    app.command()(login)


@subscribers_app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="A CSV file whose first line begins id,name,language; --check says what is wrong with it."),
    ],
    check: Annotated[bool, typer.Option("--check", help="Only check; change nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take subscribers over from a CSV file. Example: relevo subscribers import subscribers.csv --check"""
    from subscribers.csv_import import import_csv

    here: Context = context.obj
    with here.house() as house, progress_bar("import") as progress:
        report = import_csv(
            house.db,
            file.read_bytes(),
            house.clock.now(),
            check_only=check,
            progress=lambda done, total: progress(done, total, "import"),
        )
    if as_json:
        say_json(report)
    else:
        _show_import(report, check=check)
    if report.errors:
        raise typer.Exit(1)


def _show_import(report: "ImportReport", *, check: bool) -> None:
    counts = f"added {report.added}, changed {report.changed}, unchanged {report.unchanged}, refused {report.refused}"
    say(f"{CHECKED if check else ''}{counts}")
    for error in report.errors[:SHOWN_ERRORS]:
        say(str(error))
    if len(report.errors) > SHOWN_ERRORS:
        say(f"… and {len(report.errors) - SHOWN_ERRORS} more; --json lists them all")


@outcomes_app.command("import")
def import_outcomes(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file with the header id,outcome,date.")],
    check: Annotated[bool, typer.Option("--check", help="Only check; change nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take over what became of people: who moved, whose first payment failed, who left.

    Example: relevo outcomes import outcomes.csv --check
    """
    from subscribers.outcomes_csv import import_outcomes as run

    here: Context = context.obj
    with here.house() as house:
        report = run(house.db, file.read_bytes(), house.clock.now(), check_only=check)
    if as_json:
        say_json(report)
    else:
        say(f"{CHECKED if check else ''}added {report.added}, known {report.known}, refused {report.refused}")
        for error in report.errors[:SHOWN_ERRORS]:
            say(str(error))
    if report.errors:
        raise typer.Exit(1)


@subscribers_app.command("export")
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Where the CSV goes.")],
) -> None:
    """Write the register as CSV, escaped for spreadsheets. Example: relevo subscribers export --out x.csv"""
    from subscribers.csv_export import export_csv

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        out.write_text(export_csv(tx), encoding="utf-8")


@subscribers_app.command("show")
def show(
    context: typer.Context,
    subscriber_id: Annotated[str, typer.Argument(help="The external id.")],
    as_json: JsonOption = False,
) -> None:
    """What we know of one person, and what we sent them. Example: relevo subscribers show F-0001"""
    from records.errors import NotFound
    from records.store import messages, subscribers

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        person = subscribers.get(tx, subscriber_id)
        if person is None:
            raise NotFound(f"there is no subscriber {subscriber_id!r}")
        known = {
            "subscriber": person,
            "contacts": subscribers.contacts_of(tx, subscriber_id),
            "consents": subscribers.consents_of(tx, subscriber_id),
            "sent": messages.history_of(tx, subscriber_id),
        }
    say_json(known) if as_json else _show_person(known)


def _show_person(known: dict[str, object]) -> None:
    from console.cli_common import plain

    for title, value in known.items():
        say(title)
        rows = plain(value)
        for row in rows if isinstance(rows, list) else [rows]:
            say("  " + ", ".join(f"{key}: {item}" for key, item in row.items() if item not in (None, "", {})))


@subscribers_app.command("erase")
def erase(
    context: typer.Context,
    subscriber_id: Annotated[str, typer.Argument(help="The external id.")],
    by: Annotated[str, typer.Option("--by", help="The account that acts.")],
) -> None:
    """Erase a person and all they said; refusals stay as a hash. Example: relevo subscribers erase F-0001 --by a@b.example"""
    from console.access import Permission, require
    from records.store import erasing, facts

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.WORK_INBOX)
        now = house.clock.now()
        with house.db.write() as tx:
            erased = erasing.erase(tx, subscriber_id, now)
            facts.record_act(tx, account.email, "erase", subscriber_id, now)
    say(
        f"erased {subscriber_id} from the register; conversations deleted: {erased.talks}, cases deleted: {erased.cases}, "
        f"messages emptied of words and address: {erased.messages}"
    )
    for thread in erased.threads:
        say(f"Slack keeps what was posted there: delete the thread {thread} by hand")


@account_app.command("add")
def add_account(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="Who signs in.")],
    role: Annotated[str, typer.Option(help="marketer, approver, support, analyst or admin.")],
    name: Annotated[str, typer.Option(help="How colleagues see them.")] = "",
    password_file: Annotated[Path | None, typer.Option(help="A file whose first line is the password.")] = None,
) -> None:
    """A new account of the console. Example: relevo account add ana@farolito.example --role support"""
    from console import access
    from console.cli_answers import one_of
    from records.errors import Conflict
    from records.types import Role

    here: Context = context.obj
    password = _password(password_file, confirm=True)
    with here.house() as house:
        added = access.add_account(
            house.db, email, name or email.partition("@")[0], one_of(Role, role, "--role"), password, house.clock.now()
        )
    if not added:
        raise Conflict(f"{email} has an account already")
    say(f"{email} may sign in as {role}")


def login(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The account.")],
    password_file: Annotated[Path | None, typer.Option(help="A file whose first line is the password.")] = None,
) -> None:
    """Sign in on the command line, so that --by works. Example: relevo login ana@farolito.example"""
    from console import access

    here: Context = context.obj
    password, email = _password(password_file, confirm=False), email.strip().lower()
    with here.house() as house:
        signed = access.sign_in(house.db, email, password, "command", house.clock.now())
        path = token_path(house, email)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(signed.token, encoding="utf-8")
    say(f"signed in as {email} ({signed.account.role}) until {signed.expires_at:%Y-%m-%d %H:%M} UTC")


def _password(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        return next(iter(file.read_text(encoding="utf-8").splitlines()), "")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=confirm)
    return typed
