"""What a person sees: an answer with its source, a thumb, a person; a reload or a lost line loses nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from channels.contract import Outgoing
from console.wiring import House
from records.clock import ManualClock
from records.content import ChatMessage
from records.store import cases, conversations, feedback
from records.store.conversations import NewTurn
from records.types import Author, ChannelName, Choice, Role
from tests.console.browser import ScriptedBot, open_browser, serve
from tests.console.conftest import PASSWORD, make_account
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
QUESTION = "¿Cuándo me cobran?"


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with open_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A fresh browser profile that fails the test on any script error or broken policy."""
    context = browser.new_context(locale="es-ES")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    context.close()
    assert problems == []


@contextmanager
def another_site(home: str) -> Iterator[str]:
    """A page of the company's own, on an origin of its own, with our one script tag."""
    tag = f'<html lang="es"><title>x</title><script src="{home}/chat/widget.js" async></script><p>Mi sitio</p></html>'

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(tag.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def ask(page: "Page", text: str = QUESTION) -> None:
    page.get_by_label("Escribe tu pregunta").fill(text)
    page.keyboard.press("Enter")


def test_a_question_its_source_a_thumb_and_a_person(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    with serve(house) as home, ScriptedBot(house):
        page.goto(home)
        expect(page.get_by_text("soy el asistente automático")).to_be_visible()
        ask(page)
        source = page.locator("summary", has_text="Fuente: ¿Cuándo se cobra?")
        source.click()
        expect(page.locator("blockquote")).to_have_text("Te cobramos el **día 1** de cada mes.")
        page.get_by_role("button", name="Sí, me ha servido").click()
        expect(page.get_by_text("¡Gracias!")).to_be_visible()
        page.get_by_role("button", name="Hablar con una persona").click()
        expect(page.get_by_text("Una persona te escribirá")).to_be_visible()
        expect(page.locator("#chat-state")).to_contain_text("caso AB12", timeout=8000)

        page.reload()
        expect(page.locator(".say.mine")).to_have_count(2)
        expect(page.locator(".say.bot")).to_have_count(3)
        expect(page.get_by_text(QUESTION, exact=True)).to_be_visible()


def test_a_resolved_case_can_be_rated_and_again_after_it_was_opened_again(
    house: House, clock: ManualClock, page: "Page"
) -> None:
    from playwright.sync_api import expect

    thanked, send = page.get_by_text("Gracias por tu valoración."), page.get_by_role("button", name="Enviar valoración")
    with serve(house) as home, ScriptedBot(house):
        page.goto(home)
        ask(page)
        page.get_by_role("button", name="Hablar con una persona").click()
        expect(page.locator("#chat-state")).to_contain_text("AB12", timeout=8000)
        resolve_ab12(house)
        page.get_by_label("4 de 5").check(timeout=8000)
        send.click()
        expect(thanked).to_be_visible()
        with house.db.read() as tx:
            assert feedback.get(tx, "case", "cas_b1") is None  # the bot's to record; the page only hands it in
        rate_ab12(house, 4)
        clock.advance(timedelta(minutes=1))
        with house.db.write() as tx:
            cases.reopen(tx, "cas_b1", "ana@farolito.example", None, clock.now())
        expect(page.locator("#chat-state")).not_to_contain_text("cerrado", timeout=8000)
        resolve_ab12(house)
        page.get_by_label("2 de 5").check(timeout=8000)
        send.click()
        expect(thanked).to_have_count(2)
        rate_ab12(house, 2)
        page.reload()
        expect(page.locator("#chat-state")).to_contain_text("cerrado", timeout=8000)
        expect(send).to_have_count(0)


def rate_ab12(house: House, value: int) -> None:
    with house.db.write() as tx:
        talk = cases.require(tx, "cas_b1").conversation_id
        feedback.record(tx, "case", "cas_b1", talk, value, "", house.clock.now())


def resolve_ab12(house: House) -> None:
    with house.db.write() as tx:
        cases.resolve(tx, "cas_b1", "ana@farolito.example", house.clock.now())


def test_a_rating_without_stars_says_so_on_a_phone(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    page.set_viewport_size({"width": 390, "height": 760})
    with serve(house) as home, ScriptedBot(house):
        page.goto(home)
        ask(page)
        page.get_by_role("button", name="Hablar con una persona").click()
        expect(page.locator("#chat-state")).to_contain_text("AB12", timeout=8000)
        resolve_ab12(house)
        page.get_by_role("button", name="Enviar valoración").click(timeout=8000)
        expect(page.get_by_text("Elige antes de una a cinco estrellas.")).to_be_visible()
        form, title = page.locator(".rating").bounding_box(), page.locator(".rating legend").bounding_box()
        assert form is not None
        assert title is not None
        assert form["x"] <= title["x"]
        assert form["y"] <= title["y"]
        assert title["x"] + title["width"] <= form["x"] + form["width"]


def test_a_message_that_only_asks_also_leads_to_a_person(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    with serve(house) as home:
        page.goto(home)
        expect(page.locator("#log")).to_have_attribute("aria-busy", "false")
        session = page.evaluate("JSON.parse(localStorage.getItem('relevo.chat')).session")
        choices = (Choice("pick:1", "El plan anual"), Choice("pick:2", "El mensual"), Choice("pick:3", "El familiar"))
        asked = ChatMessage("¿Cuál tienes?", "es", choices=choices)
        house.channels[ChannelName.WEB].send(Outgoing("k1", session, asked))
        expect(page.locator(".choices button")).to_have_count(4)
        page.get_by_role("button", name="Hablar con una persona").click()
        expect(page.locator(".say.mine .say-text")).to_have_text("Hablar con una persona")


def test_a_message_written_while_the_server_is_away_arrives_once(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    port = free_port()
    with ScriptedBot(house):
        with serve(house, port) as home:
            page.goto(home)
            expect(page.locator(".say.bot")).to_have_count(1)
        ask(page)
        expect(page.get_by_text("Pendiente de enviar")).to_be_visible()
        with serve(house, port):
            expect(page.locator(".say.bot")).to_have_count(2, timeout=20_000)
            expect(page.get_by_text("Pendiente de enviar")).to_have_count(0)
            expect(page.locator(".say.mine")).to_have_count(1)


def test_nothing_can_be_sent_into_the_void_before_the_chat_is_there(house: House, page: "Page") -> None:
    """On a slow line the page comes long before its script."""
    from playwright.sync_api import expect

    page.route("**/chat.js*", lambda route: route.abort())
    with serve(house) as home:
        page.goto(home)
        page.locator("#text").fill(QUESTION)
        expect(page.get_by_role("button", name="Enviar")).to_be_disabled()
        page.unroute("**/chat.js*")
        page.goto(home)
        expect(page.get_by_role("button", name="Enviar")).to_be_enabled()


def test_the_language_can_be_switched_in_the_middle(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    with serve(house) as home, ScriptedBot(house):
        page.goto(home)
        ask(page)
        expect(page.locator("summary")).to_contain_text("Fuente")
        page.get_by_role("button", name="English").click()
        expect(page.locator("summary")).to_contain_text("Source")
        expect(page.get_by_role("button", name="Talk to a person")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_one_script_tag_puts_the_chat_on_another_page(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    with serve(house) as home, ScriptedBot(house), another_site(home) as site:
        page.goto(site)
        page.get_by_role("button", name="Abrir el chat").click()
        frame = page.frame_locator("#relevo-chat-frame")
        expect(frame.get_by_text("soy el asistente automático")).to_be_visible()
        frame.get_by_label("Escribe tu pregunta").press("Escape")
        expect(page.locator("#relevo-chat-frame")).to_be_hidden()


def test_staff_sign_in_and_work_a_case_by_keyboard(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    house.workspace.settings.__dict__["public_url"] = "http://127.0.0.1"  # so that the cookie travels without TLS
    email = make_account(house, Role.SUPPORT)
    with serve(house) as home:
        ScriptedBot(house)._open_case("web_0000000000000000000001")
        page.goto(f"{home}/console/inbox")
        page.get_by_label("Correo electrónico").fill(email)
        page.get_by_label("Contraseña").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="AB12").click()
        expect(page.get_by_role("heading", name="AB12")).to_be_visible()
        page.get_by_label("Nota interna").fill("Comprobado en el banco")
        page.get_by_role("button", name="Guardar nota interna").click()
        expect(page.locator(".events blockquote")).to_have_text("Comprobado en el banco")


def sign_in(page: "Page", email: str) -> None:
    page.get_by_label("Correo electrónico").fill(email)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("sends", [True, False])
def test_a_login_that_ends_does_not_take_what_was_being_written(house: House, page: "Page", *, sends: bool) -> None:
    """Whether it is the form that finds out, or the page that looks for news."""
    from playwright.sync_api import expect

    house.workspace.settings.__dict__["public_url"] = "http://127.0.0.1"  # so that the cookie travels without TLS
    email, words = make_account(house, Role.SUPPORT), "Lo que he tardado en escribir"
    with serve(house) as home:
        ScriptedBot(house)._open_case("web_0000000000000000000001")
        page.goto(f"{home}/console/inbox/cas_b1")
        sign_in(page, email)
        note = page.get_by_label("Nota interna")
        note.fill(words)
        page.context.clear_cookies(name="relevo_login")
        if sends:
            page.get_by_role("button", name="Guardar nota interna").click()
        sign_in(page, email)
        expect(note).to_have_value(words)
        assert page.url == f"{home}/console/inbox/cas_b1"
        page.get_by_role("button", name="Guardar nota interna").click()
        expect(page.locator(".events blockquote")).to_have_text(words)
        expect(note).to_have_value("")


def test_who_goes_back_finds_what_was_not_sent_and_nothing_that_was(house: House, page: "Page") -> None:
    from playwright.sync_api import expect

    house.workspace.settings.__dict__["public_url"] = "http://127.0.0.1"  # so that the cookie travels without TLS
    with serve(house) as home:
        ScriptedBot(house)._open_case("web_0000000000000000000001")
        page.goto(f"{home}/console/inbox/cas_b1")
        sign_in(page, make_account(house, Role.SUPPORT))
        note = page.get_by_label("Nota interna")
        note.fill("Ya se lo he dicho")
        page.get_by_role("button", name="Guardar nota interna").click()
        expect(page.locator(".events blockquote")).to_have_text("Ya se lo he dicho")
        page.go_back()
        expect(page.locator(".events blockquote")).to_have_text("Ya se lo he dicho")
        expect(note).to_have_value("")
        note.fill("A medias")
        for _ in range(2):
            page.get_by_role("link", name="← Bandeja").click()
            page.go_back()
            expect(note).to_have_value("A medias")


INSIDE = """box => [...box.querySelectorAll(".turn:first-child, .turn:last-child")].map((turn) =>
    turn.getBoundingClientRect().top >= box.getBoundingClientRect().top &&
    turn.getBoundingClientRect().bottom <= box.getBoundingClientRect().bottom + 1)"""
"""Whether the first and the last turn of a talk can be seen."""


def test_a_long_talk_opens_at_its_end_and_words_that_come_back_say_so_where_one_looks(
    house: House, page: "Page"
) -> None:
    from playwright.sync_api import expect

    house.workspace.settings.__dict__["public_url"] = "http://127.0.0.1"  # so that the cookie travels without TLS
    email = make_account(house, Role.SUPPORT)
    with serve(house) as home:
        ScriptedBot(house)._open_case("web_0000000000000000000001")
        with house.db.write() as tx:
            held, now = cases.claim(tx, "cas_b1", email, house.clock.now()), house.clock.now()
            for at in range(30):
                turn = NewTurn(f"t{at}", held.conversation_id, Author.SUBSCRIBER, "¿Hola?", now + timedelta(seconds=at))
                conversations.add_turn(tx, turn)
        page.goto(f"{home}/console/inbox/cas_b1")
        sign_in(page, email)
        assert page.locator(".talk-box").evaluate(INSIDE) == [False, True]
        page.get_by_label("Respuesta o nota").fill("Ahora mismo lo miro")
        with house.db.write() as tx:
            cases.release(tx, "cas_b1", email, None, house.clock.now())
        page.get_by_role("button", name="Enviar").click()
        expect(page.get_by_text("No se ha enviado ni guardado nada")).to_be_in_viewport()


@pytest.mark.parametrize("way", ["pasted", "typed"])
def test_a_text_too_long_for_its_box_is_not_cut_without_a_word(house: House, page: "Page", way: str) -> None:
    """Neither a reply of staff nor a question."""
    from playwright.sync_api import expect

    house.workspace.settings.__dict__["public_url"] = "http://127.0.0.1"  # so that the cookie travels without TLS
    email = make_account(house, Role.SUPPORT)
    with serve(house) as home:
        ScriptedBot(house)._open_case("web_0000000000000000000001")
        page.goto(f"{home}/console/inbox/cas_b1")
        sign_in(page, email)
        for box, longest in ((page.get_by_label("Nota interna"), 4_000), (page.locator("#text"), 3_000)):
            box.focus()
            page.keyboard.insert_text("a" * (longest - 1))
            page.keyboard.type("a")
            expect(page.get_by_text("No cabe entero")).not_to_be_visible()
            page.keyboard.insert_text("aa") if way == "pasted" else page.keyboard.type("a")
            expect(page.get_by_text("No cabe entero")).to_be_visible()
            expect(box).to_have_value("a" * longest)
            page.goto(home)
