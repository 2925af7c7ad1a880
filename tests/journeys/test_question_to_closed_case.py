"""A question from a browser to a closed case: real pages, real bot, real index, real worker; reloaded in the middle."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.access import add_account
from console.wiring import House
from console.worker import Worker
from records.store import cases, feedback
from records.types import CaseState, Role
from tests.answers.sample import sample_house
from tests.console.browser import open_browser, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
REPLY = "Hola, ya veo los dos cobros: te devolvemos el segundo hoy."


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with open_browser() as opened:
        yield opened


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = sample_house(tmp_path / "w")
    add_account(opened.db, "support@farolito.example", "Soporte", Role.SUPPORT, PASSWORD, opened.clock.now())
    yield opened
    opened.close()


@contextmanager
def working(house: House) -> Iterator[None]:
    """The loops of a worker, without the engine of campaigns."""
    worker = Worker(
        db=house.db,
        clock=house.clock,
        bell=house.bell,
        handler=house.bot,
        courier=house.courier("worker-1"),
        channels=house.channels,
        holder="worker-1",
    )
    worker.start(lambda: None)
    yield
    worker.join()


def ask(page: "Page", text: str) -> None:
    page.get_by_label("Escribe tu pregunta").fill(text)
    page.keyboard.press("Enter")


def sign_in(page: "Page", home: str) -> None:
    page.goto(f"{home}/console/inbox")
    page.get_by_label("Correo electrónico").fill("support@farolito.example")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")


def answer_case(page: "Page", text: str) -> None:
    page.get_by_label("Respuesta o nota").fill(text)
    page.get_by_role("button", name="Enviar").click()


def test_ask_read_thumb_person_reply_resolve_rate(house: House, browser: "Browser") -> None:
    from playwright.sync_api import expect

    subscriber = browser.new_context(locale="es-ES").new_page()
    staff = browser.new_context(locale="es-ES").new_page()
    with serve(house) as home, working(house):
        subscriber.goto(home)
        expect(subscriber.get_by_text("soy el asistente automático")).to_be_visible()
        ask(subscriber, "¿por qué cambiáis de plataforma?")
        subscriber.locator("summary", has_text="Fuente:").click()
        expect(subscriber.locator("blockquote")).to_contain_text("Abonaria")
        subscriber.get_by_role("button", name="Sí, me ha servido").click()
        expect(subscriber.get_by_text("¡Gracias por decírmelo!")).to_be_visible()

        subscriber.reload()
        expect(subscriber.get_by_text("¿por qué cambiáis de plataforma?", exact=True)).to_be_visible()
        ask(subscriber, "me habéis cobrado dos veces")
        expect(subscriber.get_by_text("Siento mucho lo del cobro repetido")).to_be_visible()

        sign_in(staff, home)
        with house.db.read() as tx:
            (case,) = cases.listed(tx)
        staff.get_by_role("link", name=case.code).click()
        expect(staff.get_by_text("me habéis cobrado dos veces").first).to_be_visible()
        staff.get_by_role("button", name="Lo llevo yo").click()
        expect(subscriber.get_by_text("Ya te atiende una persona")).to_be_visible(timeout=10_000)
        answer_case(staff, REPLY)
        expect(subscriber.get_by_text(REPLY)).to_be_visible(timeout=10_000)

        subscriber.reload()
        expect(subscriber.get_by_text(REPLY)).to_be_visible()
        ask(subscriber, "gracias, espero la devolución")
        expect(staff.get_by_text("gracias, espero la devolución")).to_be_visible(timeout=10_000)
        staff.get_by_role("button", name="Resolver", exact=True).click()
        subscriber.get_by_label("5 de 5").check(timeout=10_000)
        subscriber.get_by_role("button", name="Enviar valoración").click()
        expect(subscriber.get_by_text("¡Gracias por tu valoración!")).to_be_visible(timeout=10_000)

    with house.db.read() as tx:
        closed = cases.require(tx, case.id)
        rated = feedback.get(tx, "case", case.id)
    assert closed.state is CaseState.RESOLVED
    assert rated is not None
    assert rated.value == 5
