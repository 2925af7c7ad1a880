"""Every broken draft is caught, with a sentence in both languages that says what to do."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from ruamel.yaml import YAML

from campaigns import checks
from campaigns.audience import Person
from campaigns.content import Content, content_from_text
from campaigns.errors import TemplateError
from campaigns.finding import Finding, Severity
from campaigns.links import links_nowhere, sample
from campaigns.plan import canonical
from records.hours import Window
from records.types import ChannelName, Consent, Language, MessageClass, Purpose, Subscriber
from tests.campaigns.world import AGREED, PLAN, TEMPLATE, contacts_of, person

TODAY = date(2027, 1, 18)
NOW = datetime(2027, 1, 18, 10, tzinfo=UTC)
HOURS = Window.parse("09:00", "20:00")
Change = Callable[[str], str]


def _people(*changed: Subscriber) -> list[Person]:
    every = [*(person(number) for number in range(6)), *changed]
    return [Person(one, {item.channel: item.address for item in contacts_of(one)}, AGREED) for one in every]


def _content(plan: str = PLAN, es: str = TEMPLATE["es"], en: str = TEMPLATE["en"]) -> Content:
    data = json.loads(json.dumps(YAML(typ="safe").load(plan), default=str))
    templates = {key: text for key, text in (("anuncio.es", es), ("anuncio.en", en)) if text}
    facts = {language.value: {"company": "Farolito"} for language in Language}
    return content_from_text(canonical({"plan": data, "templates": templates, "facts": facts}))


def _found(content: Content, *people: Subscriber, url: str = "https://farolito.example") -> list[Finding]:
    links = links_nowhere(url)
    return checks.check(
        content, _people(*people), lambda one: sample(links, one, content.plan.message_class, NOW), TODAY, HOURS
    )


def _codes(findings: list[Finding]) -> set[str]:
    for finding in findings:
        for language in Language:
            assert finding.what(language)
            assert finding.do(language)
    return {finding.code for finding in findings if finding.severity is Severity.ERROR}


def test_a_good_plan_has_no_errors() -> None:
    assert _codes(_found(_content())) == set()


OWN_DAYS = PLAN.replace("class: service", "class: contract_notice").replace("opens: -30d", "opens: -45d").split(
    "stages:"
)[0] + (
    "stages:\n"
    "  - {name: fin, anchor: term_end, offset: -45d, channels: [email], template: anuncio}\n"
    "  - {name: plazo, anchor: deadline, offset: -30d, channels: [email], template: anuncio}\n"
    "opens: -30d\n"
)
FAR = date(2027, 12, 31)


def test_an_obliged_notice_may_count_back_from_days_of_each_person() -> None:
    people = [person(7, term_end_date=FAR), person(8, deadline_date=FAR), person(9)]
    found = _found(_content(OWN_DAYS), *people)
    assert _codes(found) == set()
    assert "own_day_near" not in {one.code for one in found}
    assert _codes(_found(_content(OWN_DAYS.replace("-30d, channels", "-29d, channels")), *people)) == {"own_notice"}
    assert "notice" in _codes(_found(_content(OWN_DAYS.replace("anchor: deadline", "anchor: effective_date")), *people))


def test_who_can_no_longer_be_told_in_time_of_their_own_day_is_named() -> None:
    soon = [person(7, term_end_date=date(2027, 3, 1)), person(8, deadline_date=date(2027, 2, 15))]
    found = [one for one in _found(_content(OWN_DAYS), *soon) if one.code == "own_day_near"]
    assert [(one.where, one.severity) for one in found] == [
        ("stages.fin", Severity.WARNING),
        ("stages.plazo", Severity.WARNING),
    ]
    assert (
        found[0].what(Language.EN)
        == "People whose day comes less than 30 days after they can be written to: 1 (s0007)."
    )


def test_who_lacks_the_day_of_a_stage_need_not_have_what_its_text_says() -> None:
    es, en = (
        TEMPLATE[one].replace("{{ price }}", "{{ price }} ({{ term_end_date }})") for one in (Language.ES, Language.EN)
    )
    mine = [person(7, term_end_date=FAR)]
    assert _codes(_found(_content(OWN_DAYS.replace("anchor: deadline", "anchor: renewal"), es, en), *mine)) == set()
    assert "cannot_fill" in _codes(_found(_content(OWN_DAYS, es, en), *mine, person(8, deadline_date=FAR)))


def test_a_move_next_to_a_payment_is_told_with_how_many_people() -> None:
    near = [person(7, cutover_date=date(2027, 3, 20), next_charge_date=date(2027, 3, day)) for day in (17, 23)]
    far = [person(8, cutover_date=date(2027, 3, 20), next_charge_date=date(2027, 3, day)) for day in (16, 24)]
    moved = person(9, cutover_date=date(2027, 3, 20), next_charge_date=date(2027, 3, 20), moved_at=NOW)
    found = [one for one in _found(_content(), *near, *far, moved) if one.code == "near_charge"]
    assert [one.severity for one in found] == [Severity.WARNING]
    assert found[0].what(Language.EN).endswith("could be charged twice or not at all: 2 (s0007, s0007).")
    assert "near_charge" not in {one.code for one in _found(_content(), *far, moved)}


@pytest.mark.parametrize(
    ("change", "with_", "code"),
    [
        ("share: 80%", "share: 79.5%", "shares"),
        ("name: resto", "name: piloto", "twice"),
        ("name: hecho", "name: anuncio", "twice"),
        ("offset: -7d", "offset: +1d", "order"),
        ("anchor: wave, offset: 0d", "anchor: wave, offset: -1d", "before_wave"),
        ("channels: [email, sms], template: anuncio}", "channels: [email, slack], template: anuncio}", "channel"),
        ("effective_date: 2027-03-01", "effective_date: 2027-01-02", "effective_in_past"),
        ("{all: true}", "{where: {country: [FR]}}", "nobody"),
        ("template: anuncio}", "template: otra}", "no_template"),
        ("class: service", "class: marketing", "nobody"),
    ],
)
def test_a_broken_plan_is_refused(change: str, with_: str, code: str) -> None:
    assert code in _codes(_found(_content(PLAN.replace(change, with_))))


def test_a_finding_writes_a_day_as_its_reader_does() -> None:
    found = _found(_content(PLAN.replace("effective_date: 2027-03-01", "effective_date: 2027-01-02")))
    (past,) = [one for one in found if one.code == "effective_in_past"]
    assert "2 de enero de 2027" in past.what(Language.ES)
    assert "2 January 2027" in past.what(Language.EN)


@pytest.mark.parametrize(
    ("change", "with_", "code"),
    [
        ("[Dejar de recibir]({{ unsubscribe }})", "", "no_unsubscribe"),
        (" Responde BAJA para salir", "", "no_stop_word"),
        ('sms: "', 'sms: ""\n#', "no_sms"),
        ("{{ price }}", "siempre", "variables_differ"),
        ("No hagas nada.", "Mira http://farolito.example/x", "not_https"),
        ("Responde BAJA", "y" * 300 + " Responde BAJA", "sms_long"),
        ("No hagas nada.", "Renueva el {{ renewal_date }}", "cannot_fill"),
    ],
)
def test_a_broken_template_is_refused(change: str, with_: str, code: str) -> None:
    assert code in _codes(_found(_content(es=TEMPLATE["es"].replace(change, with_))))


def test_a_variable_nobody_knows_cannot_even_be_read() -> None:
    with pytest.raises(TemplateError, match="no variable 'nombre'"):
        _content(es=TEMPLATE["es"].replace("{{ name }}", "{{ nombre }}"))


def test_a_language_of_the_audience_without_its_text_is_refused() -> None:
    findings = _found(_content(en=""))
    assert {finding.where for finding in findings if finding.code == "no_template"} == {"templates/anuncio.en.md"}


def test_one_person_who_lacks_a_detail_is_found_and_named() -> None:
    both = {
        key: text.replace("{{ payment_method }}", "{{ next_charge_date }}, {{ payment_method }}")
        for key, text in TEMPLATE.items()
    }
    findings = _found(_content(es=both["es"], en=both["en"]), person(77, next_charge_date=None))
    wrong = [finding for finding in findings if finding.code == "cannot_fill"]
    assert [dict(finding.fields)["people"] for finding in wrong] == ["s0077"]
    assert "s0077" in wrong[0].what(Language.ES)


def test_accents_in_an_sms_are_a_warning() -> None:
    findings = _found(_content(es=TEMPLATE["es"].replace("cambio el", "más el")))
    assert "sms_letters" in {finding.code for finding in findings} - _codes(findings)


def test_an_sms_made_too_long_by_accents_says_so() -> None:
    findings = _found(
        _content(es=TEMPLATE["es"].replace("cambio el", "más el").replace("Responde", "y" * 150 + " Responde"))
    )
    assert {"sms_long", "sms_letters"} <= {finding.code for finding in findings}


@pytest.mark.parametrize(
    ("at", "offset", "said"),
    [
        ("09:00", "-1d", set()),
        ("19:59", "-1d", set()),
        ("08:59", "-1d", {"at_early"}),
        ("20:00", "-2d", {"at_late"}),
        ("22:00", "-1d", {"at_late", "at_never"}),
    ],
)
def test_an_hour_at_which_nobody_is_written_to_is_named(at: str, offset: str, said: set[str]) -> None:
    plan = PLAN.replace("anchor: cutover, offset: -7d", f"anchor: cutover, offset: {offset}").replace(
        'at: "10:00"', f'at: "{at}"'
    )
    findings = _found(_content(plan))
    assert {one.code for one in findings if one.code.startswith("at_")} == said
    assert ("at_never" in _codes(findings)) is ("at_never" in said)


@pytest.mark.parametrize(
    ("at", "country", "of_class", "said"),
    [
        ("18:30", "CO", "marketing", True),  # not on Saturdays
        ("14:30", "CO", "marketing", False),  # Sundays have no hour at all
        ("19:30", "CO", "survey", True),
        ("19:30", "CO", "service", False),
        ("19:30", "ES", "marketing", False),
    ],
)
def test_an_hour_that_a_law_forbids_somewhere_names_the_country_and_its_people(
    at: str, country: str, of_class: str, said: bool
) -> None:
    plan = PLAN.replace('at: "10:00"', f'at: "{at}"').replace("class: service", f"class: {of_class}")
    agreed = tuple(Consent(ChannelName.EMAIL, purpose, True) for purpose in Purpose)
    people = [one._replace(consents=agreed) for one in _people(person(91, country=country))]
    content, links = _content(plan), links_nowhere("https://farolito.example")
    checked = checks.check(content, people, lambda one: sample(links, one, MessageClass(of_class), NOW), TODAY, HOURS)
    found = [one for one in checked if one.code == "at_law"]
    assert len(found) == said
    for finding in found:
        assert finding.severity is Severity.WARNING
        assert "Colombia" in finding.what(Language.ES)
        assert "1 (s0091)" in finding.what(Language.ES)
        assert "09:00" in finding.do(Language.EN)
        assert "15:00" in finding.do(Language.EN)


def test_days_that_passed_are_no_news_once_a_plan_is_approved() -> None:
    late = _found(_content(PLAN.replace("opens: -30d", "opens: -400d")))
    assert "opens_in_past" in {one.code for one in late}
    assert [one for one in late if one.code != "opens_in_past"] == checks.after_approval(late)


@pytest.mark.parametrize(
    ("opens", "own", "refused"),
    [("-32d", "", False), ("-31d", "", True), ("-32d", "notice_days: 31", True), ("-32d", "notice_days: 3", False)],
)
def test_a_contract_notice_reaches_the_last_person_in_time(opens: str, own: str, refused: bool) -> None:
    plan = PLAN.replace("class: service", "class: contract_notice").replace("opens: -30d", f"opens: {opens}")
    assert ("notice" in _codes(_found(_content(f"{plan}{own}\n")))) is refused


def test_a_debit_notice_leaves_fourteen_days_before_the_charge() -> None:
    plan = PLAN.replace("class: service", "class: debit_notice")
    near = plan.replace("anchor: cutover, offset: -7d", "anchor: next_charge, offset: -13d")
    far = plan.replace("anchor: cutover, offset: -7d", "anchor: next_charge, offset: -14d")
    assert "debit_notice" in _codes(_found(_content(near)))
    assert "debit_notice" not in _codes(_found(_content(far)))


def test_every_rule_of_the_table_says_where_it_stands() -> None:
    table = checks.notice_table()
    assert {row[0] for row in table} == {word for word in MessageClass if word.mandatory}
    assert all(days > 0 and source for _, _, days, source in table)


@pytest.mark.parametrize(
    "selling",
    [
        "Aprovecha y pásate a premium.",
        "Hoy, 20 % de descuento.",
        "¡No te lo pierdas!",
        "Invita a un amigo y gana un mes.",
    ],
)
def test_what_must_be_said_sells_nothing(selling: str) -> None:
    notice = PLAN.replace("class: service", "class: contract_notice").replace("opens: -30d", "opens: -60d")
    offer = TEMPLATE["es"].replace("No hagas nada.", selling)
    assert "sells" in _codes(_found(_content(notice, es=offer)))
    assert "sells" not in _codes(_found(_content(PLAN, es=offer)))


@pytest.mark.parametrize(
    "fine",
    ["Conservas tu descuento.", "Puedes irte gratis hasta el 1 de marzo.", "La oferta vinculante está en tu contrato."],
)
def test_what_a_person_already_has_is_no_offer(fine: str) -> None:
    notice = PLAN.replace("class: service", "class: contract_notice").replace("opens: -30d", "opens: -60d")
    kept = TEMPLATE["es"].replace("No hagas nada.", fine)
    assert "sells" not in _codes(_found(_content(notice, es=kept)))
