"""`relevo demo`: the three journeys on the sample company, with real input, printed as they really happen."""

import json
import shutil
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from console.cli_common import progress_bar
from console.sample import copy_sample
from console.script import CONVERSATIONS, Conversation, Rates, Says, Staff, Step, Thumbs
from console.worker import Worker
from records.database import Database
from records.errors import Conflict
from records.ids import new_id, new_secret
from records.inbound import Inbound, Pressed, Said, StaffPressed, StaffSaid, Started
from records.phrases import load_phrases
from records.slots import take_slot
from records.store import cases, chat, conversations, inbox
from records.types import Case, ChannelName, Language, Role

if TYPE_CHECKING:
    from console.wiring import House

MARKER = ".relevo-demo"
CLOCK = "2027-01-18T09:30:00Z"
"""A Monday morning, three days after the first wave of the sample campaign may open."""

PLAN = "mudanza-2027"
HOST = "127.0.0.1"


def run_demo(folder: Path, *, port: int, serve_after: bool) -> None:
    """A fresh workspace, the three journeys, then the pages. Raises Conflict rather than touch a folder of yours, and before
    anything is done if the port is taken."""
    from console.serving import serve_house, take_port
    from console.wiring import open_house

    out = Console(highlight=False)
    held = take_port(HOST, port) if serve_after else None
    _fresh(folder, port)
    house = open_house(folder)
    try:
        passwords = _accounts(house)
        _documents(house, out)
        _people(house, out)
        _conversations(house, out)
        _campaign(house, out)
        _where_to_click(out, port, passwords, folder)
        if held:
            sys.stdout.flush()
            serve_house(house, held, with_worker=True)
    finally:
        house.close()
    out.print(f"Done. `relevo -w {folder} serve` goes on with this one; `relevo demo` starts afresh.")


def _fresh(folder: Path, port: int) -> None:
    """An earlier demonstration goes; anything else stays untouched."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise Conflict(f"{folder} exists and is not a demonstration; give another folder with --dir")
        _refuse_if_served(folder)
        shutil.rmtree(folder)
    copy_sample(folder)
    (folder / MARKER).write_text("made by `relevo demo`; the next one starts afresh\n", encoding="utf-8")
    settings = folder / "relevo.toml"
    own = f'clock = "{CLOCK}"\npublic_url = "http://{HOST}:{port}"\n'
    settings.write_text(own + settings.read_text(encoding="utf-8"), encoding="utf-8")


def _refuse_if_served(folder: Path) -> None:
    """Raises WorkerBusy while another process works this demonstration."""
    state = folder / ".relevo"
    if state.exists():
        database = Database(f"sqlite:///{state / 'relevo.db'}")
        take_slot(database, state).release()
        database.close()


def _accounts(house: "House") -> dict[str, str]:
    from console.access import add_account

    passwords = {}
    for role in Role:
        email = f"{role.value}@farolito.example"
        passwords[email] = new_secret()[:12]
        add_account(house.db, email, role.value.capitalize(), role, passwords[email], house.clock.now())
    return passwords


# ---------------------------------------------------------------- a document, people


def _documents(house: "House", out: Console) -> None:
    from knowledge.ingest import ingest

    out.rule("A document becomes an answer")
    began = time.monotonic()
    with progress_bar("reading content/") as progress:
        report = ingest(house.db, house.workspace, house.clock.now(), progress, house.dense)
    out.print(f"{len(report.added)} documents read into the index in {time.monotonic() - began:.1f} s")
    for file, why in report.refused:
        out.print(f"  refused: {file}: {why}")


def _people(house: "House", out: Console) -> None:
    from subscribers.csv_import import import_csv

    data = (house.workspace.root / "subscribers.csv").read_bytes()
    report = import_csv(house.db, data, house.clock.now())
    out.print(f"{report.added} subscribers imported, {report.refused} rows refused")


# ---------------------------------------------------------------- questions


def _conversations(house: "House", out: Console) -> None:
    worker = Worker(
        db=house.db,
        clock=house.clock,
        bell=house.bell,
        handler=house.bot,
        courier=house.courier("demo"),
        channels=house.channels,
        holder="demo",
    )
    for conversation in CONVERSATIONS:
        out.rule(f"A conversation ({conversation.language})")
        _Stage(house, worker, out, conversation).play()


class _Stage:
    """Plays one conversation through the real inbox, bot, outbox and courier, and prints what the chat page would show."""

    def __init__(self, house: "House", worker: Worker, out: Console, conversation: Conversation) -> None:
        self._house = house
        self._worker = worker
        self._out = out
        self._conversation = conversation
        self._session = new_id("chs")
        self._shown = 0
        self._last_answer = ""

    def play(self) -> None:
        now = self._house.clock.now()
        with self._house.db.write() as tx:
            chat.open_session(tx, self._session, "", now)
            conversation = conversations.open_or_get(tx, ChannelName.WEB, self._session, now)
            conversations.save(tx, replace(conversation, language=self._conversation.language))
        self._put(Started(ChannelName.WEB, new_id("x"), self._session, "", now))
        for step in self._conversation.steps:
            self._act(step)

    def _act(self, step: Step) -> None:
        now, session, web = self._house.clock.now(), self._session, ChannelName.WEB
        match step:
            case Says(phrase):
                text = self._say(phrase)
                self._print("subscriber", text)
                self._put(Said(web, new_id("x"), session, text, now))
            case Thumbs():
                self._print("subscriber", "👍")
                self._put(Pressed(web, new_id("x"), session, f"thumb:{self._last_answer}:up", now))
            case Rates(stars):
                self._print("subscriber", "★" * stars)
                self._put(Pressed(web, new_id("x"), session, f"rate:{self._case().id}:{stars}", now))
            case Staff(act, phrase):
                self._staff(act, self._say(phrase) if phrase else "")
            case _:
                assert_never(step)

    def _staff(self, act: str, text: str) -> None:
        now, case = self._house.clock.now(), self._case()
        member = "support@farolito.example"
        if not text:
            self._print(f"staff, case {case.code}", f"[{act}]")
        if text:
            self._put(StaffSaid(ChannelName.CONSOLE, new_id("x"), case.id, case.id, "", member, text, now))
        else:
            self._put(StaffPressed(ChannelName.CONSOLE, new_id("x"), case.id, case.id, member, act, now))

    def _case(self) -> Case:
        with self._house.db.read() as tx:
            conversation = conversations.find(tx, ChannelName.WEB, self._session)
            case = cases.latest_of(tx, conversation.id) if conversation else None
        if case is None:
            raise Conflict("the demonstration expected a case, and the bot opened none")
        return case

    def _put(self, inbound: Inbound) -> None:
        with self._house.db.write() as tx:
            inbox.put(tx, inbound, self._house.clock.now())
        while self._worker.inbox_step() or self._worker.reply_step(ChannelName.WEB):
            pass
        self._show_new()

    def _show_new(self) -> None:
        with self._house.db.read() as tx:
            events = chat.events_after(tx, self._session, self._shown)
        for event in events:
            self._shown = event.id
            if event.kind == "message":
                self._show(json.loads(event.body))

    def _show(self, message: dict[str, object]) -> None:
        self._last_answer = str(message.get("answer_id") or self._last_answer)
        self._print(str(message.get("author") or "bot"), str(message["text"]))
        citations, choices = message.get("citations"), message.get("choices")
        for citation in citations if isinstance(citations, list) else []:
            quote = "" if citation["quote"] in str(message["text"]) else f" «{citation['quote']}»"
            self._out.print(f"      [{citation['source']} · {citation['path']}]{quote}", markup=False, style="dim")
        for choice in choices if isinstance(choices, list) else []:
            self._out.print(f"      ( {choice['label']} )", markup=False, style="dim")

    def _print(self, who: str, text: str) -> None:
        self._out.print(f"{who}:", style="bold")
        self._out.print(Padding(Text(text), (0, 0, 0, 3)))

    def _say(self, key: str) -> str:
        return load_phrases("console").say(key, self._conversation.language)


# ---------------------------------------------------------------- an announcement


def _campaign(house: "House", out: Console) -> None:
    from campaigns import runner
    from campaigns.reasons import say_reason
    from console.wiring import rehearse

    out.rule("An announcement, rehearsed")
    plan = house.workspace.campaigns / f"{PLAN}.yaml"
    marketer, now = "marketer@farolito.example", house.clock.now()
    with progress_bar("rehearsing") as progress:
        rehearsed = rehearse(house, plan, marketer, lambda at: progress(0, 0, f"it is {at:%d %B %Y}"))
    table = Table("wave", "stage", "what became of it", "people")
    for wave in rehearsed.status.waves:
        for (stage, state), count in wave.rows.items():
            table.add_row(wave.name, stage, state.value, str(count))
    out.print(table)
    for reason, count in sorted(rehearsed.status.excluded.items()):
        out.print(f"left out: {count} ({say_reason(reason, Language.EN)})")
    runner.submit(house.db, house.workspace, plan, marketer, now)
    out.print("The plan itself is submitted by the marketer and waits for the approver's yes in the console.")


def _where_to_click(out: Console, port: int, passwords: dict[str, str], folder: Path) -> None:
    base, say = (
        f"http://{HOST}:{port}",
        partial(out.print, markup=False, soft_wrap=True),
    )  # a line is kept, to be copied
    out.rule("Where to click")
    say(f"{base}/                      the chat, as a subscriber")
    say(f"{base}/console/inbox         the cases, as support")
    say(f"{base}/console/campaigns     the announcement: approve it as approver, watch it go, stop it")
    say(f"{base}/console/outbox        every message of the rehearsal, as people would see it")
    say("Whom to sign in as, and with which password:")
    for email, password in passwords.items():
        say(f"   {email:28} {password}")
    say("Links in rehearsed messages open nothing. Approve the announcement, and the first people get real ones.")
    say(f"The workspace is {folder}/ and its time is {CLOCK[:16]} UTC, so that its campaign is about to begin.")
