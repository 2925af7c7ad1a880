"""What can go wrong in this room.

SubscriberError
├── BadFile          the file as a whole cannot be read faithfully; nothing of it was imported
├── LinkTooLong      a personal link does not fit where it has to go
└── BadLink          a link or host token is not one of ours, was altered, or opens something else
    └── ExpiredLink  it was ours, but its time has passed; `link` is what it said
"""

from typing import TYPE_CHECKING

from records.errors import RelevoError

if TYPE_CHECKING:
    from subscribers.links import PersonalLink


class SubscriberError(RelevoError):
    """Anything this room raises on purpose."""


class BadFile(SubscriberError):
    """The file as a whole cannot be read faithfully. Nothing of it was imported."""


class LinkTooLong(SubscriberError):
    """A personal link does not fit where it has to go."""


class BadLink(SubscriberError):
    """A link or host token is not one of ours, was altered, or opens something else."""


class ExpiredLink(BadLink):
    """It was ours, but its time has passed. `link` is what it said, because an unsubscription is honoured even late."""

    def __init__(self, message: str, link: "PersonalLink") -> None:
        super().__init__(message)
        self.link = link
