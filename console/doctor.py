"""`relevo doctor`: what is well, what is not, and how to mend it. Reads only; sends nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from records.errors import RelevoError
from records.slots import take_slot
from records.types import ChannelName, Language

if TYPE_CHECKING:
    from console.wiring import House


class Mark(StrEnum):
    """How a thing stands."""

    WELL = "ok"
    NOTE = "note"  # works, but look at it before real people are reached
    WRONG = "WRONG"  # must be mended


@dataclass(frozen=True)
class Finding:
    """One line of the doctor."""

    mark: Mark
    what: str
    detail: str
    mend: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.mark is Mark.WRONG


def examine(house: "House") -> list[Finding]:
    """Every finding, in the order a newcomer would mend them."""
    return [
        *_database(house),
        *_company(house),
        *_desk(house),
        *_index(house),
        *_blanks(house),
        *_lexicon(house),
        *_model(house),
        *_embeddings(house),
        *_channels(house),
        *_mailbox(house),
        *_public_url(house),
        *_worker(house),
    ]


def _company(house: "House") -> Iterator[Finding]:
    from console.sample import NAMELESS

    name = house.settings.company.name
    if name in ("", NAMELESS):
        mend = "Set name under [company] in relevo.toml: it signs every message and greets in the chat."
        yield Finding(Mark.WRONG, "company name", f"still {name!r}", mend)
    else:
        yield Finding(Mark.WELL, "company name", name)


def _desk(house: "House") -> Iterator[Finding]:
    from bot.policy import policy_of

    try:
        policy_of(house.settings)
    except RelevoError as error:
        yield Finding(Mark.WRONG, "desk hours", str(error), "Mend `hours` under [desk] in relevo.toml.")
    else:
        yield Finding(Mark.WELL, "desk hours", house.settings.desk.hours)


def _database(house: "House") -> Iterator[Finding]:
    yield Finding(Mark.WELL, "database", "SQLite in .relevo" if house.db.is_sqlite else "PostgreSQL")


def _index(house: "House") -> Iterator[Finding]:
    from records.store import knowledge

    with house.db.read() as tx:
        number = knowledge.live(tx)
        sources = knowledge.all_sources(tx)
    if not number:
        yield Finding(Mark.WRONG, "index", "there is none yet", "Run `relevo ingest`.")
        return
    if trouble := house.library.trouble():
        yield Finding(Mark.WRONG, "index", trouble, "Until then questions go to people.")
    else:
        yield Finding(Mark.WELL, "index", f"generation {number}, {len(sources)} documents")
    for source in sources:
        if source.problem:
            yield Finding(
                Mark.NOTE, f"document {source.id}", source.problem, "Mend the document, then `relevo ingest`."
            )


def _blanks(house: "House") -> Iterator[Finding]:
    """One finding a language: a new workspace has dozens of blanks in as many files."""
    from knowledge.blanks import open_blanks

    found = open_blanks(house.workspace.content, house.settings.blanks)
    for language in sorted({one.language for one in found}):
        names = sorted({one.name for one in found if one.language == language})
        files = {one.file for one in found if one.language == language}
        yield Finding(
            Mark.WRONG,
            f"blanks ({language})",
            f"open in {len(files)} file{'s' * (len(files) > 1)}; what has one is not answered from: {', '.join(names)}",
            f"Set them under [blanks.{language}] in relevo.toml, then `relevo ingest`.",
        )


def _model(house: "House") -> Iterator[Finding]:
    """Built and priced, and one word asked of it: that costs next to nothing and shows that address and key are right."""
    from console.purse import is_spent
    from knowledge.model import LangchainModel
    from knowledge.passages import ModelFailed, ModelUnusable
    from knowledge.prompts import Prompt
    from knowledge.wire import Deadline

    settings = house.settings
    if not settings.model:
        return
    what, limits = f"model {settings.model}", settings.model_limits
    try:
        model = LangchainModel(settings.model, settings.model_url, settings.model_key, limits.seconds)
        model.complete(Prompt("Answer with the word ready.", "ready?"), Deadline.in_seconds(limits.seconds))
    except ModelUnusable as error:
        yield Finding(Mark.WRONG, what, str(error), "See docs/models.md.")
    except ModelFailed as error:
        yield Finding(Mark.WRONG, what, f"{error} Answers are quoted meanwhile.", "Look at its address, key and name.")
    else:
        yield Finding(Mark.WELL, what, "answers")
    if settings.model not in limits.prices:
        yield Finding(
            Mark.NOTE,
            "price of the model",
            "not told; a dear one is assumed for the daily cap",
            f"Set read and written under [model_limits.prices.'{settings.model}'] in relevo.toml.",
        )
    if is_spent(house.db, settings, house.clock.now()):
        yield Finding(
            Mark.NOTE, "money of the model", "spent for today; answers are quoted", "Raise [model_limits] per_day."
        )


def _embeddings(house: "House") -> Iterator[Finding]:
    """Loaded, and asked once; and whether the index was made with them."""
    from knowledge.dense import has_dense
    from knowledge.passages import ModelFailed, ModelUnusable
    from knowledge.standing import index_folder

    if not house.settings.embeddings:
        return
    what = f"embeddings {house.settings.embeddings}"
    try:
        dense = house.dense
        assert dense is not None
        dense.of_texts(["ready?"], lambda _: None)
    except (ModelUnusable, ModelFailed) as error:
        yield Finding(Mark.WRONG, what, str(error), "Look at its address, key and name; docs/models.md shows each.")
        return
    number = house.library.number()
    if number and not has_dense(index_folder(house.workspace) / str(number), dense.choice):
        yield Finding(
            Mark.WRONG, what, "the index was made without them and answers without them", "Run `relevo ingest`."
        )
    else:
        yield Finding(Mark.WELL, what, "answer")


def _lexicon(house: "House") -> Iterator[Finding]:
    """Only what the workspace adds: the lexicon that ships is held to its lint by our tests."""
    from knowledge.lexicon import OWN_FILE, file_of, shipped_file
    from knowledge.lexicon_lint import common_words, lint

    try:
        file = file_of(house.workspace)
    except RelevoError as error:
        yield Finding(Mark.WRONG, "lexicon", str(error), "Mend it; until then `relevo ingest` is refused.")
        return
    if file is shipped_file():
        return
    yield Finding(Mark.WELL, "lexicon", f"content/{OWN_FILE} adds to the one that ships")
    common = common_words(_texts_by_language(house))
    known = frozenset(lint(shipped_file(), common))
    for one in lint(file, common):
        if one not in known:
            yield Finding(Mark.NOTE, one.where, one.what, f"Mend it in content/{OWN_FILE}, then `relevo ingest`.")


def _texts_by_language(house: "House") -> dict[Language, list[str]]:
    """What the live index holds."""
    from records.store import knowledge

    texts: dict[Language, list[str]] = {language: [] for language in Language}
    with house.db.read() as tx:
        for chunk in knowledge.chunks_of(tx, knowledge.live(tx)):
            texts[Language(chunk.language)] += [chunk.title, chunk.text, *chunk.phrasings]
    return texts


_VENDORS = {
    ChannelName.EMAIL: ("has_email", "RELEVO_SMTP_URL and RELEVO_MAIL_FROM"),
    ChannelName.SMS: ("has_twilio", "RELEVO_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _FROM"),
    ChannelName.TELEGRAM: ("has_telegram", "RELEVO_TELEGRAM_TOKEN"),
    ChannelName.SLACK: ("has_slack", "RELEVO_SLACK_BOT_TOKEN, _CHANNEL and _SIGNING_SECRET or _APP_TOKEN"),
}


def _channels(house: "House") -> Iterator[Finding]:
    try:
        house.channels  # noqa: B018  reading the property builds every adapter from its settings
    except RelevoError as error:
        yield Finding(Mark.WRONG, "channels", str(error), "Mend that setting.")
    for name, (configured, keys) in _VENDORS.items():
        if getattr(house.settings, configured)():
            yield Finding(Mark.WELL, f"channel {name}", "configured")
        else:
            yield Finding(Mark.NOTE, f"channel {name}", "a sandbox stands in", f"Set {keys} to reach people.")


def _mailbox(house: "House") -> Iterator[Finding]:
    """Entered and looked at; nothing in it is changed."""
    from channels.mailbox import Mailbox

    if not house.settings.has_mailbox():
        if house.settings.has_email():
            yield Finding(
                Mark.NOTE,
                "mailbox",
                "answers, and mail that comes back, are not read",
                "Set RELEVO_IMAP_URL to the mailbox of RELEVO_MAIL_FROM.",
            )
        return
    try:
        standing = Mailbox(house.settings.imap_url).look()
    except RelevoError as error:
        yield Finding(Mark.WRONG, "mailbox", str(error), "Mend RELEVO_IMAP_URL; nothing is lost, it is read later.")
        return
    yield Finding(Mark.WELL, "mailbox", f"can be read; unread: {standing.unread}")
    if standing.set_aside:
        yield Finding(
            Mark.NOTE, "mailbox", f"flagged because they could not be kept: {standing.set_aside}", "Look at them there."
        )


def _public_url(house: "House") -> Iterator[Finding]:
    url = house.settings.public_url
    if url.startswith("https://"):
        yield Finding(Mark.WELL, "public address", url)
    else:
        yield Finding(
            Mark.NOTE,
            "public address",
            f"{url} works on this machine only",
            "Set RELEVO_PUBLIC_URL to an https address.",
        )


def _worker(house: "House") -> Iterator[Finding]:
    from records.errors import WorkerBusy

    try:
        take_slot(house.db, house.workspace.state).release()
    except WorkerBusy:
        yield Finding(Mark.WELL, "worker", "running")
    else:
        yield Finding(Mark.NOTE, "worker", "none is running here", "`relevo serve` runs one.")
