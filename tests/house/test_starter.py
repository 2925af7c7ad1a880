"""The starter pack speaks for any subscription business: nothing of the invented company's own trade or name is left in it."""

import re
import tomllib
from pathlib import Path

import pytest

from console.sample import make_workspace, sample_folder

_OF_THE_SAMPLE = re.compile(
    r"farolito|abonaria|ruedapago|escuch|listen|músic|music|capítulo|chapter|bibliotec|librar|playlist|tus series|your series",
    re.IGNORECASE,
)
_FOLDERS = ("content", "templates", "campaigns")


def _texts(workspace: Path) -> dict[str, str]:
    files = [path for folder in _FOLDERS for path in (workspace / folder).rglob("*") if path.suffix in (".md", ".yaml")]
    return {path.relative_to(workspace).as_posix(): path.read_text(encoding="utf-8") for path in files}


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starter") / "mine"
    make_workspace(folder, starter_pack=True)
    return folder


def test_nothing_of_the_sample_company_is_left_in_the_pack(starter: Path) -> None:
    texts = _texts(starter)
    assert len(texts) > 20
    left = {file: found for file, text in texts.items() if (found := _OF_THE_SAMPLE.findall(text))}
    assert left == {}


def test_every_wording_put_in_its_place_is_one_the_sample_still_has() -> None:
    wording = tomllib.loads((Path("console") / "starter.toml").read_text(encoding="utf-8"))
    whole = "\n".join(_texts(sample_folder()).values())
    assert [sample for sample in wording if sample not in whole] == []


def test_the_settings_offer_every_blank_with_the_value_of_the_sample(starter: Path) -> None:
    text = (starter / "relevo.toml").read_text(encoding="utf-8")
    offered = tomllib.loads(re.sub(r"(?m)^# (\w+ = )", r"\1", text))["blanks"]
    sample = tomllib.loads((sample_folder() / "relevo.toml").read_text(encoding="utf-8"))["blanks"]
    assert set(offered["es"]) == set(offered["en"])
    for language, values in offered.items():
        assert {name: sample[language][name] for name in values} == values
