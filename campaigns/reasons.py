"""Why somebody got nothing, or not yet, and why a campaign stopped itself, as people read it. Pure but for the phrases."""

from records.phrases import load_phrases
from records.types import Language

_NO_CHANNEL = "no channel"


def say_reason(reason: str, language: Language) -> str:
    """A reason of the ledger, or of someone's place in a campaign, in words. What follows a colon is a vendor's own and stays
    in the ledger: it may hold an address."""
    word = "no_channel" if reason.startswith(_NO_CHANNEL) else reason.partition(":")[0].strip()
    phrases = load_phrases("campaigns")
    known = f"reason.{word}" in phrases.texts[language]
    return phrases.say(f"reason.{word}" if known else "reason.unexplained", language)


def say_stop(note: str, language: Language) -> str:
    """Why a campaign paused itself, as its history keeps it (`hard_failures:pilot`), in words. Anything else stays as it is."""
    why, _, wave = note.partition(":")
    phrases = load_phrases("campaigns")
    if f"stopped.{why}" not in phrases.texts[language]:
        return note
    words = phrases.say(f"stopped.{why}", language)
    return phrases.say("stopped.in_wave", language, why=words, wave=wave) if wave else words
