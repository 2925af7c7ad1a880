"""What the data of a button means, whether it was tapped, or typed on a channel that has no buttons. Pure."""

from bot.events import ChoiceTaken, PersonWanted, RatingGiven, Talk, ThumbGiven

Tap = ChoiceTaken | PersonWanted | ThumbGiven | RatingGiven

_THUMBS = {"up": True, "down": False}


def read_tap(data: str, label: str, comment: str = "") -> Tap:
    """`person`, `thumb:<answer>:up|down`, `rate:<case>:<1-5>`, else a choice of ours. What cannot be read is a choice, too."""
    kind, _, rest = data.partition(":")
    if kind == "person":
        return PersonWanted()
    parts = rest.split(":")
    if kind == "thumb" and len(parts) == 2:
        return _thumb(parts[0], parts[1], data, label, comment)
    if kind == "rate" and len(parts) == 2:
        return _rating(parts[0], parts[1], data, label, comment)
    return ChoiceTaken(data, label)


def tapped_by_text(talk: Talk, text: str) -> Tap | None:
    """The choice of the last turn that this text names, by its number or its words."""
    wanted = text.strip().rstrip(".)").casefold()
    for number, (data, label) in enumerate(offered_in(talk.conversation.memory), start=1):
        if wanted in (str(number), label.casefold()):
            return read_tap(data, label)
    return None


def offered_in(memory: dict[str, object]) -> list[tuple[str, str]]:
    """The choices of the last turn as (data, label)."""
    offered = memory.get("offered")
    return [(str(data), str(label)) for data, label in offered] if isinstance(offered, list) else []


def _thumb(first: str, second: str, data: str, label: str, comment: str) -> Tap:
    # Either order: pages of the first days put the direction before the answer.
    answer, way = (second, first) if first in _THUMBS else (first, second)
    return ThumbGiven(answer, _THUMBS[way], comment) if way in _THUMBS else ChoiceTaken(data, label)


def _rating(first: str, second: str, data: str, label: str, comment: str) -> Tap:
    case, value = (second, first) if first.isdigit() and len(first) == 1 else (first, second)
    return RatingGiven(case, int(value), comment) if value in "12345" and value else ChoiceTaken(data, label)
