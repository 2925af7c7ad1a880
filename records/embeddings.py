"""Which learned embeddings a workspace asks for, and for which languages: `provider:model[@es,en]`. Pure."""

import re
from dataclasses import dataclass

from records.errors import SettingsError
from records.types import Language

_NAMED = re.compile(r"(?P<provider>[a-z][a-z_]*):(?P<model>[^\s@]+)(?:@(?P<languages>[a-z,+]+))?")
# Trained on English only, by their own model cards; their multilingual siblings carry other names.
_ENGLISH_ONLY = re.compile(
    r"(?:^|[-_/.])en(?:glish)?(?:[-_.:]|$)|all-minilm|all-mpnet|(?<!lingual-)\be5-(?:small|base|large)(?:-v2)?$|mxbai-embed-large"
    r"|nomic-embed-text(?!-v2)|snowflake-arctic-embed(?!2|-[ml]-v2)|gte-(?:small|base|large)$|multi-qa-minilm|msmarco-",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class EmbeddingChoice:
    """`name` is `provider:model`; documents and questions of `languages` are embedded, others are not."""

    name: str
    languages: tuple[Language, ...]

    @staticmethod
    def parse(text: str) -> "EmbeddingChoice":
        """Without `@`, both languages. Raises SettingsError for another form, or for Spanish with an English model."""
        match = _NAMED.fullmatch(text)
        known = {language.value for language in Language}
        named = re.split(r"[,+]", match["languages"]) if match and match["languages"] else sorted(known)
        if match is None or not set(named) <= known:
            raise SettingsError(f"RELEVO_EMBEDDINGS={text!r} is not provider:model, with @es, @en or @es,en behind it.")
        languages = tuple(language for language in Language if language.value in named)
        if Language.ES in languages and _ENGLISH_ONLY.search(match["model"]):
            raise SettingsError(
                f"RELEVO_EMBEDDINGS={text!r}: that model knows English only, and would find the wrong Spanish texts. Write "
                "@en behind it, or name a multilingual one such as bge-m3."
            )
        return EmbeddingChoice(f"{match['provider']}:{match['model']}", languages)
