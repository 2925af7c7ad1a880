"""Templates: fields and conditions only, filled strictly, and a person's data is never read as template or markup."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import TemplateError
from campaigns.templates import MAX_OUTPUT, Template, read_files, read_source
from channels.render import segments
from records.types import Language

FRONT = '---\nsubject: "Hola {{ name }}"\nsms: "{{ name }}: {{ link }}"\n---\n'
VALUES: dict[str, str | bool] = {"name": "Ana", "link": "https://f.example/?t=a_b-c", "action_needed": True}


def _template(body: str) -> Template:
    return Template(read_source(FRONT + body, "x", Language.ES))


@pytest.mark.parametrize(
    "body",
    [
        "{{ 'x' * 10**9 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ '%1000000000d' % 1 }}",
        "{% for a in range(10**9) %}x{% endfor %}",
        "{% for a in name %}{{ a }}{% endfor %}",
        "{{ name.__class__.__mro__ }}",
        "{{ name['x'] }}",
        "{{ name|upper }}",
        "{{ cycler() }}",
        "{% set a = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'relevo.toml' %}",
        "{% if name is callable %}x{% endif %}",
        "{% if action_needed and (9 ** 9 ** 9) %}x{% endif %}",
        "{{ secret_key }}",
        "{% if %}",
    ],
)
def test_what_a_template_may_not_do_is_refused_with_its_line(body: str) -> None:
    with pytest.raises(TemplateError, match=r"templates/x\.es\.md \(body\):1: "):
        _template(body)


def test_conditions_choose_and_markdown_becomes_mail_and_text() -> None:
    template = _template(
        "**Hola**, {{ name }}\n\n{% if action_needed %}- Haz [esto]({{ link }}){% else %}Nada{% endif %}\n"
    )
    filled = template.fill(VALUES)
    assert filled.text == "Hola, Ana\n\n- Haz esto: https://f.example/?t=a_b-c"
    assert "<strong>Hola</strong>, Ana" in filled.html
    assert 'href="https://f.example/?t=a_b-c"' in filled.html
    assert filled.links == (("esto", "https://f.example/?t=a_b-c"),)
    assert template.fill(VALUES | {"action_needed": False}).text == "Hola, Ana\n\nNada"


def test_a_value_that_is_missing_is_named_unless_the_template_asks_first() -> None:
    with pytest.raises(TemplateError, match="no value for 'cutover_date'"):
        _template("{{ cutover_date }}").fill(VALUES)
    asked = _template("{% if cutover_date is defined %}{{ cutover_date }}{% else %}pronto{% endif %}")
    assert asked.fill(VALUES).text == "pronto"
    assert asked.fill(VALUES | {"cutover_date": "2 de marzo"}).text == "2 de marzo"


@given(st.text(min_size=1, max_size=40))
def test_a_name_stays_what_it_is(name: str) -> None:
    filled = _SHARED.fill(VALUES | {"name": name})
    shown = " ".join(name.split())
    assert filled.text == f"A {shown} B"
    assert "\n" not in filled.subject
    assert "<script" not in filled.html


_SHARED = _template("A {{ name }} B")


def test_a_name_that_looks_like_template_or_markup_is_shown_as_written() -> None:
    filled = _SHARED.fill(VALUES | {"name": "{{ 7*7 }} <b>**x**</b> rlv7q0q"})
    assert filled.subject == "Hola {{ 7*7 }} <b>**x**</b> rlv7q0q"
    assert "{{ 7*7 }} &lt;b&gt;**x**&lt;/b&gt; rlv7q0q" in filled.html


def test_a_front_matter_that_is_not_one_is_refused() -> None:
    day = "---\nsubject: 2027-02-30\n---\nx"
    for text in (
        "Hola",
        "---\nsms: x\n---\nHola",
        '---\nsubject: "a"\nto: b\n---\nHola',
        "---\nsubject: [\n---\nx",
        day,
    ):
        with pytest.raises(TemplateError, match=r"templates/x\.es\.md"):
            read_source(text, "x", Language.ES)


def test_a_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "aviso.es.md").write_bytes("---\nsubject: año\n---\nx".encode("latin-1"))
    with pytest.raises(TemplateError, match=r"^templates/aviso\.es\.md: is not UTF-8"):
        read_files(tmp_path, ["aviso"], [Language.ES, Language.EN])


def test_output_over_the_limit_is_refused() -> None:
    with pytest.raises(TemplateError, match="200000"):
        _SHARED.fill(VALUES | {"name": "a" * 200_001})


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("á" * 70, 1), ("á" * 71, 2), ("ñé¿¡" * 40, 1)],
)
def test_parts_of_an_sms(text: str, parts: int) -> None:
    assert segments(text).count == parts


@given(st.lists(st.text(st.sampled_from(" |\t\n\xa0ab\u2028"), min_size=1, max_size=6), min_size=3, max_size=3))
def test_every_value_keeps_to_its_line_whatever_the_others_are(values: list[str]) -> None:
    template = _template("{{ plan }}")
    assert template.names == ("link", "name", "plan")
    said = template.choose(values)[1]
    assert said == tuple(" ".join(value.split()) for value in values)


@given(st.lists(st.integers(1, 150_000), min_size=1, max_size=3))
def test_a_filled_message_is_refused_exactly_where_it_is_too_long(lengths: list[int]) -> None:
    template = _template("{{ name }} {{ link }} {{ name }}")
    assert template.names == ("link", "name")
    texts = ["l" * lengths[-1], "n" * lengths[0]]
    variant, _ = template.choose(["l", "n"])
    if max(variant.text.length(texts), variant.html.length(texts)) <= MAX_OUTPUT:
        template.choose(texts)
    else:
        with pytest.raises(TemplateError, match="shorten"):
            template.choose(texts)
