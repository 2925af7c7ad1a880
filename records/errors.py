"""What can go wrong on this floor.

RelevoError                 every error a room raises on purpose; its text says what, where and what to do
├── SettingsError           a setting is missing, unknown, half set or unsafe
├── NotFound                an id names nothing
├── Conflict                the row was changed by someone else, or the act is not allowed in its state
├── DatabaseDown            the database cannot be reached or refuses us
├── WorkerBusy              this workspace already has a worker and its database allows one
└── LeaseLost               this worker stood still for too long; others may have taken over its work
"""


class RelevoError(Exception):
    """The root of everything raised on purpose. The message is written for the person who has to act on it."""


class SettingsError(RelevoError):
    """A setting is missing, unknown, half set or unsafe."""


class NotFound(RelevoError):
    """An id names nothing that exists."""


class Conflict(RelevoError):
    """The act is not allowed in the state the row is in."""


class DatabaseDown(RelevoError):
    """The database cannot be reached or refuses us."""


class WorkerBusy(RelevoError):
    """Another process already works this workspace."""


class LeaseLost(RelevoError):
    """This worker stood still for too long: it may take nothing in hand."""
