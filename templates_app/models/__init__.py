"""What may be said: signatures and templates with typed variables, and words nobody may say."""

from templates_app.models.choices import FilingReason, Market, MessageClass
from templates_app.models.filing import (
    FilingImport,
    FilingLine,
    FilingPack,
    FilingTerms,
    FilingWord,
)
from templates_app.models.senders import SenderID, SenderRule
from templates_app.models.signature import (
    FilingQuerySet,
    ReviewQuerySet,
    Signature,
    SignatureFiling,
)
from templates_app.models.tails import OptOutTail
from templates_app.models.template import BoundItem, Template, TemplateVersion, VersionQuerySet
from templates_app.models.words import WordList, WordListVersion

__all__ = [
    "BoundItem",
    "FilingImport",
    "FilingLine",
    "FilingPack",
    "FilingQuerySet",
    "FilingReason",
    "FilingTerms",
    "FilingWord",
    "Market",
    "MessageClass",
    "OptOutTail",
    "ReviewQuerySet",
    "SenderID",
    "SenderRule",
    "Signature",
    "SignatureFiling",
    "Template",
    "TemplateVersion",
    "VersionQuerySet",
    "WordList",
    "WordListVersion",
]
