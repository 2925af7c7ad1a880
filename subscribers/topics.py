"""What someone may want to know or do about a record. Pure."""

from enum import StrEnum


class Topic(StrEnum):
    """What someone wants to know or do about a record."""

    MOVE = "move"  # the date of the move, the wave, whether it is done
    MUST_ACT = "must_act"  # whether the person has to do something
    SENT = "sent"  # what we sent to that same contact
    MONEY = "money"  # price, charges, payment method
    CONTRACT = "contract"  # plan, renewal, terms signed
    PERSONAL = "personal"  # name, contacts, everything else
    CHANGE = "change"  # any change to the record
