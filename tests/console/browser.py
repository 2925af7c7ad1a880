"""A real browser against a real server, on loopback."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn

from console.web import create_app
from console.wiring import House
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str:
    """Where the system's Chromium is, empty if there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


@contextmanager
def open_browser() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    if not path:
        pytest.skip("no Chromium: run sh tests/ensure-chromium.sh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def serve(house: House, port: int = 0) -> Iterator[str]:
    """The app of this house on a free port (or the one given); its address."""
    port = port or free_port()
    config = uvicorn.Config(create_app(house), "127.0.0.1", port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    started = threading.Event()
    thread = threading.Thread(target=server.run, daemon=True)
    startup = server.startup

    async def announce(sockets: object = None) -> None:
        await startup(sockets)  # type: ignore[arg-type]  # handed on as it came
        started.set()

    server.startup = announce  # type: ignore[method-assign]  # to know when it listens, without polling
    thread.start()
    assert started.wait(20)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


class ScriptedBot:
    """Answers what the tests ask, through the same inbox, log and channel as the real bot: greeting, answer, person."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "ScriptedBot":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._house.bell.ring("inbox")
        self._thread.join(5)

    def _run(self) -> None:
        from records.store import inbox

        rung = 0
        while not self._stop.is_set():
            with self._house.db.write() as tx:
                rows = inbox.take(tx, "scripted", self._house.clock.now(), 20)
            for row in rows:
                self._answer(row.inbound)
                with self._house.db.write() as tx:
                    inbox.done(tx, row.id)
            if not rows:
                rung = self._house.bell.wait("inbox", rung, 0.5)

    def _answer(self, inbound: object) -> None:
        from channels.contract import Outgoing
        from records.content import ChatMessage
        from records.inbound import Pressed, Said, Started
        from records.store import conversations
        from records.store.conversations import NewTurn
        from records.types import Author, ChannelName, Choice, Citation

        house = self._house
        if isinstance(inbound, Started):
            message = ChatMessage("Hola, soy el asistente automático de Farolito. ¿En qué te ayudo?", "es")
        elif isinstance(inbound, Said):
            answer_id = f"ans-{inbound.external_id[-12:]}".replace(":", "-")
            cited = Citation(
                "faq/pagos.es.md", "cuando-se-cobra", "Te cobramos el **día 1** de cada mes.", "¿Cuándo se cobra?"
            )
            message = ChatMessage(
                "Te cobramos el **día 1** de cada mes.\n\n- Con tarjeta, ese mismo día\n- Con recibo, dos días después",
                "es",
                citations=(cited,),
                choices=(Choice("pick:tarjeta", "Pago con tarjeta"), Choice("pick:recibo", "Pago con recibo")),
                answer_id=answer_id,
            )
        elif isinstance(inbound, Pressed) and inbound.data == "person":
            message = ChatMessage("Una persona te escribirá antes de las 12:00. Tu caso es **AB12**.", "es")
            self._open_case(inbound.address)
        else:
            return
        assert isinstance(inbound, Said | Started | Pressed)
        with house.db.write() as tx:
            talk = conversations.open_or_get(tx, ChannelName.WEB, inbound.address, house.clock.now())
            turn_id = f"turn-{inbound.external_id}"[:40]
            conversations.add_turn(
                tx,
                NewTurn(turn_id, talk.id, Author.BOT, message.text, house.clock.now(), answer_id=message.answer_id),
            )
        house.channels[ChannelName.WEB].send(Outgoing(f"re:{inbound.external_id}", inbound.address, message))

    def _open_case(self, session: str) -> None:
        from records.store import cases, conversations
        from records.store.cases import NewCase
        from records.types import ChannelName, Language, Reason

        now = self._house.clock.now()
        with self._house.db.write() as tx:
            talk = conversations.open_or_get(tx, ChannelName.WEB, session, now)
            new = NewCase("cas_b1", "AB12", talk.id, None, Reason.PERSON, Language.ES, "Quiere hablar", now)
            cases.open(tx, new, now)
