"""Who acts for an account: listed, invited, given another role, removed; and how one leaves."""

from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import queries
from accounts.models import Invitation, Membership
from accounts.portal.member_forms import InvitationForm, RoleForm
from accounts.services import inviting, members, permissions
from accounts.services.permissions import Permission
from smsplatform.components import Column, Empty, Question, Table
from smsplatform.core import clock
from smsplatform.core.errors import DomainError
from smsplatform.portal import CHOSEN, AskingView, MemberView, blame


class MemberList(MemberView):
    permission = Permission.MEMBERS_MANAGE
    page = "accounts/members/list.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        account, now = self.member.account, clock.now()
        mine = permissions.appointable(self.member.membership.role)
        people = queries.everybody(account=account)
        waiting = list(queries.invitations(account=account))
        return self.show(
            table=_people([{"member": each, "may_change": each.role in mine} for each in people]),
            invitations=_waiting(
                [
                    {"invitation": one, "is_over": one.expires_at <= now, "may": one.role in mine}
                    for one in waiting
                ]
            )
            if waiting
            else None,
        )


class MemberInvite(MemberView):
    permission = Permission.MEMBERS_MANAGE
    is_sensitive = True
    page = "accounts/members/invite.html"

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.show(form=self._form())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = self._form(request.POST)
        if not form.is_valid():
            return self.show(form=form)
        try:
            invitation = inviting.invite(
                **form.cleaned_data, by=self.member.membership, now=clock.now()
            )
        except DomainError as refusal:
            blame(form, refusal)
            return self.show(form=form)
        flashes.success(request, _("An invitation is on its way to %s.") % invitation.email)
        return redirect("member-list")

    def _form(self, data: Any = None) -> InvitationForm:
        return InvitationForm(data, roles=permissions.appointable(self.member.membership.role))


class OfMember(AskingView):
    permission = Permission.MEMBERS_MANAGE
    is_sensitive = True

    def find(self, member_id: UUID) -> Membership:
        found = queries.member(account=self.member.account, public_id=member_id)
        if found is None:
            raise Http404
        return found


class MemberRole(OfMember):
    page = "accounts/members/role.html"
    part = ""

    def get(self, _request: HttpRequest, member_id: UUID) -> HttpResponse:
        person = self.find(member_id)
        return self.show(person=person, form=self._form(initial={"role": person.role}))

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponseBase:
        person, form = self.find(member_id), self._form(request.POST)
        if not form.is_valid():
            return self.show(person=person, form=form)
        try:
            members.change_role(
                member=person,
                role=form.cleaned_data["role"],
                by=self.member.membership,
                now=clock.now(),
            )
        except DomainError as refusal:
            form.add_error("role", refusal.sentence())
            return self.show(person=person, form=form)
        flashes.success(request, _("The role is changed, from the next page on."))
        return redirect("member-list")

    def _form(self, data: Any = None, **options: Any) -> RoleForm:
        mine = permissions.appointable(self.member.membership.role)
        return RoleForm(data, roles=mine, **options)


class MemberRemove(OfMember):
    def get(self, _request: HttpRequest, member_id: UUID) -> HttpResponse:
        person = self.find(member_id)
        return self.ask(
            Question(
                title=_("Remove %s?") % person.user.email,
                text=_(
                    "They see nothing of this account from their next page on. API keys that they"
                    " made go on: revoke those that they might have kept."
                ),
                action=_("Remove them"),
                back=reverse("member-list"),
            )
        )

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponseBase:
        person = self.find(member_id)
        try:
            members.remove(member=person, by=self.member.membership, now=clock.now())
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
        else:
            flashes.success(request, _("%s belongs to this account no more.") % person.user.email)
        return redirect("member-list")


class MemberLeave(AskingView):
    """Everybody may go, but for the last owner."""

    is_sensitive = True

    def get(self, _request: HttpRequest) -> HttpResponse:
        return self.ask(
            Question(
                title=_("Leave %s?") % self.member.account.name,
                text=_("You see nothing of it any more, until somebody invites you again."),
                action=_("Leave this account"),
                back=reverse("security"),
            )
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            members.leave(member=self.member.membership, now=clock.now())
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
            return redirect("security")
        request.session.pop(CHOSEN, None)
        flashes.success(request, _("You have left %s.") % self.member.account.name)
        return redirect("home")


class OfInvitation(AskingView):
    permission = Permission.MEMBERS_MANAGE
    is_sensitive = True

    def find(self, invitation_id: UUID) -> Invitation:
        rows = queries.invitations(account=self.member.account)
        found: Invitation | None = rows.filter(public_id=invitation_id).first()
        if found is None:
            raise Http404
        return found


class InvitationResend(OfInvitation):
    def post(self, request: HttpRequest, invitation_id: UUID) -> HttpResponseBase:
        invitation = self.find(invitation_id)
        try:
            inviting.resend(invitation=invitation, by=self.member.membership, now=clock.now())
        except DomainError as refusal:
            flashes.error(request, refusal.sentence())
        else:
            flashes.success(request, _("An invitation is on its way to %s.") % invitation.email)
        return redirect("member-list")


class InvitationWithdraw(OfInvitation):
    def get(self, _request: HttpRequest, invitation_id: UUID) -> HttpResponse:
        invitation = self.find(invitation_id)
        return self.ask(
            Question(
                title=_("Withdraw the invitation of %s?") % invitation.email,
                text=_("The link in the mail is worth nothing from then on."),
                action=_("Withdraw the invitation"),
                back=reverse("member-list"),
            )
        )

    def post(self, request: HttpRequest, invitation_id: UUID) -> HttpResponseBase:
        invitation = self.find(invitation_id)
        inviting.withdraw(invitation=invitation, by=self.member.membership, now=clock.now())
        flashes.success(request, _("The invitation is withdrawn."))
        return redirect("member-list")


def _people(rows: list[dict[str, Any]]) -> Table:
    return Table(
        caption=_("Members"),
        columns=(
            Column(_("Who")),
            Column(_("Role")),
            Column(_("Second factor")),
            Column(_("Last seen")),
            Column(""),
        ),
        rows=rows,
        row_template="accounts/members/row.html",
        empty=Empty(_("Nobody"), _("An account has one owner at least.")),
    )


def _waiting(rows: list[dict[str, Any]]) -> Table:
    return Table(
        caption=_("Invitations"),
        columns=(Column(_("Who")), Column(_("Role")), Column(_("Valid until")), Column("")),
        rows=rows,
        row_template="accounts/members/invitation_row.html",
        empty=Empty(_("No invitations"), _("Nobody is invited now.")),
    )
