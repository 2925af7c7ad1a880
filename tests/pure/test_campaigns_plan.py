"""A plan is read whole or refused with file, line and key; shares never move a person to another wave."""

from collections import Counter
from decimal import Decimal
from math import nextafter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.errors import PlanError
from campaigns.plan import Plan, _reaching, read_plan, schema

GOOD = """\
campaign: mudanza
class: service
effective_date: 2027-03-01
audience: {all: true}
waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]
stages:
  - {name: anuncio, anchor: wave, offset: 0d, channels: [email], template: anuncio}
opens: -30d
"""


def _read(folder: Path, text: str) -> Plan:
    path = folder / "plan.yaml"
    path.write_text(text)
    return read_plan(path)[0]


@pytest.mark.parametrize(
    ("change", "with_", "line", "key"),
    [
        ("class: service", "class: advert", 2, "class"),
        ("effective_date: 2027-03-01", "effective_date: soon", 3, "effective_date"),
        ("share: 20%", "share: 20", 5, "waves.0.share"),
        ("soak: 2d", "soak: two days", 5, "waves.0.soak"),
        ("offset: 0d", "offset: 3h", 7, "stages.0.offset"),
        ("[email]", "[email, fax]", 7, "stages.0.channels.1"),
        ("[email]", "[]", 7, "stages.0.channels"),
        ("opens: -30d", "opens: -30d\nopen: 1", 9, "open"),
        ("{all: true}", "{where: {county: [ES]}}", 4, "audience.where.county"),
        ("{all: true}", "{}", 4, "audience"),
        ("opens: -30d", "", 1, "opens"),
        ("opens: -30d", 'opens: -30d\nat: "25:00"', 9, "at"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, change: str, with_: str, line: int, key: str) -> None:
    with pytest.raises(PlanError) as caught:
        _read(tmp_path, GOOD.replace(change, with_))
    assert f"plan.yaml:{line}: `{key}`" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "with_", "said"),
    [
        ("class: service", "class: sevice", "2: `class`: 'sevice' is not known here; write one of 'contract_notice', "),
        ("2027-03-01", "2027-02-30", "3: `effective_date`: '2027-02-30' is no day; write it like 2027-03-01"),
        ("2027-03-01", "1 March 2027", "3: `effective_date`: '1 March 2027' is no day; write it like 2027-03-01"),
        ("share: 20%", "share: 20", "5: `waves.0.share`: '20' cannot stand here; write a percentage: 5%"),
        ("soak: 2d", "soak: -2d", "5: `waves.0.soak`: '-2d' cannot stand here; write how long, without a minus"),
        ("[email]", "[e-mail]", "7: `stages.0.channels.0`: 'e-mail' cannot stand here; write email, sms or telegram"),
        ("[email]", "email", "7: `stages.0.channels`: is a list; write it with [ and ]"),
        ("{all: true}", "everyone", "4: `audience`: holds keys of its own; write them below it"),
        ("opens: -30d", "opens: -30d\nsms_segments: 40", "9: `sms_segments`: '40' is too much; write 10 or less"),
        ("name: anuncio", "name: Aviso 1", "7: `stages.0.name`: 'Aviso 1' cannot be a name; use small letters"),
    ],
)
def test_a_fault_is_one_line_with_the_value_and_what_to_write(
    tmp_path: Path, change: str, with_: str, said: str
) -> None:
    with pytest.raises(PlanError) as caught:
        _read(tmp_path, GOOD.replace(change, with_))
    (line,) = str(caught.value).splitlines()
    assert line.removeprefix(f"{tmp_path / 'plan.yaml'}:").startswith(said)


def test_text_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"plan\.yaml:\d+: this is not YAML"):
        _read(tmp_path, GOOD + "gates: {a: [}\n")


def test_a_missing_plan_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no such plan"):
        read_plan(tmp_path / "none.yaml")


def test_waves_follow_their_shares_and_nobody_changes(tmp_path: Path) -> None:
    plan = _read(tmp_path, GOOD)
    people = [f"s{number}" for number in range(5_000)]
    counted = Counter(plan.wave_of(one) for one in people)
    assert 0.18 < counted[0] / 5_000 < 0.22
    wider = _read(tmp_path, GOOD.replace("20%", "40%").replace("80%", "60%"))
    assert all(wider.wave_of(one) == 0 for one in people if plan.wave_of(one) == 0)


@given(st.decimals(0, 100, places=4), st.integers(-3, 3), st.floats(0, 1, exclude_max=True))
def test_a_wave_ends_where_its_share_does_to_the_last_bit(percent: Decimal, ulps: int, anywhere: float) -> None:
    edge = _reaching(percent)
    near = edge
    for _ in range(abs(ulps)):
        near = nextafter(near, 1 if ulps > 0 else 0)
    for share in (near, anywhere):
        assert (edge <= share) == (percent <= Decimal(share) * 100)


@given(st.text(min_size=1, max_size=40))
def test_everyone_has_one_wave_for_ever(one: str) -> None:
    data: dict[str, object] = {
        "campaign": "x",
        "class": "service",
        "effective_date": "2027-03-01",
        "audience": {"all": True},
    }
    data |= {"waves": [{"name": "a", "share": "1%"}, {"name": "b", "share": "99%"}], "opens": "-3d"}
    data |= {
        "stages": [{"name": "s", "anchor": "wave", "offset": "0d", "channels": ["email"], "template": "t"}],
    }
    from campaigns.plan import plan_from_data

    assert plan_from_data(data).wave_of(one) == plan_from_data(data).wave_of(one) in (0, 1)


def test_the_schema_names_every_public_key() -> None:
    assert {"campaign", "class", "effective_date", "audience", "waves", "stages", "gates"} <= set(
        schema()["properties"]
    )
