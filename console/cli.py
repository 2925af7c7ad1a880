"""`relevo`: the command line. Each command loads what it needs when it runs, so that help answers at once.

Exit codes: 0 done, 1 failed (the message says what, where and what to do), 2 wrong usage.
"""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from console import (
    cli_answers,
    cli_campaigns,
    cli_contracts,
    cli_ingest,
    cli_learn,
    cli_outcomes,
    cli_people,
    cli_reach,
    cli_revising,
    cli_run,
)
from console.cli_common import Context

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    help="Tell paying subscribers about a change of platform, answer their questions, hand the hard ones to people.",
)


@app.callback()
def _options(
    context: typer.Context,
    workspace: Annotated[Path, typer.Option("-w", "--workspace", help="The workspace folder.")] = Path(),
) -> None:
    context.obj = Context(workspace)


cli_run.register(app)
cli_answers.register(app)
app.add_typer(cli_ingest.ingest_app, name="ingest")
app.add_typer(cli_people.subscribers_app, name="subscribers")
app.add_typer(cli_people.outcomes_app, name="outcomes")
app.add_typer(cli_learn.learn_app, name="learn")
app.add_typer(cli_people.account_app, name="account")
cli_people.register(app)
app.add_typer(cli_contracts.contracts_app, name="contracts")
cli_reach.register(cli_campaigns.campaign_app)
cli_revising.register(cli_campaigns.campaign_app)
app.add_typer(cli_campaigns.campaign_app, name="campaign")
cli_outcomes.register(cli_run.report_app)
app.add_typer(cli_run.report_app, name="report")


def main() -> None:
    """The command `relevo`. What the house raises on purpose is one line on standard error, never a stack of code."""
    from records.errors import RelevoError

    try:
        app()
    except RelevoError as error:
        _give_up(str(error))
    except OSError as error:
        # Files the user named: missing, a folder, not ours to read. Anything else of this kind has a name, too.
        _give_up(f"{error.filename or 'the system'}: {error.strerror or error}")


def _give_up(why: str) -> NoReturn:
    sys.stderr.write(f"relevo: {why}\n")
    raise SystemExit(1) from None


if __name__ == "__main__":
    main()
