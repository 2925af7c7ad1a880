"""What the faces need from the house. `console.wiring` builds it; tests build a small one of their own."""

from collections.abc import Mapping
from typing import Protocol

from channels.contract import Channel
from records.bell import Bell
from records.clock import Clock
from records.database import Database
from records.settings import Workspace
from records.types import ChannelName


class House(Protocol):
    """One workspace, opened. Read-only: a frozen dataclass satisfies it."""

    @property
    def db(self) -> Database: ...

    @property
    def workspace(self) -> Workspace: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def bell(self) -> Bell: ...

    @property
    def channels(self) -> Mapping[ChannelName, Channel]:
        """Every channel of the workspace, real or sandbox."""
        ...

    @property
    def hook_secrets(self) -> Mapping[ChannelName, str]:
        """What each vendor signs its deliveries with; a channel that is not here takes no deliveries over HTTP."""
        ...

    @property
    def secret(self) -> str:
        """The key that signs links and form tokens."""
        ...
