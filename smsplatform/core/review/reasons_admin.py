"""How the staff word what reviewers say: all reasons of all kinds, and the staff's own."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from smsplatform.core.admin import Audited
from smsplatform.core.review import registry
from smsplatform.core.review.models import ReviewReason
from smsplatform.core.review.reasons import as_worded, standard_of

_TEXTS = ("sentence_en", "fix_en", "sentence_zh", "fix_zh")


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    kind = forms.ChoiceField(label=_("Kind"))

    class Meta:
        model = ReviewReason
        fields = ("kind", "code", "field", *_TEXTS, "place", "is_active")
        widgets = {name: forms.Textarea(attrs={"rows": 2, "cols": 70}) for name in _TEXTS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        kinds.choices = [(kind.name, kind.label) for kind in registry.kinds()]
        self.fields["field"].help_text = _("By its name in the customer's form; empty for none.")

    def clean(self) -> dict[str, Any]:
        """A reason of the staff's own is worded by nobody else."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        kind, code = said.get("kind"), said.get("code")
        if kind and code and not standard_of(kind, code):
            for name in ("sentence_en", "sentence_zh"):
                if not said.get(name):
                    self.add_error(name, _("Say it in both languages: customers read theirs."))
        return said


@admin.register(ReviewReason)
class ReviewReasonAdmin(Audited):
    """Never deleted, only put away: customers were told it by its code."""

    form = ReasonForm
    list_display = ("code", "kind_label", "field", "said", "is_active")
    list_filter = ("is_active",)
    ordering = ("kind", "place", "code")
    change_list_template = "admin/core/reviewreason/list.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever words a standard reason begins with its field."""
        asked = {name: request.GET.get(name, "") for name in ("kind", "code")}
        standard = standard_of(asked["kind"], asked["code"])
        return {**asked, "field": standard.field if standard else ""}

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, row: ReviewReason) -> Any:
        return next((kind.label for kind in registry.kinds() if kind.name == row.kind), row.kind)

    @admin.display(description=_("what the customer reads"))
    def said(self, row: ReviewReason) -> str:
        worded = as_worded(row)
        return f"{worded.sentence} {worded.fix}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        stored = set(ReviewReason.objects.values_list("kind", "code"))
        standard = [
            (kind, [reason for reason in kind.reasons if (kind.name, reason.code) not in stored])
            for kind in registry.kinds()
        ]
        return super().changelist_view(request, {"standard": standard, **(extra_context or {})})
