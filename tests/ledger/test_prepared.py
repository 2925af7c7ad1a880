"""Statements prepared once for the driver: nothing is written for a column nobody gave."""

import pytest

from records.database import Database
from records.prepared import new_rows
from records.tables import contacts


def test_a_row_without_one_of_its_values_is_refused(db: Database) -> None:
    whole = {"subscriber_id": "s-1", "channel": "email", "address": "ana@correo.example"}
    for name in whole:
        row = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(Exception, match="object"), db.write() as tx:  # each driver has an error of its own
            new_rows(contacts).run_many(tx, [row])
