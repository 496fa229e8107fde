"""A request without the recipients whose numbers are at a cap."""

from datetime import datetime

from messaging.services.frequency import Counters, FrequencyCapped
from messaging.services.planning import Plan
from smsplatform.core.errors import DomainError, Invalid, Problem


def admit(plan: Plan, counters: Counters, now: datetime) -> Plan:
    """Counts those it lets through. Raises where it lets none through."""
    account_id = plan.batch.account_id
    judged = {draft.index: counters.admit(account_id, draft) for draft in plan.validated.drafts}
    refused = {index: problem for index, problem in judged.items() if problem is not None}
    if len(refused) == len(judged):
        raise _refusal(plan, refused, now)
    return plan.without(refused) if refused else plan


def _refusal(plan: Plan, refused: dict[int, Problem], now: datetime) -> DomainError:
    errors = plan.validated.without(refused).errors()
    if plan.validated.rejected:
        return Invalid(errors=errors)
    first = min(datetime.fromisoformat(problem.facts["retry_at"]) for problem in refused.values())
    seconds = max(1, round((first - now).total_seconds()))
    return FrequencyCapped(errors=errors, headers={"Retry-After": str(seconds)})
