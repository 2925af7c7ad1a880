"""Who may do what in the console, and the only doors to private data (`access_*`).

ConsoleError
├── NotSignedIn     nobody is signed in, or the login is over: show the sign-in page
├── NotAllowed      this role may not do that, or not to their own work
├── SignInFailed    wrong e-mail or password; never says which
└── SignInLocked    too many wrong passwords; says until when
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from records.database import Database, Tx
from records.errors import Conflict, NotFound, RelevoError
from records.ids import new_secret
from records.store import accounts, cases, conversations, facts, feedback, subscribers
from records.store.accounts import Account, LoginKind
from records.store.feedback import Feedback
from records.types import Case, CaseEvent, CaseState, Conversation, Role, Subscriber, Turn

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LOCK_AFTER = 5
LOCK_FOR = timedelta(minutes=15)
LOGIN_LASTS: dict[LoginKind, timedelta] = {"web": timedelta(hours=12), "command": timedelta(days=30)}
SHORTEST_PASSWORD = 10
TURNS_SHOWN = 30


class ConsoleError(RelevoError):
    """Anything the console raises on purpose."""


class NotSignedIn(ConsoleError):
    """Nobody is signed in, or the login is over."""


class NotAllowed(ConsoleError):
    """This account may not do that."""


class SignInFailed(ConsoleError):
    """Wrong e-mail or password."""


class SignInLocked(SignInFailed):
    """Too many wrong passwords; `until` is when to try again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"too many wrong passwords; this account is locked until {until:%Y-%m-%d %H:%M} UTC")
        self.until = until


class Permission(StrEnum):
    """What a role may be given."""

    SEE_INBOX = "see_inbox"  # read cases and the facts of their subscribers
    WORK_INBOX = "work_inbox"  # claim, answer, resolve
    SEE_CAMPAIGNS = "see_campaigns"  # read plans, previews and numbers
    WRITE_CAMPAIGNS = "write_campaigns"  # write and submit plans
    JUDGE_CAMPAIGNS = "judge_campaigns"  # approve and reject what others wrote
    STOP_CAMPAIGNS = "stop_campaigns"  # stop and resume, try again, cancel
    CALL_PEOPLE = "call_people"  # see whom a campaign did not reach, by name, with their phones
    SEE_OUTBOX = "see_outbox"  # read what the sandbox channels accepted
    TEACH = "teach"  # decide what the bot may learn from use
    KEEP_CONTENT = "keep_content"  # let a section held back, or an index that finds less, answer
    REVIEW_CONTRACTS = "review_contracts"  # confirm what was read from contracts, and how versions differ
    SEE_REPORTS = "see_reports"  # read numbers about everybody, nobody in particular


P = Permission
ROLE_MAY: dict[Role, frozenset[Permission]] = {
    Role.MARKETER: frozenset(
        {P.SEE_CAMPAIGNS, P.WRITE_CAMPAIGNS, P.STOP_CAMPAIGNS, P.CALL_PEOPLE, P.TEACH, P.SEE_OUTBOX, P.SEE_REPORTS}
    ),
    Role.APPROVER: frozenset(
        {
            P.SEE_CAMPAIGNS,
            P.JUDGE_CAMPAIGNS,
            P.STOP_CAMPAIGNS,
            P.CALL_PEOPLE,
            P.REVIEW_CONTRACTS,
            P.SEE_OUTBOX,
            P.SEE_REPORTS,
            P.KEEP_CONTENT,
        }
    ),
    # Whoever answers people reads what was announced to them, and is who calls the ones it did not reach.
    Role.SUPPORT: frozenset(
        {
            P.SEE_INBOX,
            P.WORK_INBOX,
            P.SEE_CAMPAIGNS,
            P.CALL_PEOPLE,
            P.REVIEW_CONTRACTS,
            P.TEACH,
            P.SEE_OUTBOX,
            P.SEE_REPORTS,
        }
    ),
    Role.ANALYST: frozenset({P.SEE_CAMPAIGNS, P.SEE_REPORTS}),
    Role.ADMIN: frozenset(Permission),
}


def may(account: Account, permission: Permission) -> bool:
    return permission in ROLE_MAY[account.role]


def require(account: Account, permission: Permission) -> None:
    """Raises NotAllowed unless the account's role has this permission."""
    if not may(account, permission):
        raise NotAllowed(
            f"the role {account.role} may not {permission.replace('_', ' ')}; ask an admin for another role"
        )


# ---------------------------------------------------------------- passwords and logins


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """Verified when the e-mail is unknown, so that the time taken tells nothing."""
    return _hasher().hash(new_secret())


def hash_password(password: str) -> str:
    """Argon2id. Raises ConsoleError for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise ConsoleError(f"the password has {len(password)} characters; give it at least {SHORTEST_PASSWORD}")
    return _hasher().hash(password)


def password_is(password_hash: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def hash_token(token: str) -> str:
    """How a session token is kept: 64 hexadecimal digits. Tokens are 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def after_wrong_password(failures: int, now: datetime) -> tuple[int, datetime | None]:
    """The new count and, at the fifth, until when the account is locked; then counting starts afresh."""
    if failures + 1 < LOCK_AFTER:
        return failures + 1, None
    return 0, now + LOCK_FOR


@dataclass(frozen=True)
class SignedIn:
    """An account, and the token of its login: shown once, kept as a hash."""

    account: Account
    token: str
    expires_at: datetime


def add_account(db: Database, email: str, name: str, role: Role, password: str, now: datetime) -> bool:
    """A new account; False if that e-mail has one. Raises ConsoleError for a password that is too short."""
    password_hash = hash_password(password)
    with db.write() as tx:
        return accounts.add(tx, email.strip().lower(), name, role, password_hash, now)


def sign_in(db: Database, email: str, password: str, kind: LoginKind, now: datetime) -> SignedIn:
    """Opens a login. Raises SignInFailed, or SignInLocked after five wrong passwords in a row."""
    with db.read() as tx:
        account = accounts.get(tx, email)
    if account is not None and account.locked_until is not None and account.locked_until > now:
        raise SignInLocked(account.locked_until)
    right = password_is(account.password_hash if account else _nobody(), password)
    if account is None or not right:
        raise _note_failure(db, email, now)
    token, expires_at = new_secret(), now + LOGIN_LASTS[kind]
    with db.write() as tx:
        accounts.close_expired(tx, now)
        accounts.open_login(tx, hash_token(token), account.email, kind, expires_at)
        facts.record_act(tx, account.email, "sign_in", kind, now)
    return SignedIn(account, token, expires_at)


def _note_failure(db: Database, email: str, now: datetime) -> SignInFailed:
    with db.write() as tx:
        account = accounts.get(tx, email)
        if account is not None:
            failures, locked_until = after_wrong_password(account.failures, now)
            accounts.record_failure(tx, email, failures, locked_until)
            if locked_until is not None:
                facts.record_act(tx, account.email, "locked", "web", now)
                return SignInLocked(locked_until)
    return SignInFailed("wrong e-mail or password")


def signed_in(db: Database, token: str, kind: LoginKind, now: datetime) -> Account:
    """Whose token this is. Raises NotSignedIn for an unknown or expired one."""
    with db.read() as tx:
        account = accounts.login_of(tx, hash_token(token), kind, now) if token else None
    if account is None:
        raise NotSignedIn("nobody is signed in; sign in first")
    return account


def sign_out(db: Database, token: str) -> None:
    with db.write() as tx:
        accounts.close_login(tx, hash_token(token))


def form_token(secret: str, token: str) -> str:
    """What every form of this login must send back; worthless for any other login."""
    return hmac.new(secret.encode(), f"form\x1f{token}".encode(), hashlib.sha256).hexdigest()


def form_token_is(secret: str, token: str, given: str) -> bool:
    return hmac.compare_digest(form_token(secret, token).encode(), given.encode())


# ---------------------------------------------------------------- doors


@dataclass(frozen=True)
class CaseFile:
    """All that staff see about one case; `rating` is the person's latest."""

    case: Case
    conversation: Conversation
    turns: tuple[Turn, ...]
    subscriber: Subscriber | None
    events: tuple[CaseEvent, ...]
    rating: Feedback | None


def access_cases(tx: Tx, account: Account) -> tuple[Case, ...]:
    """The cases of every state, each with a limit of its own: many resolved ones never hide an open one. Raises NotAllowed."""
    require(account, Permission.SEE_INBOX)
    return tuple(case for state in CaseState for case in cases.listed(tx, state))


def access_names(tx: Tx, account: Account, found: Iterable[Case]) -> dict[str, str]:
    """The names of the people of these cases, by subscriber; who is not known is not in it. Raises NotAllowed."""
    require(account, Permission.SEE_INBOX)
    known = subscribers.many(tx, sorted({case.subscriber_id for case in found if case.subscriber_id}))
    return {one: person.name for one, person in known.items()}


def access_case(tx: Tx, account: Account, case_id: str) -> CaseFile:
    """One case with its talk and its subscriber's facts. Raises NotAllowed, NotFound."""
    require(account, Permission.SEE_INBOX)
    case = cases.get(tx, case_id)
    conversation = conversations.get(tx, case.conversation_id) if case else None
    if case is None or conversation is None:
        raise NotFound(f"there is no case {case_id!r}")
    return CaseFile(
        case=case,
        conversation=conversation,
        turns=conversations.turns_of(tx, case.conversation_id, last=TURNS_SHOWN),
        subscriber=subscribers.get(tx, case.subscriber_id) if case.subscriber_id else None,
        events=cases.events_of(tx, case_id),
        rating=feedback.get(tx, "case", case_id),
    )


def access_judgement(account: Account, author: str) -> None:
    """May this account approve or reject what `author` wrote? Raises NotAllowed, and Conflict for one's own."""
    require(account, Permission.JUDGE_CAMPAIGNS)
    if account.email == author.lower():
        raise Conflict("you wrote this campaign; a second person has to approve or reject it")
