"""Commands about contracts: list, show, confirm, reject, diff, notice."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli_common import ByOption, Context, JsonOption, acting, say, say_json

if TYPE_CHECKING:
    from knowledge.contract_diff import Entry
    from knowledge.terms import Term
    from records.store.contracts import Status, StoredContract

contracts_app = typer.Typer(help="The contracts in the index.", no_args_is_help=True, rich_markup_mode=None)

SourceArgument = Annotated[str, typer.Argument(help="As `contracts list` names it.")]


@contracts_app.command("list")
def contracts_list(context: typer.Context, as_json: JsonOption = False) -> None:
    """The contracts in the live index. Example: relevo contracts list"""
    from records.store import knowledge as store

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        found = [source for source in store.all_sources(tx) if source.kind == "contract"]
    if as_json:
        say_json(found)
    for source in () if as_json else found:
        say(f"{source.id}  ({source.language})  {source.title}")


@contracts_app.command("show")
def contracts_show(context: typer.Context, source: SourceArgument, as_json: JsonOption = False) -> None:
    """The clauses of a contract, the terms read from them, and where they differ.

    Example: relevo contracts show contracts/terms-2027.es.pdf
    """
    from records.store import contracts as store

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        contract = store.contract(tx, source)
    plain = _as_plain(contract)
    if as_json:
        say_json(plain)
    else:
        _show(plain)


def _as_plain(contract: "StoredContract") -> dict[str, Any]:
    from knowledge.terms import conflicts, shown, term_from_plain

    read = {one.id: term_from_plain(one.term) for one in contract.terms}
    names = {term: name for name, term in read.items()}
    accepted = [read[one.id] for one in contract.terms if one.status != "rejected"]
    found = conflicts(accepted)
    at_odds = {names[term] for conflict in found for term in conflict.terms}
    return {
        "source": contract.source,
        "locale": contract.locale,
        "clauses": [
            {
                "path": one.path,
                "title": one.heading,
                "text": contract.text[one.body : one.ends],
                "keys": list(one.keys),
                "page": one.page,
                "start": one.body,
                "end": one.ends,
            }
            for one in contract.clauses
        ],
        "terms": [
            {"id": one.id, "source": contract.source}
            | dict(one.term)
            | {"shown": shown(read[one.id].value), "conflict": one.id in at_odds}
            | {"status": one.status, "reviewed_by": one.reviewed_by, "reviewed_at": one.reviewed_at}
            for one in contract.terms
        ],
        "conflicts": [
            {
                "key": conflict.key,
                "kind": conflict.kind,
                "terms": [names[term] for term in conflict.terms],
                "precedence": [_quoted(term) for term in conflict.precedence],
            }
            for conflict in found
        ],
    }


def _quoted(term: "Term") -> dict[str, str]:
    return {"path": term.path, "quote": term.quote}


def _show(plain: dict[str, Any]) -> None:
    for clause in plain["clauses"]:
        page = f"  p. {clause['page']}" if clause["page"] else ""
        say(f"{clause['path']:8} {clause['title']}  [{', '.join(clause['keys'])}]{page}")
        if clause["text"]:
            say(f"         {clause['text']}")
        say()
    say(f"terms: {len(plain['terms'])}")
    for term in plain["terms"]:
        review = "" if term["status"] == "proposed" else f"  {term['status']} by {term['reviewed_by']}"
        mark = "  CONFLICT" if term["conflict"] else ""
        say(f"  {term['id']}  {term['path']:8} {term['key']}/{term['kind']} = {term['shown']}{mark}{review}")
        say(
            f"      «{term['quote']}»  confidence {term['confidence']:.2f}"
            + (f"; {term['note']}" if term["note"] else "")
        )
    by_id = {term["id"]: term for term in plain["terms"]}
    for conflict in plain["conflicts"]:
        say(f"in conflict: {conflict['key']}/{conflict['kind']}")
        for name in conflict["terms"]:
            say(f"  {by_id[name]['path']:8} «{by_id[name]['quote']}»")
        for said in conflict["precedence"]:
            say(f"  {said['path']:8} says which part prevails: «{said['quote']}»")


@contracts_app.command("confirm")
def contracts_confirm(
    context: typer.Context,
    source: SourceArgument,
    term: Annotated[str, typer.Argument(help="The term's id, as `contracts show` prints it.")],
    by: ByOption,
) -> None:
    """This term is read rightly. Example: relevo contracts confirm contracts/terms-2027.es.pdf 3f2a… --by ana@example.com"""
    _review(context, source, term, "confirmed", by)


@contracts_app.command("reject")
def contracts_reject(
    context: typer.Context,
    source: SourceArgument,
    term: Annotated[str, typer.Argument(help="The term's id, as `contracts show` prints it.")],
    by: ByOption,
) -> None:
    """This term is read wrongly. Example: relevo contracts reject contracts/terms-2027.es.pdf 3f2a… --by ana@example.com"""
    _review(context, source, term, "rejected", by)


def _review(context: typer.Context, source: str, term: str, status: "Status", by: str) -> None:
    from console.access import Permission, require
    from records.store import contracts as store

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.REVIEW_CONTRACTS)
        with house.db.write() as tx:
            store.review(tx, source, term, status, account.email, house.clock.now())
    say(f"{status}: {term}")


@contracts_app.command("diff")
def contracts_diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="The contract as it was, as `contracts list` names it.")],
    new: Annotated[str, typer.Argument(help="The contract as it is to be.")],
    confirm: Annotated[bool, typer.Option("--confirm", help="Stand by it: the bot and notices may use it.")] = False,
    by: ByOption = "",
    as_json: JsonOption = False,
) -> None:
    """What two versions of a contract have in common and what not, clause by clause, both quoted.

    Example: relevo contracts diff contracts/terms-2024.es.docx contracts/terms-2027.es.pdf
    """
    from console.access import Permission, require
    from knowledge.contract_diff import as_plain
    from records.store import contracts as store

    if confirm and not by:
        raise typer.BadParameter("say who confirms it", param_hint="--by")
    here: Context = context.obj
    with here.house() as house:
        with house.db.read() as tx:
            before, after = store.contract(tx, old), store.contract(tx, new)
        entries = _entries(before, after)
        if confirm:
            account = acting(house, by)
            require(account, Permission.REVIEW_CONTRACTS)
            with house.db.write() as tx:
                store.confirm_diff(tx, before, after, as_plain(entries), account.email, house.clock.now())
    if as_json:
        say_json({"old": old, "new": new, "confirmed": confirm, "entries": as_plain(entries)})
    else:
        _show_diff(as_plain(entries))
        say("confirmed" if confirm else "not confirmed: neither the bot nor a notice uses it; --confirm --by EMAIL")


@contracts_app.command("notice")
def contracts_notice(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="The contract as it was, as `contracts list` names it.")],
    new: Annotated[str, typer.Argument(help="The contract as it is to be.")],
) -> None:
    """The confirmed changes as text for a campaign's template, each quoted on both sides, in the contract's language.

    Example: relevo contracts notice contracts/terms-2024.es.docx contracts/terms-2027.es.pdf >> templates/terms.es.md
    """
    from knowledge.contract_notice import notice_text
    from records.errors import NotFound
    from records.store import contracts as store
    from records.types import Language

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        found, language = store.confirmed_diff(tx, old, new), store.contract(tx, new).locale[:2]
    if found is None:
        raise NotFound(
            f"nobody has confirmed what differs between {old} and {new} as they stand now; read it with "
            f"`relevo contracts diff {old} {new}`, then add --confirm --by EMAIL"
        )
    say(notice_text(found.entries, Language(language)))


def _entries(old: "StoredContract", new: "StoredContract") -> "tuple[Entry, ...]":
    from knowledge.contract_diff import Version, diff
    from knowledge.contract_keeping import stored_clauses
    from knowledge.terms import term_from_plain

    sides = [
        Version(stored_clauses(one), [term_from_plain(term.term) for term in one.terms if term.status != "rejected"])
        for one in (old, new)
    ]
    return diff(*sides)


def _show_diff(entries: list[dict[str, Any]]) -> None:
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry["change"]] = counts.get(entry["change"], 0) + 1
        if entry["change"] == "same":
            continue
        paths = " -> ".join(side["path"] for side in (entry["old"], entry["new"]) if side)
        say(f"{entry['change']}: {paths}")
        for sign, side in (("-", entry["old"]), ("+", entry["new"])):
            if side:
                say(f"  {sign} {side['text'] or side['heading']}")
        for one in entry["differences"]:
            say(f"  {one['what']}: «{'», «'.join(one['old'])}» -> «{'», «'.join(one['new'])}»")
    say(", ".join(f"{count} {change}" for change, count in counts.items()))
