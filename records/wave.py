"""How a wave of a campaign does, as its gates judge it. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class WaveNumbers:
    """One wave so far, counted from rows. `waiting`: messages still to go; `attempts`: those a vendor has answered.

    `usual_…`: how many there would have been among these people in this time, going by the 28 days before. `person_days`:
    people in the wave, times the days since. Ratings are added up, 1 to 5. `outcomes`: how many rows the workspace has.
    """

    waiting: int = 0
    attempts: int = 0
    hard_failures: int = 0
    complaints: int = 0
    recent_attempts: int = 0
    provider_failures: int = 0
    opt_outs: int = 0
    handovers: int = 0
    usual_handovers: float = 0.0
    thumbs_down: int = 0
    usual_thumbs_down: float = 0.0
    ratings: int = 0
    rating_sum: int = 0
    usual_ratings: int = 0
    usual_rating_sum: int = 0
    outcomes: int = 0
    first_charges: int = 0
    first_charges_failed: int = 0
    cancellations: int = 0
    person_days: float = 0.0

    @classmethod
    def of(cls, values: Mapping[str, float]) -> "WaveNumbers":
        """By field name; what is not named is nought. Databases add up in types of their own: each gets its field's."""
        usual = asdict(cls())
        return cls(**{name: type(usual[name])(value) for name, value in values.items()})
