"""Which trades a text or a company's name speaks of, and whether they may send.

A trade is known by words, so this is a suspicion: it is shown to the reviewer, and refuses by
itself only where the staff say so.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from accounts.models import Qualification, QualificationDocument, Trade
from accounts.states import DocumentState
from smsplatform.core.text.wordfinder import Finder


@dataclass(frozen=True, slots=True)
class Suspicion:
    """`words` are those by which the trade is known here; none where a word list's sector is."""

    trade: Trade
    words: tuple[str, ...]

    @property
    def is_prohibited(self) -> bool:
        return self.trade.ban == Trade.Ban.EVERYTHING


def suspect(texts: Iterable[str], *, sectors: Collection[str] = ()) -> list[Suspicion]:
    """One query. `sectors` are those of the word lists that the texts were found by."""
    trades = list(Trade.objects.filter(is_active=True).order_by("id"))
    known_by = [(word, trade.pk) for trade in trades for word in trade.words]
    found: dict[int, list[str]] = {}
    finder = Finder(word for word, _trade in known_by)
    for text in texts:
        for place in finder.find(text):
            word, trade_id = known_by[place.number]
            found.setdefault(trade_id, []).append(word)
    return [
        Suspicion(trade, tuple(dict.fromkeys(found.get(trade.pk, ()))))
        for trade in trades
        if trade.pk in found or (trade.sector and trade.sector in sectors)
    ]


def permits(account_id: int) -> frozenset[str]:
    """What the approved papers of the account, or of whom it acts for, hold."""
    papers = QualificationDocument.objects.filter(
        qualification__in=Qualification.objects.for_account(account_id).in_force(),
        document__state=DocumentState.CLEAN,
    )
    return frozenset(papers.values_list("purpose", flat=True))


def company_names(account_id: int) -> Sequence[str]:
    """As far as they were approved."""
    mine = Qualification.objects.for_account(account_id).in_force()
    return list(mine.values_list("name", flat=True))
