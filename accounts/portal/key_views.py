"""API keys in the portal: listed, made and shown once, rotated, revoked."""

from typing import Any

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import queries
from accounts.models import ApiKey
from accounts.portal.key_forms import KeyForm
from accounts.services import issuing, permissions
from accounts.services.permissions import Permission
from smsplatform.components import Column, Empty, Question, Table
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.listing import Sorting, cut
from smsplatform.portal import AskingView, MemberView, blame

_NEWEST = Sorting("created_at", is_down=True)


class KeyList(MemberView):
    permission = Permission.KEYS_MANAGE
    page = "accounts/keys/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = queries.api_keys(account=self.member.account)
        listing = cut(found, sorting=_NEWEST, cursor=request.GET.get("cursor"))
        now = clock.now()
        rows = [{"key": key, "state": _state(key, now)} for key in listing.rows]
        return self.show(table=_table(rows, listing.next_cursor))


class KeyNew(MemberView):
    permission = Permission.KEYS_MANAGE
    is_sensitive = True
    page = "accounts/keys/new.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=self._form())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form, now = self._form(request.POST), clock.now()
        if not form.is_valid():
            return self.show(form=form)
        try:
            key, text = issuing.issue(
                project=form.cleaned_data["project"],
                wish=form.wish(now),
                by=self.member.membership,
                now=now,
            )
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form=form)
        self.page = "accounts/keys/shown.html"
        return self.show(key=key, text=text)

    def _form(self, data: Any = None) -> KeyForm:
        return KeyForm(
            data,
            projects=queries.projects(account=self.member.account),
            scopes=permissions.grantable(self.member.membership.role),
        )


class KeyView(AskingView):
    permission = Permission.KEYS_MANAGE
    is_sensitive = True

    def find(self, prefix: str) -> ApiKey:
        found = queries.api_keys(account=self.member.account).filter(prefix=prefix)
        key: ApiKey | None = found.first()
        if key is None:
            raise Http404
        return key


class KeyRotate(KeyView):
    def get(self, _request: HttpRequest, prefix: str) -> HttpResponse:
        self.find(prefix)
        return self.ask(
            Question(
                title=_("Make a second key like this one?"),
                text=_(
                    "Both can be used until you revoke the first. Change your programs over, and"
                    " revoke it when the list says that it is used no more."
                ),
                action=_("Make the second key"),
                back=reverse("api-key-list"),
                is_danger=False,
            )
        )

    def post(self, request: HttpRequest, prefix: str) -> HttpResponseBase:
        try:
            key, text = issuing.rotate(
                key=self.find(prefix), by=self.member.membership, now=clock.now()
            )
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
            return redirect("api-key-list")
        self.page, self.part = "accounts/keys/shown.html", ""
        return self.show(key=key, text=text)


class KeyRevoke(KeyView):
    def get(self, _request: HttpRequest, prefix: str) -> HttpResponse:
        self.find(prefix)
        return self.ask(
            Question(
                title=_("Revoke this key?"),
                text=_(
                    "Whatever uses it is refused within a second. This cannot be undone."
                    " Messages that were accepted are still sent."
                ),
                action=_("Revoke this key"),
                back=reverse("api-key-list"),
            )
        )

    def post(self, request: HttpRequest, prefix: str) -> HttpResponseBase:
        issuing.revoke(key=self.find(prefix), by=self.member.membership, now=clock.now())
        flashes.success(request, _("The key is revoked."))
        return redirect("api-key-list")


def _state(key: ApiKey, now: Any) -> tuple[str, str]:
    """Its word, and what is read."""
    if key.revoked_at:
        return "revoked", _("revoked")
    if key.expires_at and key.expires_at <= now:
        return "expired", _("expired")
    return "active", _("in use")


def _table(rows: list[dict[str, Any]], next_cursor: str) -> Table:
    return Table(
        caption=_("API keys"),
        columns=(
            Column(_("Name")),
            Column(_("What it may do")),
            Column(_("Last used")),
            Column(_("Expires")),
            Column(""),
        ),
        rows=rows,
        row_template="accounts/keys/row.html",
        empty=Empty(
            _("No API keys yet"),
            _("A key lets your programs send messages and read what became of them."),
            reverse("api-key-new"),
            _("Make a key"),
        ),
        next_cursor=next_cursor,
    )
