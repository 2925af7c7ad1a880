"""What a channel shows of a message, given what it can show. Pure.

An answer of the bot may be split into several messages, because it has to arrive; a text somebody approved as one message
is refused when it does not fit, because halves of it were never approved. Nothing is ever cut.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from channels.contract import (
    Accepted,
    Capabilities,
    Outgoing,
    Refusal,
    Refused,
    RetryLater,
    SendResult,
    Unsure,
)
from records.content import ChatMessage, TextMessage
from records.phrases import load_phrases
from records.types import Citation


def length_of(text: str) -> int:
    """Length in UTF-16 units, the widest way vendors count: an emoji outside the first plane counts two."""
    return len(text) + sum(character > "\uffff" for character in text)


def clean(text: str) -> str:
    """Text as it may be stored and sent: without NUL, halves of surrogate pairs replaced. Everything else stays."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


_ADDRESS = re.compile(r"[^\s<>\"(),;:@]+@[^\s<>\"(),;:@]+|\+\d[\d\s().-]{5,}\d|\b\d{7,}\b")


def masked(detail: str, address: str = "") -> str:
    """A vendor's words without this address and without what looks like one, on one line of at most 300 characters."""
    without = detail.replace(address, "…") if address else detail
    return " ".join(_ADDRESS.sub("…", without).split())[:300]


def source_lines(citations: tuple[Citation, ...], language: str) -> tuple[str, ...]:
    """One line for each place an answer quotes, each once."""
    say = load_phrases("channels").say
    lines = (
        say("source.part" if one.path else "source.whole", language, title=one.title or one.source, path=one.path)
        for one in citations
    )
    return tuple(dict.fromkeys(lines))


def _choice_lines(content: ChatMessage) -> str:
    how = load_phrases("channels").say("choices.how", content.language)
    return "\n".join((how, *(f"{n}. {choice.label}" for n, choice in enumerate(content.choices, 1))))


def _chat_text(content: ChatMessage, buttons: bool) -> str:
    blocks = [content.text, "\n".join(source_lines(content.citations, content.language))]
    if content.choices and not buttons:
        blocks.append(_choice_lines(content))
    return "\n\n".join(block for block in blocks if block)


def plain(content: ChatMessage | TextMessage, buttons: bool) -> str:
    """The whole text with its sources; without `buttons` also numbered choices and `label: url` lines."""
    if isinstance(content, ChatMessage):
        return _chat_text(content, buttons)
    links = () if buttons else tuple(f"{label}: {url}" for label, url in content.links)
    return "\n".join((content.text, *links))


def render(content: ChatMessage | TextMessage, capabilities: Capabilities) -> tuple[str, ...] | Refused:
    """The texts to send, in order, each at most `max_text`; or why it cannot be shown faithfully."""
    text = clean(plain(content, capabilities.buttons))
    if not text.strip():
        return Refused(Refusal.CONTENT, "the message is empty; give it a text")
    if length_of(text) <= capabilities.max_text:
        return (text,)
    if isinstance(content, ChatMessage):
        return split(text, capabilities.max_text)
    return too_long(length_of(text), capabilities.max_text)


def too_long(length: int, limit: int) -> Refused:
    return Refused(Refusal.UNSUPPORTED, f"the text has {length} characters and this channel takes {limit}; shorten it")


def unsupported(outgoing: Outgoing, capabilities: Capabilities) -> Refused | None:
    """A refusal when the channel cannot carry this kind of content."""
    if outgoing.content.kind in capabilities.kinds:
        return None
    return Refused(
        Refusal.UNSUPPORTED,
        f"this channel carries {', '.join(sorted(capabilities.kinds))}, not {outgoing.content.kind!r}; choose another",
    )


def send_each(parts: tuple[str, ...], send_one: Callable[[str], SendResult]) -> SendResult:
    """Send the parts of one message in order. A failure after the first part is Unsure, since some of it has left; the
    provider id is that of the last part, whose receipt comes last."""
    result: SendResult = Refused(Refusal.CONTENT, "the message is empty; give it a text")
    for number, part in enumerate(parts):
        result = send_one(part)
        if not isinstance(result, Accepted):
            return stopped_at(number, len(parts), result)
    return result


def stopped_at(number: int, of: int, result: Refused | RetryLater | Unsure) -> Refused | RetryLater | Unsure:
    """What it means for a message that its part `number` (from 0) did not go."""
    return result if number == 0 else Unsure(f"{number} of {of} parts were sent; then: {result.detail}")


_BREAKS = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…])\s", r"\s"))
_JOINERS = re.compile("[\u0300-\u036f\u200d\ufe00-\ufe0f\u20d0-\u20ff\U0001f3fb-\U0001f3ff]")


def split(text: str, limit: int) -> tuple[str, ...]:
    """Parts of at most `limit` UTF-16 units, cut at a paragraph, else a line, a sentence, a word, a character. Only white
    space at the cuts is lost. Raises ValueError for a limit under 2."""
    if limit < 2:
        raise ValueError(f"a part must hold at least 2 units, not {limit}")
    return tuple(_parts(text.strip(), limit))


def _parts(text: str, limit: int) -> Iterator[str]:
    while text:
        window = _window(text, limit)
        cut = len(window) if len(window) == len(text) else _cut(text, len(window))
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()


def _window(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` units."""
    window = text[:limit]
    while (excess := length_of(window) - limit) > 0:
        window = window[: len(window) - max(1, excess // 2)]
    return window


def _cut(text: str, end: int) -> int:
    """Where to cut at or before `end`: the best kind of break that leaves at least a third of the part filled."""
    for pattern in _BREAKS:
        places = [found.start() for found in pattern.finditer(text, 0, end + 1)]
        if places and places[-1] >= end // 3 and places[-1] > 0:
            return places[-1]
    cut = end
    while cut > 1 and (_JOINERS.match(text, cut) or text[cut - 1] == "\u200d"):
        cut -= 1
    return cut if cut > 1 else end


# 3GPP TS 23.038 §6.2.1 and §6.2.1.1: the default alphabet and its extension table. A text that leaves it by one
# character is sent whole in UCS-2. No accented vowel of Spanish but é is in it: á í ó ú cost more than half of the room.

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")


class Alphabet(StrEnum):
    GSM7 = "gsm7"  # 160 in one message, 153 in each of several
    UCS2 = "ucs2"  # 70 in one message, 67 in each of several


_ROOM = {Alphabet.GSM7: (160, 153), Alphabet.UCS2: (70, 67)}


@dataclass(frozen=True)
class Segments:
    """What a text costs as SMS: `count` messages; `length` in septets (GSM-7) or 16-bit units (UCS-2)."""

    alphabet: Alphabet
    count: int
    length: int


def segments(text: str) -> Segments:
    """How an SMS of this text is counted and charged. A character of two units never straddles two segments."""
    letters = set(text)
    alphabet = Alphabet.GSM7 if letters <= _BASIC | _EXTENSION else Alphabet.UCS2
    widths = [_width(character, alphabet) for character in text]
    single, each = _ROOM[alphabet]
    total = sum(widths)
    return Segments(alphabet, 1 if total <= single else _packed(widths, each), total)


def odd_letters(text: str) -> str:
    """The characters that force the short alphabet, each once; á, í, ó and ú are among them."""
    return "".join(sorted(set(text) - _BASIC - _EXTENSION))


def _width(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM7:
        return 2 if character in _EXTENSION else 1
    return 2 if character > "\uffff" else 1


def _packed(widths: list[int], room: int) -> int:
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count
