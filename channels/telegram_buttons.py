"""The buttons under a message in Telegram. Pure."""

from records.content import ChatMessage, TextMessage
from records.phrases import load_phrases

Button = tuple[str, str, str]  # label, data, url; one of the last two is empty


def button_rows(content: ChatMessage | TextMessage) -> tuple[tuple[Button, ...], ...]:
    """Each choice or link in a row of its own; under an answer the thumbs, then a person."""
    if isinstance(content, TextMessage):
        return tuple(((label, "", url),) for label, url in content.links)
    rows: tuple[tuple[Button, ...], ...] = tuple(((choice.label, choice.data, ""),) for choice in content.choices)
    if content.answer_id:
        person = load_phrases("channels").say("answer.person", content.language)
        thumbs = (("👍", f"thumb:{content.answer_id}:up", ""), ("👎", f"thumb:{content.answer_id}:down", ""))
        rows = (*rows, thumbs, ((person, "person", ""),))
    return rows
