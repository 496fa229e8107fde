"""From registration to the first message: what is done, what waits for whom, what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ApiKey, Qualification
from accounts.states import QualificationState
from smsplatform.core.errors import Sentence
from smsplatform.core.review import Item
from templates_app.models import Signature, Template
from templates_app.states import ReviewState

DONE, WAITING, TODO = "done", "waiting", "todo"


@dataclass(frozen=True, slots=True)
class Step:
    """`due_at` is when its review is promised. `url_name` leads to where it is done."""

    key: str
    title: Sentence
    text: Sentence
    state: str
    url_name: str
    due_at: datetime | None = None


def steps(*, account: Account, has_balance: bool, now: datetime) -> list[Step]:
    """Five queries, in the order in which they are best done."""
    due = _due(account)
    return [
        _company(account, due),
        _content("signature", _("A signature"), _SIGNATURE, _states(Signature, account), due),
        _content("template", _("A template"), _TEMPLATE, _states(Template, account), due),
        _balance(has_balance),
        _key(account, now),
        Step("message", _("The first message"), _MESSAGE, TODO, ""),
    ]


_SIGNATURE = _("The name that stands before every text. A reviewer reads it.")
_TEMPLATE = _("What you want to say, with variables for what changes. A reviewer reads it.")
_MESSAGE = _("By the API, as below.")
_COMPANY: Mapping[str, Sentence] = {
    "": _("Tell us who you are, with the papers that prove it. A reviewer reads them."),
    QualificationState.DRAFT: _("Your draft is kept: complete and submit it."),
    QualificationState.IN_REVIEW: _("Submitted; a reviewer is reading it."),
    QualificationState.NEEDS_MORE: _("The reviewer asks for more: see what, and submit it again."),
    QualificationState.APPROVED: _("Approved."),
    QualificationState.REJECTED: _("It was not approved: see why, and submit it again."),
    QualificationState.EXPIRED: _("Its papers have ended: renew them."),
}
_CONTENT: Mapping[str, Sentence] = {
    ReviewState.APPROVED: _("Approved."),
    ReviewState.IN_REVIEW: _("Submitted; a reviewer is reading it."),
    ReviewState.REJECTED: _("It was not approved: see why, and submit it again."),
    ReviewState.DRAFT: _("Your draft is kept: complete and submit it."),
    ReviewState.SUSPENDED: _("It was suspended; ask us why."),
}


def _due(account: Account) -> dict[str, datetime]:
    """When the first review of each kind is promised."""
    found = Item.objects.live().filter(account_id=account.pk).order_by().values_list("kind")
    return dict(found.annotate(first=Min("due_at")))


def _company(account: Account, due: Mapping[str, datetime]) -> Step:
    found = Qualification.objects.for_account(account).order_by("-version", "-id")
    states = list(found.values_list("state", flat=True)[:20])
    first = states[0] if states else ""
    state = QualificationState.APPROVED.value if QualificationState.APPROVED in states else first
    return Step(
        "qualification", _("Your company"), _COMPANY[state], _progress(state), "qualification",
        due.get("qualification"),
    )  # fmt: skip


def _content(
    kind: str, title: Sentence, text: Sentence, states: set[str], due: Mapping[str, datetime]
) -> Step:
    """The farthest of them counts."""
    state = next((one for one in _CONTENT if one in states), "")
    said = _CONTENT.get(state, text)
    return Step(kind, title, said, _progress(state), f"{kind}-list", due.get(kind))


def _progress(state: str) -> str:
    return {"approved": DONE, "in_review": WAITING}.get(state, TODO)


def _states(model: type[Signature] | type[Template], account: Account) -> set[str]:
    return set(model.objects.for_account(account).order_by().values_list("state", flat=True))


def _balance(has_balance: bool) -> Step:
    text = _("There is something to send with.") if has_balance else _("Top up, or buy a package.")
    return Step("balance", _("Balance"), text, DONE if has_balance else TODO, "wallet")


def _key(account: Account, now: datetime) -> Step:
    usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    has_key = ApiKey.objects.for_account(account).filter(usable).exists()
    text = _("You have one.") if has_key else _("It opens the API; we show it once.")
    return Step("key", _("An API key"), text, DONE if has_key else TODO, "api-key-list")
