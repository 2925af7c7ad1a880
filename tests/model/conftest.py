"""One sample company for all tests of the model: reading it takes longer than all they do with it."""

from collections.abc import Iterator

import pytest

from tests.answers.sample import sample_house
from tests.model.house import Company, house_with
from tests.standins.model import ModelServer, says


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("model") / "farolito"
    quoting = sample_house(folder)
    with ModelServer(says(lambda shown: shown.faithful)) as server:
        patient, quick = house_with(folder, server), house_with(folder, server, seconds=1.0)
        yield Company(quoting, folder, server, patient, quick)
        for house in (quoting, patient, quick):
            house.close()
