"""What the doors to signatures and templates share."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Account
from smsplatform.core.errors import NotFound
from smsplatform.listing import Listing, Sorting, cut
from templates_app import queries
from templates_app.models import Signature, Template
from templates_app.services import checking, packs
from templates_app.services.checking import Checked
from templates_app.services.drafting import TemplateFields
from templates_app.services.linting import Wording

NEWEST_FIRST = "-created_at"


def find_template(account: Account | int, public_id: UUID) -> Template:
    found = queries.template(account=account, public_id=public_id)
    if found is None:
        raise NotFound
    return found


def find_signature(account: Account | int, public_id: UUID) -> Signature:
    found = queries.signature(account=account, public_id=public_id)
    if found is None:
        raise NotFound
    return found


def page(
    rows: QuerySet[Any], *, state: str = "", cursor: str = "", limit: int = 50, sort: str = ""
) -> Listing:
    sorting = Sorting.read(sort, allowed=["created_at"], default=NEWEST_FIRST)
    found = rows.filter(state=state) if state else rows
    return cut(found, sorting=sorting, cursor=cursor, limit=limit)


def check(account: Account, fields: TemplateFields) -> Checked:
    """As the editor shows it while somebody types."""
    wording = Wording(
        message_class=fields.message_class,
        body=fields.body,
        variables=fields.variables,
        name=fields.name,
        bound=tuple(one.value for one in fields.bound),
    )
    return checking.check(
        wording=wording,
        market=fields.market or packs.market_of(account.country),
        signature=queries.a_signature(account),
        account_id=account.pk,
    )
