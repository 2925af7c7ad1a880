"""Forms: what all messages of one stage, channel, language and outcome of its conditions share, with places for what differs.

The ledger keeps a form once and per message only its values, so a message can be shown again exactly as it was sent, and an
adapter may encode a form once for everybody. Pure.
"""

import html as html_text
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from records.content import FilledForm, MailMessage, TextMessage
from records.ids import fingerprint


@dataclass(frozen=True)
class Places:
    """Text with places: a literal, the number of a value, a literal, … and a literal at the end."""

    pieces: tuple[str, ...]

    def fill(self, values: Sequence[str]) -> str:
        filled = list(self.pieces)
        filled[1::2] = [values[number] for number in self.numbers]
        return "".join(filled)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(piece) for piece in self.pieces[1::2])

    @cached_property
    def literals(self) -> tuple[str, ...]:
        return self.pieces[::2]

    @cached_property
    def is_blank(self) -> bool:
        """Whether nothing but values would be seen of it."""
        return not any(piece.strip() for piece in self.literals)

    @cached_property
    def _literal_length(self) -> int:
        return sum(map(len, self.literals))

    def length(self, values: Sequence[str]) -> int:
        """How many characters it has once filled."""
        return self._literal_length + sum(len(values[number]) for number in self.numbers)

    def settled(self, fixed: Mapping[int, str]) -> "Places":
        """With these values put in for good; the others keep their numbers."""
        pieces = [self.pieces[0]]
        for number, literal in zip(self.numbers, self.literals[1:], strict=True):
            if number in fixed:
                pieces[-1] += fixed[number] + literal
            else:
                pieces += [str(number), literal]
        return Places(tuple(pieces))


_NOTHING = Places(("",))


@dataclass(frozen=True)
class Form:
    """A message with places. Values are plain text on one line; in `html` they are escaped as they are put in."""

    kind: Literal["mail", "text"]
    language: str
    text: Places
    subject: Places = _NOTHING
    html: Places = _NOTHING
    headers: tuple[tuple[str, Places], ...] = ()
    links: tuple[tuple[Places, Places], ...] = ()

    @cached_property
    def id(self) -> str:
        """The same for ever for the same form."""
        return fingerprint("form", form_to_json(self))

    def __hash__(self) -> int:
        return hash(self.id)  # a form is a key of caches, once per message; its texts are long

    def fill(self, values: Sequence[str]) -> MailMessage | TextMessage:
        """The whole message of one person."""
        if self.kind == "text":
            links = tuple((label.fill(values), address.fill(values)) for label, address in self.links)
            return TextMessage(self.text.fill(values), self.language, links)
        escaped = [html_text.escape(value, quote=True) for value in values]
        headers = tuple((name, value.fill(values)) for name, value in self.headers)
        return MailMessage(
            self.subject.fill(values), self.text.fill(values), self.html.fill(escaped), self.language, headers
        )


class Letter(NamedTuple):
    """A form and the values of one person: a whole message that is not written out yet."""

    form: Form
    values: tuple[str, ...]

    @property
    def kind(self) -> Literal["mail", "text"]:
        return self.form.kind

    @property
    def kept(self) -> FilledForm:
        """As the ledger keeps it."""
        return FilledForm(self.form.id, self.values)

    def whole(self) -> MailMessage | TextMessage:
        return self.form.fill(self.values)


def form_to_json(form: Form) -> str:
    pairs = [[label.pieces, address.pieces] for label, address in form.links]
    data = {
        "kind": form.kind,
        "language": form.language,
        "subject": form.subject.pieces,
        "text": form.text.pieces,
        "html": form.html.pieces,
        "headers": [[name, value.pieces] for name, value in form.headers],
        "links": pairs,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def form_from_json(text: str) -> Form:
    data: dict[str, Any] = json.loads(text)
    return Form(
        data["kind"],
        data["language"],
        _places(data["text"]),
        _places(data["subject"]),
        _places(data["html"]),
        tuple((name, _places(value)) for name, value in data["headers"]),
        tuple((_places(label), _places(address)) for label, address in data["links"]),
    )


def _places(pieces: Sequence[str]) -> Places:
    return Places(tuple(pieces))
