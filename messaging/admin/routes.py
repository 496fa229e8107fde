"""Routes and their steps, and the page that says which one a message would take."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from messaging.models import Route, RouteCarrier
from messaging.services import explaining
from messaging.services.explaining import OPERATORS, Explanation
from messaging.services.routing import MOST_STEPS
from smsplatform.core.admin import Audited
from smsplatform.core.errors import DomainError
from templates_app.models import MessageClass

MOST_WEIGHT = 1000


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    operator = forms.ChoiceField(
        label=capfirst(_("operator")),
        required=False,
        choices=[("", _("any")), *OPERATORS.items()],
        help_text=_("Told by a number's first digits, in mainland China only."),
    )

    class Meta:
        model = Route
        fields = (
            "name", "project", "operator", "country", "message_class", "priority", "prefers",
            "is_sandbox", "is_trial", "is_active",
        )  # fmt: skip
        help_texts = {
            "country": _("Two letters such as CN; empty means any."),
            "priority": _("Among routes that fit as well the higher wins."),
            "is_sandbox": _(
                "For sandbox keys and accounts that are not live yet, and for them only: its"
                " carriers must reach no phone."
            ),
            "is_trial": _(
                "For codes and notices of accounts that are not live yet to their own proved"
                " numbers, free of charge: its carriers reach these phones. Without such a route"
                " they go where the sandbox goes."
            ),
        }

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise forms.ValidationError(_("Write two letters, such as CN."))
        return country

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("operator") and cleaned.get("country") not in ("", "CN", None):
            self.add_error("operator", _("Operators are told apart in mainland China only."))
        if cleaned.get("is_trial"):
            cleaned["is_sandbox"] = True
        return cleaned


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    position = forms.IntegerField(
        label=_("order"),
        widget=AdminIntegerFieldWidget,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_STEPS - 1)],
        help_text=_("Messages wait at this place: changing it moves what waits to others."),
    )
    weight = forms.IntegerField(
        label=_("weight"),
        initial=1,
        widget=AdminIntegerFieldWidget,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_WEIGHT)],
        help_text=_("Its share among carriers of the same priority."),
    )
    cost_micros = forms.IntegerField(
        label=_("cost, micros"),
        required=False,
        widget=AdminIntegerFieldWidget,
        validators=[MinValueValidator(0)],
        help_text=_("For one part."),
    )

    class Meta:
        model = RouteCarrier
        fields = ("carrier", "position", "priority", "weight", "cost_micros")
        help_texts = {"priority": _("The lowest number comes first.")}


class StepFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows are saved one by one, and the database lets no two share a place or a carrier, not even
    for a moment."""

    def clean(self) -> None:
        super().clean()
        for name, attribute in (("position", "position"), ("carrier", "carrier_id")):
            holders = {form.initial[name]: form for form in self.initial_forms}
            for form in self.initial_forms:
                wanted = getattr(form.instance, attribute)
                if form.is_valid() and holders.get(wanted, form) is not form:
                    form.add_error(
                        name, _("Another row has it until it is saved: change one after the other.")
                    )


class StepInline(admin.TabularInline):  # type: ignore[type-arg]
    model = RouteCarrier
    form = StepForm
    formset = StepFormSet
    ordering = ("priority", "position")
    extra = 1
    max_num = MOST_STEPS


class QuestionForm(forms.Form):
    """What would be sent, to whom and by whom; `explanation` once it is valid."""

    to = forms.CharField(label=_("number"), max_length=40)
    account = forms.CharField(
        label=_("account"), max_length=150, help_text=_("Its number or its whole name.")
    )
    project = forms.CharField(
        label=_("project"), max_length=80, required=False, help_text=_("Empty: its oldest.")
    )
    template = forms.CharField(
        label=_("template"), max_length=40, required=False, help_text=_("Its code, or a class.")
    )
    message_class = forms.ChoiceField(
        label=_("class"), required=False, choices=[("", "–"), *MessageClass.choices]
    )
    explanation: Explanation | None = None

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or self.cleaned_data
        if self.errors:
            return asked
        try:
            account = explaining.account_called(asked["account"])
            self.explanation = explaining.explain(**{**asked, "account": account})
        except DomainError as error:
            for problem in error.errors:
                self.add_error(problem.field, problem.sentence())
        return asked


@admin.register(Route)
class RouteAdmin(Audited):
    form = RouteForm
    list_display = (
        "name", "project", "operator_name", "country", "message_class", "priority", "prefers",
        "is_sandbox", "is_trial", "is_active",
    )  # fmt: skip
    list_select_related = ("project",)
    raw_id_fields = ("project",)
    inlines = (StepInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("operator"), ordering="operator")
    def operator_name(self, route: Route) -> Any:
        return OPERATORS.get(route.operator, route.operator)

    def get_urls(self) -> list[Any]:
        page = self.admin_site.admin_view(self.explain)
        return [path("explain/", page, name="messaging_route_explain"), *super().get_urls()]

    def explain(self, request: HttpRequest) -> HttpResponse:
        """Asked by POST: a recipient's number belongs into no address and no log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = QuestionForm(request.POST or None)
        form.is_valid()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Which route wins, and why"),
            "opts": self.opts,
            "form": form,
            "explanation": form.explanation,
        }
        return TemplateResponse(request, "admin/messaging/route/explain.html", context)
