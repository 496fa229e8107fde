from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from accounts.portal import (
    handler_phone,
    invitation,
    key_views,
    member_views,
    phone,
    qualification,
    security,
    terms,
    trial_number_views,
    views,
    webhook_views,
)

_papers = [
    path("", qualification.QualificationOverview.as_view(), name="qualification"),
    path("new", qualification.QualificationStart.as_view(), name="qualification-start"),
    path(
        "<uuid:public_id>", qualification.QualificationDetail.as_view(), name="qualification-detail"
    ),
    path(
        "<uuid:public_id>/documents/<uuid:document_id>/remove",
        qualification.QualificationPaper.as_view(),
        name="qualification-paper",
    ),
    *(
        path(
            f"<uuid:public_id>/{deed}",
            qualification.QualificationDeed.as_view(deed=deed),
            name=f"qualification-{deed}",
        )
        for deed in ("submit", "withdraw", "nudge", "revise")
    ),
    path(
        "<uuid:public_id>/phone",
        handler_phone.QualificationPhone.as_view(),
        name="qualification-phone",
    ),
    path(
        "<uuid:public_id>/step/<slug:step>",
        qualification.QualificationStep.as_view(),
        name="qualification-step",
    ),
]

_keys = [
    path("", key_views.KeyList.as_view(), name="api-key-list"),
    path("new", key_views.KeyNew.as_view(), name="api-key-new"),
    path("<slug:prefix>/rotate", key_views.KeyRotate.as_view(), name="api-key-rotate"),
    path("<slug:prefix>/revoke", key_views.KeyRevoke.as_view(), name="api-key-revoke"),
]

_webhook_deeds = {
    "edit": webhook_views.WebhookEdit,
    "rotate": webhook_views.WebhookRotate,
    "pause": webhook_views.WebhookPause,
    "resume": webhook_views.WebhookResume,
    "remove": webhook_views.WebhookRemove,
    "test": webhook_views.WebhookTest,
    "replay": webhook_views.WebhookReplay,
}

_webhooks = [
    path("", webhook_views.WebhookList.as_view(), name="webhook-list"),
    path("new", webhook_views.WebhookNew.as_view(), name="webhook-new"),
    path("<uuid:endpoint_id>", webhook_views.WebhookDetail.as_view(), name="webhook-detail"),
    path(
        "<uuid:endpoint_id>/deliveries/<uuid:delivery_id>/replay",
        webhook_views.WebhookReplay.as_view(),
        name="webhook-delivery-replay",
    ),
    *(
        path(f"<uuid:endpoint_id>/{deed}", view.as_view(), name=f"webhook-{deed}")
        for deed, view in _webhook_deeds.items()
    ),
]

_members = [
    path("", member_views.MemberList.as_view(), name="member-list"),
    path("invite", member_views.MemberInvite.as_view(), name="member-invite"),
    path("leave", member_views.MemberLeave.as_view(), name="member-leave"),
    path("<uuid:member_id>/role", member_views.MemberRole.as_view(), name="member-role"),
    path("<uuid:member_id>/remove", member_views.MemberRemove.as_view(), name="member-remove"),
    path(
        "invitations/<uuid:invitation_id>/resend",
        member_views.InvitationResend.as_view(),
        name="invitation-resend",
    ),
    path(
        "invitations/<uuid:invitation_id>/withdraw",
        member_views.InvitationWithdraw.as_view(),
        name="invitation-withdraw",
    ),
]

_trial_numbers = [
    path("", trial_number_views.TrialNumberList.as_view(), name="trial-number-list"),
    path("new", trial_number_views.TrialNumberNew.as_view(), name="trial-number-new"),
    path("code", trial_number_views.TrialNumberCode.as_view(), name="trial-number-code"),
    path(
        "<uuid:number_id>/remove",
        trial_number_views.TrialNumberRemove.as_view(),
        name="trial-number-remove",
    ),
]

urlpatterns = [
    path("members/", include(_members)),
    path("invitations/<str:token>", invitation.InvitationLink.as_view(), name="invitation"),
    path("webhooks/", include(_webhooks)),
    path("keys/", include(_keys)),
    path("trial-numbers/", include(_trial_numbers)),
    path("company/", include(_papers)),
    path("documents/<uuid:public_id>", qualification.DocumentFile.as_view(), name="document"),
    path("terms/", terms.TermsAgreement.as_view(), name="terms"),
    path("terms/<slug:kind>", terms.TermsText.as_view(), name="terms-text"),
    path("accounts/switch", views.AccountSwitch.as_view(), name="account-switch"),
    path("security", security.Security.as_view(), name="security"),
    path("security/phone", phone.PhoneNumber.as_view(), name="phone"),
    path("security/phone/code", phone.PhoneCodeEntry.as_view(), name="phone-code"),
    path("accounts/2fa/", login_required(RedirectView.as_view(pattern_name="security"))),
    path("accounts/", include("allauth.urls")),
    path("language", set_language, name="set_language"),
]
