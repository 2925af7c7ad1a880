"""The forms of campaign messages: kept once, never changed, so each process reads one once."""

from collections.abc import Iterable

from sqlalchemy import select

from records.content import FilledForm, Kept
from records.database import Tx, insert_new
from records.errors import NotFound
from records.forms import Form, Letter, form_from_json, form_to_json
from records.ledger import Payload
from records.tables import forms

_MOST = 256
_read: dict[str, Form] = {}
"""Forms this process has read, by id. An id is a hash of its body, so none is ever stale."""


def keep(tx: Tx, some: Iterable[Form]) -> None:
    """Keep these forms; a known one stays as it is."""
    rows = {form.id: form for form in some}
    insert_new(tx, forms, [{"id": key, "body": form_to_json(form)} for key, form in sorted(rows.items())])


def get(tx: Tx, form_id: str) -> Form:
    """Raises NotFound."""
    form = _read.get(form_id)
    if form is None:
        body = tx.execute(select(forms.c.body).where(forms.c.id == form_id)).scalar()
        if body is None:
            raise NotFound(
                f"no form {form_id!r} in the ledger: restore the table `forms` with the messages that use it."
            )
        if len(_read) >= _MOST:
            _read.clear()
        form = _read[form_id] = form_from_json(body)
    return form


def body_of(tx: Tx, kept: Kept) -> Payload:
    """What a row says: a filled form becomes its letter, anything else is whole already. Raises NotFound."""
    return Letter(get(tx, kept.form), kept.values) if isinstance(kept, FilledForm) else kept
