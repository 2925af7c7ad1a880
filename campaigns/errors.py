"""What can go wrong on this floor.

CampaignError               everything raised on purpose here
├── PlanError               the plan file cannot be read; names file, line and key
├── TemplateError           a template cannot be read or filled; names file, line and variable
└── NotAllowed              the act is not allowed to this person or in this state
"""

from records.errors import RelevoError


class CampaignError(RelevoError):
    """The root of this room's errors."""


class PlanError(CampaignError):
    """The plan file cannot be read as a plan."""


class TemplateError(CampaignError):
    """A template cannot be read, is not allowed, or lacks a value for a person."""


class NotAllowed(CampaignError):
    """The act is not allowed to this person, or not in the state the campaign is in."""
