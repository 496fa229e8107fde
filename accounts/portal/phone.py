"""Pages on which somebody shows that they hold a number, and a person's own phone."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages as flashes
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.models import PhoneCode, User
from accounts.services import phone_codes, phones
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.core.text import numbers
from smsplatform.portal import Member, blame

_NOT_A_NUMBER = _("This is not a mobile number; write it like +86 138 0013 8000.")


class NumberForm(forms.Form):
    """`cleaned_data["number"]` is E.164; numbers without a country code are of `region`."""

    number = forms.CharField(
        label=_("Mobile number"),
        max_length=numbers.LONGEST_INPUT,
        help_text=_("A code goes there by SMS, which you enter on the next page."),
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, data: Any = None, *, region: str, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        self._region = region

    def clean_number(self) -> str:
        return e164(self.cleaned_data["number"], region=self._region)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")


def e164(text: str, *, region: str) -> str:
    """Raises a form's ValidationError."""
    try:
        return numbers.parse(text, region=region).e164
    except numbers.NumberError as error:
        raise forms.ValidationError(_NOT_A_NUMBER) from error


class CodePage(View):
    """Where a code is entered. Whose page it is says which number, what its code proves, and where
    to go from there."""

    page = "accounts/phones/code.html"
    purpose = ""

    @property
    def asker(self) -> str:
        assert isinstance(self.request.user, User)  # noqa: S101 - both kinds of page ask for it
        return f"user:{self.request.user.pk}"

    def pending(self) -> PhoneCode | None:
        return phone_codes.pending(purpose=self.purpose, by=self.asker, now=clock.now())

    def ask(self, number: str) -> None:
        """Raises DomainError."""
        phone_codes.ask(
            number=number,
            purpose=self.purpose,
            by=self.asker,
            language=get_language() or "en",
            now=clock.now(),
        )

    def ask_again(self, number: str) -> None:
        try:
            self.ask(number)
        except DomainError as refusal:
            flashes.error(self.request, refusal.sentence())
        else:
            flashes.success(self.request, _("A code is on its way."))

    def is_proved(self, form: CodeForm, **what: Any) -> bool:
        """Else the form says why not."""
        if not form.is_valid():
            return False
        try:
            self.prove(code=form.cleaned_data["code"], **what)
        except DomainError as refusal:
            blame(form, refusal)
            return False
        return True

    def prove(self, *, code: str, **what: Any) -> None:
        raise NotImplementedError


class OwnPhone(LoginRequiredMixin, CodePage):
    """For everybody who signs in, also for staff without an account."""

    purpose = PhoneCode.Purpose.PERSON.value

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101 - LoginRequiredMixin saw to it
        return self.request.user

    def show(self, **context: Any) -> HttpResponse:
        return render(self.request, self.page, {"member": Member.of(self.request), **context})


@method_decorator(reauthentication_required, name="dispatch")
class PhoneNumber(OwnPhone):
    """Asks for the password: whoever finds an open browser must not move the phone."""

    page = "accounts/phones/number.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=self._form())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if "remove" in request.POST:
            phones.remove(user=self.user, now=clock.now())
            flashes.success(request, _("Your phone is removed."))
            return redirect("security")
        form = self._form(request.POST)
        if not form.is_valid():
            return self.show(form=form)
        try:
            self.ask(form.cleaned_data["number"])
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form=form)
        return redirect("phone-code")

    def _form(self, data: Any = None) -> NumberForm:
        member = Member.of(self.request)
        region = member.account.country if member else "CN"
        return NumberForm(data, region=region, initial={"number": self.user.phone})


class PhoneCodeEntry(OwnPhone):
    def get(self, _request: HttpRequest) -> HttpResponseBase:
        return self._page(CodeForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        sent = self.pending()
        if sent is None:
            return self._over()
        if "again" in request.POST:
            self.ask_again(sent.number)
            return redirect("phone-code")
        form = CodeForm(request.POST)
        if not self.is_proved(form, number=sent.number):
            return self._page(form)
        flashes.success(request, _("Your phone is proved."))
        return redirect("security")

    def prove(self, *, code: str, **what: Any) -> None:
        phones.confirm(user=self.user, code=code, now=clock.now(), **what)

    def _page(self, form: CodeForm) -> HttpResponseBase:
        sent = self.pending()
        if sent is None:
            return self._over()
        return self.show(
            form=form,
            sent=sent,
            number=sent.number,
            above=_("Security"),
            above_href=reverse("security"),
        )

    def _over(self) -> HttpResponseBase:
        flashes.error(self.request, phone_codes.CodeWrong().sentence())
        return redirect("phone")
