"""A campaign as it is kept: its content made ready once per process, and where it stands."""

from functools import lru_cache

from campaigns.content import Content, content_from_text
from campaigns.workflow import Standing
from records.store.campaigns import Campaign


@lru_cache(maxsize=16)
def kept_content(text: str) -> Content:
    """The content of this text; parsed and compiled once per process."""
    return content_from_text(text)


def standing_of(campaign: Campaign) -> Standing:
    return Standing(
        campaign.name, campaign.state, campaign.author, campaign.content_hash, approved_hash=campaign.approved_hash
    )
