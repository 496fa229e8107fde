"""How operators work: until when they answer, how many they take at once, how they say it."""

from datetime import datetime

from smsplatform.core.review import hours, waiting
from templates_app.models import FilingTerms, FilingWord, SignatureFiling
from templates_app.states import FilingState

_Operator = SignatureFiling.Operator
# Of working days; they announce between 5 and 15. Staff correct it at their desk.
_ANSWER_DAYS = {
    _Operator.MOBILE: 15,
    _Operator.UNICOM: 10,
    _Operator.TELECOM: 10,
    _Operator.BROADNET: 15,
}
_WORDS = {
    FilingState.FILING: "报备中 处理中 审核中 submitted pending",
    FilingState.FILED_UNVERIFIED: "已报备待验证 待验证 unverified",
    FilingState.FILED: "通过 已通过 审核通过 成功 报备成功 已报备 passed success approved filed",
    FilingState.FAILED: (
        "不通过 未通过 审核不通过 失败 报备失败 驳回 拒绝 failed rejected refused"
    ),
    FilingState.LAPSED: "失效 已失效 lapsed expired",
}


def of(operator: str) -> FilingTerms:
    """As staff have set them; else as the table begins."""
    return FilingTerms.objects.filter(operator=operator).first() or FilingTerms(operator=operator)


def due(*, now: datetime) -> dict[str, datetime]:
    """By operator: when it should have answered what it is handed now, in working days of our
    staff's calendar."""
    calendar = waiting.calendar(now)
    kept = {terms.operator: terms for terms in FilingTerms.objects.all()}
    return {
        operator: hours.add_working_days(
            now, kept.get(operator, FilingTerms(operator=operator)).answer_days, calendar
        )
        for operator in _Operator.values
    }


def install() -> None:
    """Of each operator that has none yet; words where there are none at all."""
    FilingTerms.objects.bulk_create(
        [
            FilingTerms(operator=operator, answer_days=days)
            for operator, days in _ANSWER_DAYS.items()
        ],
        ignore_conflicts=True,
    )
    if not FilingWord.objects.exists():
        FilingWord.objects.bulk_create(
            FilingWord(word=word, state=state)
            for state, words in _WORDS.items()
            for word in words.split()
        )
