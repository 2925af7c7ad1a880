"""Any langchain chat model by its name, `provider:model`. The only file that knows langchain's models.

It is given text and gives back text: no tools, no memory, no second try. langchain-openai comes with Relevo and speaks to every
OpenAI-compatible server; other providers are the user's own install.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from knowledge.passages import ModelFailed, ModelUnusable
from knowledge.prompts import Prompt
from knowledge.wire import LARGEST_REPLY, Deadline, guarded_client, within

MOST_TOKENS = 600
"""What an answer may be long: 1,500 characters are about 400 tokens of Spanish, and its marks."""


@dataclass(frozen=True)
class Reply:
    """What came back. Token counts are 0 where the provider does not say."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0


class Model(Protocol):
    """A language model."""

    def complete(self, prompt: Prompt, deadline: Deadline) -> Reply:
        """One answer. Raises ModelFailed when there is none before the deadline, or an empty or oversized one."""
        ...


class LangchainModel:
    """`name` is `provider:model`; `url` replaces the provider's address and is then never sent the provider's own key.

    Raises ModelUnusable for a provider that is unknown or not installed, naming the package.
    """

    def __init__(self, name: str, url: str = "", key: str = "", seconds: float = 8.0) -> None:
        from langchain.chat_models import init_chat_model

        provider, _, model = name.partition(":")
        try:
            self._chat: Any = init_chat_model(model, model_provider=provider, **_options(provider, url, key, seconds))
        except ImportError as error:
            raise ModelUnusable(f"RELEVO_MODEL={name!r} needs a package of its own: {_install(error)}") from error
        except Exception as error:
            raise ModelUnusable(
                f"RELEVO_MODEL={name!r} cannot be used ({type(error).__name__}): give provider:model, the provider's key, "
                "or RELEVO_MODEL_URL for a server of your own; docs/models.md shows each."
            ) from error

    def complete(self, prompt: Prompt, deadline: Deadline) -> Reply:
        said = within(deadline, lambda: self._chat.invoke([("system", prompt.rules), ("human", prompt.material)]))
        text = str(said.text)
        if not text.strip() or len(text.encode()) > LARGEST_REPLY:
            raise ModelFailed("the model said nothing, or far too much.")
        used = said.usage_metadata or {}
        return Reply(text, int(used.get("input_tokens", 0)), int(used.get("output_tokens", 0)))


def _options(provider: str, url: str, key: str, seconds: float) -> dict[str, Any]:
    options: dict[str, Any] = {"timeout": seconds, "max_retries": 0, "max_tokens": MOST_TOKENS}
    if url:
        options["base_url"] = url
    if key:
        options["api_key"] = key
    if provider == "openai":
        # A server of one's own that asks for no key must not be sent the one that stands in the environment for OpenAI.
        options |= {"api_key": key or "none"} if url else {}
        options |= {"http_client": guarded_client(), "openai_proxy": "", "use_responses_api": False}
    return options


def _install(error: ImportError) -> str:
    """langchain's own sentence ends with the pip command."""
    _, found, command = str(error).partition("pip install")
    return f"pip install{command}".rstrip(".`") if found else str(error)
