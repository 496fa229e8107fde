"""What a reviewer is shown of messages: their words, not their recipients."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Account
from messaging.models import Hold, Message, MessageText, Sample
from smsplatform.core import ids
from smsplatform.core.review import Item, Page
from templates_app.models import MessageClass, Signature, Template
from templates_app.services import rendering, words

# Of a request: so many of its messages are looked at, for so many different texts.
_LOOKED_AT = 500
_TEXTS = 20
_NUMBERS = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """`is_hit`: a listed word, or what stands in a variable."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Said:
    pieces: Sequence[Piece]
    times: int

    @property
    def is_hit(self) -> bool:
        return any(piece.is_hit for piece in self.pieces)


def held_page(item: Item) -> Page:
    """Of the first request, and how many say the same. Its texts are gone before the review is."""
    holds = list(Hold.objects.filter(review_id=item.target_id).order_by("id"))
    first = holds[0]
    found = _messages(first)
    texts = _texts(found)
    context = {
        **_subject(found[0] if found else None),
        "account": Account.objects.get(pk=item.account_id),
        "requests": len(holds),
        "message_count": sum(hold.count for hold in holds),
        "valid_until": min(hold.valid_until for hold in holds),
        "words": list(dict.fromkeys(word for hold in holds for word in hold.words)),
        "texts": texts[:_TEXTS],
        "more_texts": max(0, len(texts) - _TEXTS),
        "numbers": [message.number for message in found[:_NUMBERS]],
    }
    return Page("messaging/review_message.html", context)


def sample_page(item: Item) -> Page:
    """Beside what was approved; what the customer wrote themselves is marked."""
    sample = Sample.objects.select_related("account").get(pk=item.target_id)
    message = Message.objects.filter(id=sample.message_id).first()
    subject = _subject(message)
    text = MessageText.objects.filter(message_id=sample.message_id).first()
    context = {
        **subject,
        "account": sample.account,
        "texts": [Said(_own(text.text, sample, subject.get("template")), 1)] if text else [],
        "sent_at": ids.instant_of(sample.message_id),
    }
    return Page("messaging/review_sample.html", context)


def _own(text: str, sample: Sample, template: Template | None) -> Sequence[Piece]:
    """A code that may still open something is shown to nobody."""
    if sample.message_class == MessageClass.VERIFICATION:
        text = _CODE.sub(lambda code: "•" * len(code[0]), text)
    return values(text, template.body) if template else pieces(text)


_CODE = re.compile(r"[0-9]{4,}")


def values(text: str, body: str) -> list[Piece]:
    """A text cut at what stands between the fixed words of its template."""
    first, *between = rendering.PLACEHOLDER.split(body)[0::2]
    start = text.find(first)
    if start < 0 or not between:
        return pieces(text)
    place = start + len(first)
    found = [Piece(text[:place], False)]
    # Between two variables without a word in between nobody can tell.
    for words_after in [*filter(None, between[:-1]), between[-1]]:
        start = text.find(words_after, place) if words_after else len(text)
        if start < 0:
            return pieces(text)
        found += [Piece(text[place:start], True), Piece(words_after, False)]
        place = start + len(words_after)
    return [piece for piece in [*found, Piece(text[place:], False)] if piece.text]


def pieces(text: str) -> list[Piece]:
    """A text cut at its listed words."""
    found, place = [], 0
    for hit in words.match([text])[0]:
        if hit.start < place:
            continue
        found += [Piece(text[place : hit.start], False), Piece(text[hit.start : hit.end], True)]
        place = hit.end
    return [piece for piece in [*found, Piece(text[place:], False)] if piece.text]


def _messages(hold: Hold) -> list[Message]:
    """Also after the decision."""
    found = Message.objects.filter(
        batch_id=hold.batch_id, id__gte=hold.first_id, id__lte=hold.last_id
    )
    return list(found.order_by("id")[:_LOOKED_AT])


def _texts(messages: Sequence[Message]) -> list[Said]:
    """Those with listed words first, then what is said most often."""
    kept = MessageText.objects.filter(message_id__among=[message.id for message in messages])
    counted = Counter(kept.values_list("text", flat=True))
    said = [Said(pieces(text), times) for text, times in counted.items()]
    return sorted(said, key=lambda one: (not one.is_hit, -one.times))


def _subject(message: Message | None) -> dict[str, Any]:
    """What the message is said to be, and by what it was approved."""
    if message is None:
        return {}
    return {
        "message": message,
        "template": Template.objects.filter(pk=message.template_id or 0).first(),
        "signature": Signature.objects.filter(pk=message.signature_id or 0).first(),
    }
