"""What every command shares: the workspace, JSON output, a progress bar, and who is acting."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from console.wiring import House
    from records.store.accounts import Account

Progress = Callable[[int, int, str], None]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
ByOption = Annotated[str, typer.Option("--by", help="The account that acts; sign in once with `relevo login EMAIL`.")]


@dataclass(frozen=True)
class Context:
    """What the options before the command said."""

    root: Path

    @contextmanager
    def house(self, **overrides: Any) -> "Iterator[House]":
        """The workspace, opened and closed again."""
        from console.wiring import open_house

        _log_to_stderr()
        opened = open_house(self.root, **overrides)
        try:
            yield opened
        finally:
            opened.close()


def _log_to_stderr() -> None:
    """What a command prints is for whoever called it; a line of the log between would break its JSON.

    An exception is shown without the values of its variables, which by default it is not: there may be anybody's data in them.
    """
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def say(text: str = "") -> None:
    """One line to standard output."""
    typer.echo(text)


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def _key(key: Any) -> str:
    return "/".join(_key(part) for part in key) if isinstance(key, tuple) else str(plain(key))


def say_json(value: Any) -> None:
    say(json.dumps(plain(value), ensure_ascii=False, indent=2))


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on standard error where a person is looking, nothing where a program is."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _label: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total, label: bar.update(task, completed=done, total=total, description=label or title)


def acting(house: "House", email: str) -> "Account":
    """The account acting on the command line; raises NotSignedIn when its token is missing or has run out."""
    from console.access import NotSignedIn, signed_in

    email = email.strip().lower()
    path = token_path(house, email)
    if not path.exists():
        raise NotSignedIn(f"{email} is not signed in here. Run `relevo login {email}` first.")
    account = signed_in(house.db, path.read_text(encoding="utf-8"), "command", house.clock.now())
    if account.email != email:
        raise NotSignedIn(f"the stored token is not {email}'s. Run `relevo login {email}` again.")
    return account


def token_path(house: "House", email: str) -> Path:
    from records.ids import fingerprint

    return house.workspace.state / "logins" / fingerprint(email)
