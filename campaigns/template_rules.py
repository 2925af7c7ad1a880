"""What a template may contain, checked on its syntax tree. Pure.

Fields and conditions only: no calls, no arithmetic, no loops. So `{{ 'x' * 10**9 }}`, which took 30 s and 3.8 GB in the
sandbox of the template engine, is refused before it runs, with line and reason; and a person's data is never template text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from campaigns.errors import TemplateError

VARIABLES: frozenset[str] = frozenset(
    {
        "name", "plan", "price", "renewal_date", "next_charge_date", "cutover_date", "term_end_date", "deadline_date",
        "effective_date", "payment_method", "action_needed", "company", "old_platform", "new_platform", "support_email",
        "support_hours", "link", "unsubscribe",
    }
)  # fmt: skip
"""What every template may use; a name from the workspace's blanks may be used too."""

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Test,
)
_TESTS = frozenset({"defined", "undefined"})


@dataclass(frozen=True)
class Uses:
    """The variables of a template; `steering` are those a condition looks at."""

    all: frozenset[str]
    steering: frozenset[str]


@cache
def environment() -> SandboxedEnvironment:
    # No autoescape: this engine only ever sees place-holders; people's values are escaped where they are filled in.
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


def uses(source: str, where: str, known: frozenset[str] = VARIABLES) -> Uses:
    """The variables of a template. Raises TemplateError naming line and construct for anything not allowed."""
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        raise TemplateError(f"{where}:{error.lineno}: {error.message}") from error
    for node in _walk(tree):
        _check(node, where)
    names = {node.name: node.lineno for node in tree.find_all(nodes.Name)}
    unknown = sorted(names.keys() - known)
    if unknown:
        raise TemplateError(
            f"{where}:{names[unknown[0]]}: there is no variable {unknown[0]!r}. Known ones: {', '.join(sorted(known))}."
        )
    steering = frozenset().union(*(_deciding(branch.test) for branch in tree.find_all(nodes.If)))
    return Uses(frozenset(names), steering)


def _deciding(test: nodes.Node) -> frozenset[str]:
    """The names whose value a condition looks at; `is defined` looks at none."""
    if isinstance(test, nodes.Name):
        return frozenset({test.name})
    if isinstance(test, nodes.Test):
        return frozenset()
    return frozenset().union(*(_deciding(child) for child in test.iter_child_nodes()))


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _check(node: nodes.Node, where: str) -> None:
    kind = type(node).__name__
    if not isinstance(node, _ALLOWED):
        raise TemplateError(
            f"{where}:{node.lineno}: {kind} is not allowed in a template; use fields such as {{{{ name }}}} and "
            "conditions such as {% if action_needed %}."
        )
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        raise TemplateError(f"{where}:{node.lineno}: `is {node.name}` is not allowed; use `is defined`.")
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            if not isinstance(part, nodes.Name | nodes.TemplateData):
                raise TemplateError(f"{where}:{node.lineno}: write one field between the braces, as {{{{ name }}}}.")
