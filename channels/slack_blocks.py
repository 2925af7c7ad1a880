"""How a case looks in Slack (Block Kit). Pure; knows no library.

Limits (docs.slack.dev): header 150, section 3,000, field 2,000 and ten a section, button 75, 50 blocks, about 13,200
characters of blocks in one message; of a menu, 150 for its label, 100 options of 75, and 300 for what is asked back.

What people wrote is shown in `plain_text` blocks, or escaped where Slack reads markup: `<!channel>` in it is inert.
"""

from collections.abc import Iterable
from typing import Any

from channels.render import clean, split
from records.content import CaseCard, DeskNotice, Menu, ThreadPost
from records.types import Choice

_HEADER, _SECTION, _FIELD, _FIELDS, _BUTTON, _BUTTONS = 150, 3000, 2000, 10, 75, 25
_LABEL, _OPTIONS, _OPTION, _TITLE, _ASK, _YES = 150, 100, 75, 100, 300, 30
_CASE = "case:"
_SECTIONS = 4  # of 3,000 characters: stays under the 13,200 a message may hold
_ROOM = 12_000  # for all blocks of one card


def escape(text: str) -> str:
    """Text for a field where Slack reads markup: `&`, `<` and `>` lose their meaning."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis when it is longer than `limit`."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def card_payload(card: CaseCard) -> dict[str, Any]:
    """What a card looks like. A body that would take it beyond 12,000 characters ends in an ellipsis: the console has all."""
    headline = f"{card.code} · {card.headline}"
    above, below = [_header(headline), *_field_blocks(card)], [*_button_blocks(card), *_menu_blocks(card)]
    room = max(_SECTION, _ROOM - len(str(above)) - len(str(below)))
    body = [_section(part) for part in split(cut(card.body, room), _SECTION)]
    return {"text": escape(cut(headline, _SECTION)), "blocks": above + body + below} | _LITERAL


def post_payloads(post: ThreadPost) -> list[dict[str, Any]]:
    """One message, or several when the text is longer than one message may be."""
    sections = [_section(part) for part in split(post.text, _SECTION)]
    groups = [sections[at : at + _SECTIONS] for at in range(0, len(sections), _SECTIONS)]
    author = [_context(post.author)] if post.author else []
    heads = [author, *([] for _ in groups[1:])]
    return [
        {"text": escape(cut(f"{post.author}: {post.text}", _SECTION)), "blocks": head + group} | _LITERAL
        for head, group in zip(heads, groups, strict=True)
    ]


def notice_payloads(notice: DeskNotice) -> list[dict[str, Any]]:
    """One message to the whole desk, or several when it is long."""
    first, *rest = post_payloads(ThreadPost("", "", "", notice.text))
    heading = {"text": escape(cut(f"{notice.title}: {notice.text}", _SECTION))}
    return [first | heading | {"blocks": [_header(notice.title), *first["blocks"]]}, *rest]


_LITERAL = {"parse": "none", "link_names": False}  # chat.update would otherwise turn @names into mentions
NO_PREVIEWS = {"unfurl_links": False, "unfurl_media": False}


def metadata(key: str) -> dict[str, Any]:
    """Our key, where Slack keeps it with the message and a person with the right scope can search it."""
    return {"metadata": {"event_type": "relevo_message", "event_payload": {"key": key}}}


def _plain(text: str) -> dict[str, Any]:
    shown = clean(text)
    return {"type": "plain_text", "text": shown if shown.strip() else "–", "emoji": False}  # Slack refuses empty texts


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": _plain(cut(text, _HEADER))}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _plain(text)}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_plain(cut(text, _FIELD))]}


def _field_blocks(card: CaseCard) -> list[dict[str, Any]]:
    # A field has room for 2,000 characters and escaping grows `&` to five.
    fields = [
        {"type": "mrkdwn", "text": f"*{escape(cut(label, 100))}*\n{escape(cut(value, 290)) or '–'}", "verbatim": True}
        for label, value in card.fields
    ]
    return [{"type": "section", "fields": fields[at : at + _FIELDS]} for at in range(0, len(fields), _FIELDS)]


def _button_blocks(card: CaseCard) -> list[dict[str, Any]]:
    buttons = [
        {"type": "button", "text": _plain(cut(button.label, _BUTTON)), "action_id": button.data, "value": card.case_id}
        for button in card.buttons
    ]
    return [{"type": "actions", "elements": buttons[at : at + _BUTTONS]} for at in range(0, len(buttons), _BUTTONS)]


def _menu_blocks(card: CaseCard) -> list[dict[str, Any]]:
    """Slack tells no value with what is typed into a menu: the case stands in the id of its block."""
    menus = [_menu(menu) for menu in card.menus]
    return [{"type": "actions", "block_id": f"{_CASE}{card.case_id}", "elements": menus}] if menus else []


def _menu(menu: Menu) -> dict[str, Any]:
    confirm = {
        "title": _plain(cut(menu.label, _TITLE)),
        "text": _plain(cut(menu.ask, _ASK)),
        "confirm": _plain(cut(menu.yes, _YES)),
        "deny": _plain(cut(menu.no, _YES)),
    }
    label = _plain(cut(menu.label, _LABEL))
    shape = {"type": "external_select", "action_id": menu.data, "placeholder": label, "min_query_length": 0}
    return shape | {"confirm": confirm}


def case_of(block_id: str) -> str:
    """The case whose menu stands in this block; empty for any other block."""
    return block_id.removeprefix(_CASE) if block_id.startswith(_CASE) else ""


def options_payload(offered: Iterable[Choice]) -> list[dict[str, Any]]:
    """What a menu shows, the first hundred."""
    shown = list(offered)[:_OPTIONS]
    return [{"text": _plain(cut(one.label, _OPTION)), "value": one.data} for one in shown]


def split_thread(thread: str) -> tuple[str, str]:
    """`<channel>:<ts>` in its two parts; two empty ones for anything else."""
    channel, colon, ts = thread.partition(":")
    return (channel, ts) if channel and colon and ts else ("", "")
