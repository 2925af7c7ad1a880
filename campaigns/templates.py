"""Templates of a campaign: one Markdown file per language, filled strictly for each person.

Conditions are worked out and Markdown turned into HTML once for every outcome of the conditions; per person only the
values are put in their places. So a name holding `{{ … }}` or `**` stays what it is, and a mail costs microseconds.
"""

import html as html_text
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from campaigns.errors import TemplateError
from campaigns.template_rules import VARIABLES, Uses, environment, uses
from records.forms import Places
from records.types import Language

MAX_SOURCE = 60_000
MAX_OUTPUT = 200_000
"""Characters. Mail programs cut a message long before this."""

_MARK = "rlv7q"
_PLACE = re.compile(_MARK + r"(\d+)q")
_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*\n(.*)\Z", re.DOTALL)
Values = Mapping[str, str | bool]


@dataclass(frozen=True)
class Source:
    """One template file as text."""

    name: str
    language: Language
    subject: str
    sms: str
    body: str

    @property
    def where(self) -> str:
        return f"templates/{self.name}.{self.language}.md"

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        return (("subject", self.subject), ("sms", self.sms), ("body", self.body))


@dataclass(frozen=True)
class Filled:
    """A template filled for one person. `links` are (label, address) of the body."""

    subject: str
    sms: str
    text: str
    html: str
    links: tuple[tuple[str, str], ...]


def read_source(text: str, name: str, language: Language) -> Source:
    """A template from its text. Raises TemplateError naming the file and what is wrong."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    where = f"templates/{name}.{language}.md"
    found = _FRONT.match(text.replace("\r\n", "\n"))
    if found is None:
        raise TemplateError(f"{where}:1: start the file with `---`, `subject:`, `sms:` and `---`, then the message.")
    if len(text) > MAX_SOURCE:
        raise TemplateError(f"{where}: longer than {MAX_SOURCE} characters; shorten it.")
    if _MARK in text:
        raise TemplateError(f"{where}: the letters {_MARK!r} may not stand in a template.")
    try:
        front = YAML(typ="safe").load(found[1])
    except (YAMLError, ValueError) as error:  # ValueError: a day that does not exist
        raise TemplateError(f"{where}:1: the lines between `---` are not YAML; put the texts in quotes.") from error
    if not isinstance(front, Mapping) or not isinstance(front.get("subject"), str):
        raise TemplateError(f"{where}:2: `subject:` is missing; add the subject of the e-mail in quotes.")
    unknown = sorted(set(front) - {"subject", "sms"})
    if unknown:
        raise TemplateError(f"{where}: `{unknown[0]}` is not a key of a template; only `subject` and `sms` are.")
    return Source(name, language, front["subject"].strip(), str(front.get("sms") or "").strip(), found[2].strip())


def read_files(folder: Path, names: Sequence[str], languages: Sequence[Language]) -> dict[str, str]:
    """The texts of those templates that exist, by `name.language`. Raises TemplateError naming one that is not UTF-8."""
    found = {}
    for name in dict.fromkeys(names):
        for language in languages:
            path = folder / f"{name}.{language}.md"
            if path.is_file():
                found[f"{name}.{language}"] = _text_of(path)
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TemplateError(f"templates/{path.name}: is not UTF-8 text; save it as UTF-8.") from error


def _split(text: str) -> Places:
    return Places(tuple(_PLACE.split(text)))


@dataclass(frozen=True)
class Variant:
    """The template for one outcome of its conditions."""

    key: tuple[object, ...]
    subject: Places
    sms: Places
    text: Places
    html: Places
    links: tuple[tuple[Places, Places], ...]

    def exceeds(self, limit: int, values: Sequence[str]) -> bool:
        """Whether its text or its HTML has more characters than that once filled. Nearly always the length of all
        values tells, as if each place held them all: that is asked at a third of what the longest of them costs."""
        literal, places = self._size
        if literal + places * len("".join(values)) <= limit:
            return False
        return self.html.length(values) > limit or self.text.length(values) > limit

    @cached_property
    def _size(self) -> tuple[int, int]:
        """Characters that are the same for all, and the number of places, of whichever has more of them."""
        both = (self.text, self.html)
        return max(sum(map(len, one.literals)) for one in both), max(len(one.numbers) for one in both)


@dataclass
class Template:
    """A template ready to fill. `known` are the variables it may use; `facts` are values that are the same for everybody.

    `names` are the variables that differ from person to person, in the order of their values.
    """

    source: Source
    known: frozenset[str] = VARIABLES
    footer: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    uses: Uses = field(init=False)
    names: tuple[str, ...] = field(init=False)
    _steering: tuple[int, ...] = field(init=False)
    _fixed: tuple[str, ...] = field(init=False)
    _compiled: tuple[Any, ...] = field(init=False)
    _variants: dict[tuple[object, ...], Variant] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        every = [uses(text, f"{self.source.where} ({part})", self.known) for part, text in self.source.parts]
        self.uses = Uses(
            frozenset().union(*(item.all for item in every)), frozenset().union(*(item.steering for item in every))
        )
        self.names = tuple(sorted(self.uses.all - self.facts.keys()))
        self._steering = tuple(at for at, name in enumerate(self.names) if name in self.uses.steering)
        self._fixed = tuple(sorted(self.uses.all & self.facts.keys()))
        self._compiled = tuple(environment().from_string(text) for _, text in self.source.parts)

    def fill(self, values: Values) -> Filled:
        """The message for one person; an empty value is none. Raises TemplateError naming the first variable they lack."""
        variant, plain = self.choose([values.get(name, "") for name in self.names])
        escaped = [html_text.escape(value, quote=True) for value in plain]
        return Filled(
            variant.subject.fill(plain),
            variant.sms.fill(plain),
            variant.text.fill(plain),
            variant.html.fill(escaped),
            tuple((label.fill(plain), address.fill(plain)) for label, address in variant.links),
        )

    def choose(self, own: Sequence[str | bool]) -> tuple[Variant, tuple[str, ...]]:
        """The variant for this person, and what stands in its places; `own` are their values in the order of `names`, empty
        where they have none. Raises TemplateError."""
        missing = tuple(at for at, value in enumerate(own) if value == "") if "" in own else ()
        key = (*[own[at] for at in self._steering], missing)
        variant = self._variants.get(key)
        if variant is None:
            variant = self._variant(
                key, {name: value for name, value in zip(self.names, own, strict=True) if value != ""}
            )
            if len(self._variants) < 512:
                self._variants[key] = variant
        plain = _each_on_a_line(list(map(str, own)))
        if variant.exceeds(MAX_OUTPUT, plain):
            raise TemplateError(f"{self.source.where}: the filled message is over {MAX_OUTPUT} characters; shorten it.")
        return variant, plain

    def _variant(self, key: tuple[object, ...], values: Values) -> Variant:
        from jinja2 import UndefinedError

        given = {
            name: self._place(name, number, {**values, **self.facts}[name])
            for number, name in enumerate((*self.names, *self._fixed))
            if name in values or name in self.facts
        }
        try:
            subject, sms, body = (template.render(given) for template in self._compiled)
        except UndefinedError as error:
            missing = str(error).split("'")[1] if "'" in str(error) else str(error)
            raise TemplateError(f"{self.source.where}: no value for {missing!r}") from error
        text, links = _plain(body)
        page = _page(body, subject, self.footer, self.source.language)
        plain = {at: _each_on_a_line([self.facts[name]])[0] for at, name in enumerate(self._fixed, len(self.names))}
        escaped = {at: html_text.escape(value, quote=True) for at, value in plain.items()}
        pairs = tuple((_split(label).settled(plain), _split(address).settled(plain)) for label, address in links)
        return Variant(
            key,
            _split(subject).settled(plain),
            _split(sms).settled(plain),
            _split(text).settled(plain),
            _split(page).settled(escaped),
            pairs,
        )

    def _place(self, name: str, number: int, value: str | bool) -> str:
        """The mark of a place. What steers a condition may also be printed: its truth and its words stay its own."""
        mark = f"{_MARK}{number}q"
        return _Steering(value, mark) if name in self.uses.steering else mark


class _Steering(str):
    """Prints as a place, decides as the value it stands for."""

    value: str | bool
    __slots__ = ("value",)

    def __new__(cls, value: str | bool, place: str) -> "_Steering":
        made = super().__new__(cls, place)
        made.value = value
        return made

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.value)

    def __contains__(self, item: object) -> bool:
        return str(item) in str(self.value)


def _one_line(text: str) -> str:
    """A value keeps to its line, so that it can never add a header, a paragraph or a list of its own."""
    return " ".join(text.split())


def _each_on_a_line(texts: Sequence[str]) -> tuple[str, ...]:
    """Each of these on its line. Nearly always they are, and one look at all of them tells."""
    every = f"|{'|'.join(texts)}|"
    if every.isprintable() and "  " not in every and "| " not in every and " |" not in every:
        return tuple(texts)
    return tuple(map(_one_line, texts))


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": False})


def _plain(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Markdown as plain text with its addresses written out, and its links."""
    links: list[tuple[str, str]] = []
    lines: list[str] = []
    bullet = ""
    for token in _markdown().parse(body):
        if token.type == "list_item_open":
            bullet = "- "
        elif token.type == "inline":
            text, found = _inline(token.children or [])
            links += found
            tight = bool(bullet) and bool(lines) and lines[-1].startswith("- ")
            lines += [f"{bullet}{text}"] if tight else ["", f"{bullet}{text}"]
            bullet = ""
        elif token.type == "hr":
            lines += ["", "--"]
    return "\n".join(lines).strip(), links


def _inline(children: Sequence[Any]) -> tuple[str, list[tuple[str, str]]]:
    out: list[str] = []
    links: list[tuple[str, str]] = []
    address, start = "", 0
    for child in children:
        if child.type == "link_open":
            address, start = str(child.attrGet("href") or ""), len(out)
        elif child.type == "link_close":
            label = "".join(out[start:])
            links.append((label, address))
            out[start:] = [label if label == address else f"{label}: {address}"]
        elif child.type in ("softbreak", "hardbreak"):
            out.append("\n")
        else:
            out.append(child.content)
    return "".join(out), links


@cache
def _layout() -> str:
    return (resources.files("campaigns") / "layout.html").read_text(encoding="utf-8")


def _page(body: str, subject: str, footer: str, language: Language) -> str:
    import css_inline

    page = _layout()
    for slot, value in (
        ("@@language@@", language.value),
        ("@@subject@@", html_text.escape(subject)),
        ("@@footer@@", html_text.escape(footer)),
        ("@@body@@", _markdown().render(body)),
    ):
        page = page.replace(slot, value)
    return str(css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True).inline(page))
