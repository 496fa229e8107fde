"""Templates: the list, one with its versions, and the editor."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services.permissions import Permission
from smsplatform.components import Column, Empty, Table
from smsplatform.core.errors import DomainError, NotFound
from smsplatform.core.review import Told, told
from smsplatform.listing import Sorting
from smsplatform.portal import blame
from templates_app import access, queries
from templates_app.models import Template, TemplateVersion
from templates_app.portal import editor
from templates_app.portal.editor import Editor
from templates_app.portal.forms import StateFilter
from templates_app.portal.views import RetireView, TextView, tell, waiting
from templates_app.services import checking, drafting, locales, review
from templates_app.services.variables import TYPES
from templates_app.states import ReviewState, VersionState

_OUT_OF_USE = (ReviewState.WITHDRAWN, ReviewState.SUSPENDED)


class TemplateView(TextView):
    def find(self, template_id: UUID) -> Template:
        return _find(self.member.account, template_id)

    def price_of(self, written: Editor) -> SafeString:
        said = written.fields
        size = written.checked.size if written.checked else None
        return self.price(said.message_class, said.market, size)


def _find(account: Account, template_id: UUID) -> Template:
    try:
        return access.find_template(account, template_id)
    except NotFound as missing:
        raise Http404 from missing


class TemplateList(TemplateView):
    page = "templates_app/template_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = StateFilter(request.GET, account=self.member.account)
        found = access.page(Template.objects.for_account(self.member.account), **form.asked())
        latest = queries.latest_versions(found.rows)
        may_write = self.may_write
        table = Table(
            caption=_("Templates"),
            columns=(
                Column(_("Name")),
                Column(_("Class")),
                Column(_("State")),
                Column(_("Created"), sort="created_at"),
            ),
            rows=[
                {
                    "template": one,
                    "latest": latest.get(one.pk),
                    "language": locales.name(one.locale),
                }
                for one in found.rows
            ],
            row_template="templates_app/parts/template_row.html",
            empty=Empty(
                _("No templates here"),
                _("A template is a text that was approved once and is sent as often as you like."),
                reverse("template-new") if may_write else "",
                _("Write a template"),
            ),
            sorting=Sorting.read(
                request.GET.get("sort"), allowed=["created_at"], default=access.NEWEST_FIRST
            ),
            next_cursor=found.next_cursor,
        )
        return self.show(form=form, table=table, may_write=may_write)


class TemplateDetail(TemplateView):
    page = "templates_app/template_detail.html"

    def get(self, request: HttpRequest, template_id: UUID) -> HttpResponse:
        template = self.find(template_id)
        versions = list(template.versions.order_by("-number"))
        shown = next((one for one in versions if one.state == VersionState.APPROVED), None)
        shown = shown or (versions[0] if versions else None)
        checked = self._checked(template, shown) if shown else None
        return self.show(
            template=template,
            versions=versions,
            reasons=_reasons(template, versions),
            variables=[
                (one["name"], TYPES[one["type"]].label if one["type"] in TYPES else one["type"])
                for one in template.variables
            ],
            size=checked.size if checked else None,
            price=self.price(
                template.message_class, template.market, checked.size if checked else None
            ),
            item=waiting(review.TEMPLATE, [one.pk for one in versions]),
            languages=[(one, locales.name(one.locale)) for one in queries.languages(template)],
            draft=next((one for one in versions if one.state == VersionState.DRAFT), None),
            is_editable=template.state not in _OUT_OF_USE,
            may_write=self.may_write,
        )

    def _checked(self, template: Template, version: TemplateVersion) -> checking.Checked:
        version.template = template
        return checking.check(
            wording=review.wording_of(version),
            market=template.market,
            signature=queries.a_signature(self.member.account),
        )


def _reasons(template: Template, versions: list[TemplateVersion]) -> list[Told]:
    """Why it is out of use, or why its latest version was not approved."""
    if template.state == ReviewState.SUSPENDED:
        return told(review.TEMPLATE, queries.suspension_reasons(template))
    is_rejected = bool(versions) and versions[0].state == VersionState.REJECTED
    return told(review.TEMPLATE, versions[0].reasons) if is_rejected else []


class TemplateEdit(TemplateView):
    """A new one, or the next version of one."""

    permission = Permission.CONTENT_EDIT
    page = "templates_app/template_edit.html"
    is_translation = False

    def get(self, request: HttpRequest, template_id: UUID | None = None) -> HttpResponse:
        template, version = self._latest(template_id)
        return self._show(self._written(template, version), template)

    def post(self, request: HttpRequest, template_id: UUID | None = None) -> HttpResponseBase:
        template, version = self._latest(template_id)
        written = self._written(template, version, request.POST)
        if not written.form.is_valid() or "check" in request.POST:
            return self._show(written, template)
        try:
            with transaction.atomic():
                kept = self._keep(written, template)
                if "submit" in request.POST:
                    review.submit_template(template=kept, **self.act)
        except DomainError as refusal:
            blame(written.form, refusal)
            return self._show(written, template)
        flashes.success(request, _("Kept.") if "submit" not in request.POST else _("Submitted."))
        return redirect("template-detail", kept.public_id)

    def _written(
        self, template: Template | None, version: TemplateVersion | None, data: Any = None
    ) -> Editor:
        return editor.of(
            self.member.account, template, version, data, is_translation=self.is_translation
        )

    def _keep(self, written: Editor, template: Template | None) -> Template:
        if template is None:
            account = self.member.account
            return drafting.create_template(account=account, fields=written.fields, **self.act)
        drafting.edit_template(template=template, fields=written.fields, **self.act)
        return template

    def _latest(self, template_id: UUID | None) -> tuple[Template | None, TemplateVersion | None]:
        if template_id is None:
            return None, None
        template = self.find(template_id)
        return template, queries.latest_versions([template]).get(template.pk)

    def _show(self, written: Editor, template: Template | None) -> HttpResponse:
        return self.show(
            editor=written,
            form=written.form,
            template=template,
            is_translation=self.is_translation,
            price=self.price_of(written),
        )


class TemplateTranslate(TemplateEdit):
    """The same template in one more language, with the words of its main one to begin with."""

    is_translation = True

    def _keep(self, written: Editor, template: Template | None) -> Template:
        assert template is not None  # noqa: S101 - its address names it
        fields = replace(written.fields, code=template.code)
        return drafting.create_template(account=self.member.account, fields=fields, **self.act)


class TemplatePreview(TemplateView):
    """What the rules say of a text while it is written; nothing is kept."""

    permission = Permission.CONTENT_EDIT
    page = "templates_app/parts/judgement.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        written = editor.of(self.member.account, None, None, request.POST)
        return self.show(editor=written, price=self.price_of(written))


class TemplateSubmit(TemplateView):
    permission = Permission.CONTENT_EDIT

    def post(self, request: HttpRequest, template_id: UUID) -> HttpResponseBase:
        template = self.find(template_id)
        try:
            review.submit_template(template=template, **self.act)
        except DomainError as refusal:
            tell(request, refusal)
        else:
            flashes.success(request, _("Submitted. We tell you when it is decided."))
        return redirect("template-detail", template_id)


class TemplateWithdraw(TemplateView):
    permission = Permission.CONTENT_EDIT

    def post(self, request: HttpRequest, template_id: UUID) -> HttpResponseBase:
        template = self.find(template_id)
        try:
            review.withdraw_template(template=template, **self.act)
        except DomainError as refusal:
            tell(request, refusal)
        else:
            flashes.success(request, _("Taken back; it is a draft again."))
        return redirect("template-detail", template_id)


class TemplateRetire(RetireView):
    def get(self, request: HttpRequest, template_id: UUID) -> HttpResponse:
        self._find(template_id)
        return self.question(reverse("template-detail", args=[template_id]))

    def post(self, request: HttpRequest, template_id: UUID) -> HttpResponseBase:
        self.retire(self._find(template_id))
        return redirect("template-detail", template_id)

    def _find(self, template_id: UUID) -> Template:
        return _find(self.member.account, template_id)
