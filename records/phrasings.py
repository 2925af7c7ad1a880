"""Words and the entry they mean, and how we know. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from records.ids import fingerprint
from records.types import Language


class Origin(StrEnum):
    """How we know that these words mean that entry."""

    CHOICE = "choice"  # the person picked its title when asked back
    THUMB = "thumb"  # they said its answer helped
    STAFF = "staff"  # a member of staff said so


@dataclass(frozen=True)
class Phrasing:
    """Words and the entry they mean."""

    source: str
    path: str
    language: Language
    text: str

    @property
    def id(self) -> str:
        """The same words for the same entry have the same id, however they are spaced and capitalised."""
        return (
            f"phr_{fingerprint(self.source, self.path, self.language.value, ' '.join(self.text.lower().split()))[:20]}"
        )


@dataclass(frozen=True)
class Written:
    """One question and its answer, both in `language`."""

    question: str
    answer: str
    language: Language
