"""What trades may not send: everything, or all but verification codes without their permit."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.services import trades
from accounts.services.trades import Suspicion
from templates_app.models import MessageClass
from templates_app.services import rendering
from templates_app.services.findings import Finding
from templates_app.services.linting import Wording
from templates_app.services.packs import Level
from templates_app.services.words import Hit

PROHIBITED, WITHOUT_PERMIT = "trade_prohibited", "trade_without_permit"
_PROHIBITED = _("This looks like {trade}, and messages of that trade may not be sent.")
_WITHOUT_PERMIT = _(
    "This looks like {trade}: add the {permit} to the company's papers and have it approved; until"
    " then only verification codes may be sent."
)


def check(*, wording: Wording, hits: Sequence[Hit], account_id: int) -> list[Finding]:
    """By what the text says, and by what the company is called; the latter refuses nothing."""
    sectors = {hit.sector for hit in hits if hit.sector}
    said = trades.suspect([rendering.without_variables(wording.body)], sectors=sectors)
    known = {one.trade.pk for one in said}
    called = trades.suspect(trades.company_names(account_id))
    others = [one for one in called if one.trade.pk not in known]
    if not said and not others:
        return []
    held = trades.permits(account_id)
    found = [(one, _level(one)) for one in said] + [(one, Level.WARNING) for one in others]
    return [_finding(one, level) for one, level in found if _may_not(one, wording, held)]


def is_suspicious(findings: Sequence[Finding]) -> bool:
    return any(finding.code in (PROHIBITED, WITHOUT_PERMIT) for finding in findings)


def _level(one: Suspicion) -> Level:
    return Level.ERROR if one.trade.is_refused_at_once else Level.WARNING


def _may_not(one: Suspicion, wording: Wording, held: frozenset[str]) -> bool:
    if one.is_prohibited:
        return True
    is_code = wording.message_class == MessageClass.VERIFICATION
    return not is_code and one.trade.permit not in held


def _finding(one: Suspicion, level: Level) -> Finding:
    trade = f"{one.trade} ({', '.join(one.words)})" if one.words else str(one.trade)
    if one.is_prohibited:
        return Finding(level, PROHIBITED, _PROHIBITED, facts={"trade": trade})
    facts = {"trade": trade, "permit": one.trade.get_permit_display()}
    return Finding(level, WITHOUT_PERMIT, _WITHOUT_PERMIT, facts=facts)
