"""The staff desk of what may be said. Decisions are made by review, not by a form."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from smsplatform.core import clock
from smsplatform.core.admin import Audited, ReadOnly
from smsplatform.core.errors import DomainError
from templates_app.models import (
    BoundItem,
    OptOutTail,
    SenderID,
    SenderRule,
    Signature,
    SignatureFiling,
    Template,
    TemplateVersion,
    WordList,
    WordListVersion,
)
from templates_app.services import senders, standing, words
from templates_app.states import ReviewState

_MOST_TRIED = 500


class Shown(admin.TabularInline):  # type: ignore[type-arg]
    """Rows beside their owner, for reading."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class FilingsShown(Shown):
    model = SignatureFiling
    fields = ("operator", "state", "reason", "filed_at", "last_sent_at", "lapses_at")


class VersionsShown(Shown):
    model = TemplateVersion
    fields = ("number", "body", "state", "submitted_at", "decided_at", "created_by")
    ordering = ("-number",)


class WordsShown(Shown):
    model = WordListVersion
    fields = ("number", "words", "created_by", "created_at")
    ordering = ("-number",)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "cols": 60})
    )


class Standing(ReadOnly):
    """What was approved can be suspended for a reason, and resumed."""

    change_form_template = "templates_app/standing.html"

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("core.change_item"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.stand)
        name = f"templates_app_{self.opts.model_name}_stand"
        return [path("<int:pk>/stand/", view, name=name), *super().get_urls()]

    def stand(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for a reason, and tells the customer; what is suspended is resumed."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        subject = self.get_object(request, str(pk))
        if subject is None:
            raise Http404
        is_suspended = subject.state == ReviewState.SUSPENDED
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and (is_suspended or form.is_valid()):
            self._move(request, subject, form, is_suspended)
            return redirect(f"admin:templates_app_{self.opts.model_name}_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": subject,
            "opts": self.opts,
            "form": None if is_suspended else form,
        }
        return render(request, "templates_app/stand.html", context)

    def _move(self, request: HttpRequest, subject: Any, form: Any, is_suspended: bool) -> None:
        act: dict[str, Any] = {"by": f"user:{request.user.pk}", "now": clock.now()}
        try:
            if is_suspended:
                standing.resume(subject=subject, **act)
            else:
                standing.suspend(subject=subject, reason=form.cleaned_data["reason"], **act)
        except DomainError as refusal:
            messages.error(request, refusal.sentence())
        else:
            messages.success(request, f"{subject}: {subject.get_state_display()}")


@admin.register(Signature)
class SignatureAdmin(Standing):
    list_display = ("text", "account", "market", "source", "state", "created_at", "decided_at")
    list_filter = ("state", "market", "source")
    list_select_related = ("account",)
    exact_search = ("account_id", "text")
    ordering = ("-id",)
    inlines = (FilingsShown,)


@admin.register(Template)
class TemplateAdmin(Standing):
    list_display = ("code", "name", "account", "message_class", "state", "version", "created_at")
    list_filter = ("state", "message_class", "market")
    list_select_related = ("account",)
    exact_search = ("account_id", "code")
    ordering = ("-id",)
    inlines = (VersionsShown,)


@admin.register(BoundItem)
class BoundItemAdmin(ReadOnly):
    """Who is behind a link or a number, whoever names it."""

    list_display = ("value", "kind", "owner", "icp_number", "version")
    list_filter = ("kind",)
    list_select_related = ("version__template",)
    exact_search = ("value",)
    ordering = ("-id",)


@admin.register(OptOutTail)
class OptOutTailAdmin(Audited):
    list_display = ("text", "message_class", "country", "is_last", "is_active")
    list_filter = ("message_class", "is_active")
    ordering = ("country", "message_class")


@admin.register(SenderRule)
class SenderRuleAdmin(Audited):
    list_display = (
        "__str__", "takes_names", "takes_numbers", "takes_short_codes", "must_register", "note",
    )  # fmt: skip
    list_filter = ("must_register", "takes_names")
    ordering = ("country",)


class SenderIDForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SenderID
        fields = ("signature", "country", "address", "is_active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "address" in cleaned and "country" in cleaned:
            try:
                senders.check(address=cleaned["address"], country=cleaned["country"])
            except DomainError as refusal:
                self.add_error("address", refusal.sentence())
        return cleaned


@admin.register(SenderID)
class SenderIDAdmin(Audited):
    """Written down when the country's registry has taken it."""

    form = SenderIDForm
    list_display = ("address", "country", "signature", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("signature",)
    raw_id_fields = ("signature",)
    ordering = ("-id",)


class WordListForm(forms.ModelForm):  # type: ignore[type-arg]
    words = forms.CharField(
        label=capfirst(_("words")),
        help_text=_("One a line. However they are written, they are found."),
        widget=forms.Textarea(attrs={"rows": 20, "cols": 40}),
        required=False,
    )

    class Meta:
        model = WordList
        fields = ("name", "level", "sector", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["words"].initial = "\n".join(words.current(self.instance))

    def clean_words(self) -> list[str]:
        try:
            return words.cleaned(self.cleaned_data["words"].splitlines())
        except DomainError as error:
            raise ValidationError(error.sentence()) from error


class TrialForm(forms.Form):
    words = forms.CharField(
        label=_("Words"), widget=forms.Textarea(attrs={"rows": 8, "cols": 40}), required=False
    )

    clean_words = WordListForm.clean_words


@admin.register(WordList)
class WordListAdmin(Audited):
    """Every save that changes the words makes a version; the earlier ones stay to be read."""

    form = WordListForm
    list_display = ("name", "level", "sector", "is_active")
    list_filter = ("level", "is_active")
    inlines = (WordsShown,)
    change_form_template = "templates_app/word_list.html"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        by: Any = request.user
        words.revise(word_list=obj, words=form.cleaned_data["words"], by=by, now=clock.now())

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.try_out)
        return [path("try/", view, name="templates_app_wordlist_try"), *super().get_urls()]

    def try_out(self, request: HttpRequest) -> HttpResponse:
        """What the words would have caught; nothing is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TrialForm(request.POST or None, initial={"words": _words_of(request)})
        caught = None
        if form.is_valid():
            caught = words.try_out(words=form.cleaned_data["words"], last=_MOST_TRIED)
        context = {
            **self.admin_site.each_context(request),
            "title": _("What would these words have caught?"),
            "opts": self.opts,
            "form": form,
            "caught": caught,
            "most": _MOST_TRIED,
        }
        return render(request, "templates_app/try_words.html", context)


def _words_of(request: HttpRequest) -> str:
    number = request.GET.get("list", "")
    chosen = WordList.objects.filter(pk=number).first() if number.isdecimal() else None
    return "\n".join(words.current(chosen)) if chosen else ""
