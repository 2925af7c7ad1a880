"""What a message says, in neutral words, and how it is kept as JSON. Adapters turn it into what their vendor shows."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter

from records.types import Choice, Citation


@dataclass(frozen=True)
class Heading:
    """Where a mail stands in its exchange: its subject, its Message-ID, and those before it, oldest first."""

    subject: str
    message_id: str
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChatMessage:
    """One turn said to a subscriber on any channel. With `answer_id` the channel offers thumbs and a person where it can;
    `heading` is of the mail it answers."""

    text: str
    language: str
    author: str = "bot"
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    answer_id: str = ""
    turn_id: str = ""
    heading: Heading | None = None
    kind: Literal["chat"] = "chat"


@dataclass(frozen=True)
class MailMessage:
    """An e-mail; `headers` are extra ones (List-Unsubscribe and the like), without line breaks."""

    subject: str
    text: str
    html: str
    language: str
    headers: tuple[tuple[str, str], ...] = ()
    kind: Literal["mail"] = "mail"


@dataclass(frozen=True)
class TextMessage:
    """Plain text of a campaign: SMS, Telegram, web chat. `links` are (label, url) a channel may show as buttons."""

    text: str
    language: str
    links: tuple[tuple[str, str], ...] = ()
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Menu:
    """A choice among too many to show, found by typing. Whoever picks one is asked `ask` and says `yes` or `no`."""

    data: str
    label: str
    ask: str
    yes: str
    no: str


@dataclass(frozen=True)
class CaseCard:
    """A case as the desk sees it. `update_of` is the thread of an earlier card to redraw, empty to post a new one."""

    case_id: str
    code: str
    headline: str
    fields: tuple[tuple[str, str], ...]
    body: str
    buttons: tuple[Choice, ...]
    update_of: str = ""
    menus: tuple[Menu, ...] = ()
    kind: Literal["card"] = "card"


@dataclass(frozen=True)
class ThreadPost:
    """One line in the thread of a case, for staff. `whisper_to` shows it to that member only."""

    case_id: str
    thread: str
    author: str
    text: str
    whisper_to: str = ""
    kind: Literal["post"] = "post"


@dataclass(frozen=True)
class DeskNotice:
    """What the whole desk should know and belongs to no case: a campaign that paused itself, a ceiling that was reached."""

    title: str
    text: str
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True)
class FilledForm:
    """A campaign message as the ledger keeps it: the id of its form (`records.forms`) and one person's values."""

    form: str
    values: tuple[str, ...]
    kind: Literal["form"] = "form"


Body = ChatMessage | MailMessage | TextMessage | CaseCard | ThreadPost | DeskNotice
"""Whatever a message may hold, written out."""

Kept = Body | FilledForm
"""Whatever a row of the ledger may hold."""

_body: TypeAdapter[Body] = TypeAdapter(Annotated[Body, Discriminator("kind")])
_kept: TypeAdapter[Kept] = TypeAdapter(Annotated[Kept, Discriminator("kind")])


def content_to_json(content: Body) -> str:
    return _body.dump_json(content).decode()


def content_from_json(text: str) -> Body:
    return _body.validate_json(text)


def kept_to_json(kept: Kept) -> str:
    return _kept.dump_json(kept).decode()


def kept_from_json(text: str) -> Kept:
    return _kept.validate_json(text)
