"""The terms and the undertaking against spam: which are in force, who agreed, who must."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import Acceptance, Account, Role, TermsVersion, User
from smsplatform.core import audit
from smsplatform.core.errors import DomainError

_Kind = TermsVersion.Kind
_LONGEST_BROWSER = 300
# Who agrees for the account; others agree for themselves.
BINDING = (Role.OWNER.value, Role.ADMIN.value)

_FIRST = {
    _Kind.TERMS: {
        "en": (
            "You use this platform to send text messages to people who expect them from you.\n\n"
            "You answer for what you send and for the numbers that you send it to. Keep your"
            " password, your second factor and your API keys to yourself; what is done with them"
            " counts as done by you.\n\n"
            "What you tell us about your company is true, and you tell us when it changes. We may"
            " ask for papers, and hold messages while we check them.\n\n"
            "Messages are charged at the prices that the portal shows when they are accepted. A"
            " message that no carrier took is refunded.\n\n"
            "We may stop an account that breaks these terms or the law; we say why, and what would"
            " mend it."
        ),
        "zh-hans": (
            "您使用本平台向愿意接收您短信的人发送短信。\n\n"
            "您对发送的内容和接收号码负责。请妥善保管密码、第二验证方式和 API 密钥；"
            "使用它们进行的操作视为您本人的操作。\n\n"
            "您提供的企业信息真实有效，如有变更会及时告知。我们可能要求提供证明文件，"
            "并在核验期间暂缓发送。\n\n"
            "短信按受理时门户显示的价格计费；未被任何运营商接收的短信将退费。\n\n"
            "对违反本条款或法律的账户，我们可以停止服务，并说明原因和整改办法。"
        ),
    },
    _Kind.ANTI_SPAM: {
        "en": (
            "I send marketing only to people who agreed to it, and I can show when and how each of"
            " them did.\n\n"
            "Every marketing message says who sends it and how to refuse more. A refusal is obeyed"
            " at once and for good.\n\n"
            "I do not buy, rent or collect numbers. I send nothing that deceives, threatens,"
            " insults or is forbidden, and no links that hide where they lead.\n\n"
            "I understand that complaints and refusals are counted, and that messages may be held"
            " or the account stopped because of them."
        ),
        "zh-hans": (
            "我只向已同意的人发送营销短信，并能证明每位接收者同意的时间和方式。\n\n"
            "每条营销短信都写明发送者和退订方式；退订立即生效并长期有效。\n\n"
            "我不购买、不租用、不采集号码；不发送欺骗、威胁、侮辱或违法的内容，"
            "不使用隐藏去向的链接。\n\n"
            "我知悉投诉和退订会被统计，并可能因此暂缓发送或停止账户。"
        ),
    },
}


class OutOfDate(DomainError):
    code = "terms_out_of_date"
    status = 409
    message = _("There is a newer version meanwhile; read it and agree to that one.")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an agreement came from."""

    address: str | None
    user_agent: str


def install() -> None:
    """The platform's first texts; whoever runs it puts their own in force at the staff desk."""
    if TermsVersion.objects.exists():
        return
    TermsVersion.objects.bulk_create(
        TermsVersion(
            kind=kind, version="1", texts=texts, in_force_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        for kind, texts in _FIRST.items()
    )


def in_force() -> list[TermsVersion]:
    """One of each kind, the terms first."""
    return sorted(TermsVersion.objects.in_force(), key=lambda one: one.kind != _Kind.TERMS)


def missing(*, account: Account) -> list[TermsVersion]:
    accepted = Acceptance.objects.for_account(account).filter(binds_account=True)
    known = set(accepted.values_list("version_id", flat=True))
    return [one for one in in_force() if one.pk not in known]


def accept(
    *,
    user: User,
    account: Account,
    version_ids: Collection[int],
    origin: Origin,
    now: datetime,
    role: str = Role.OWNER,
) -> None:
    """Within a transaction of the caller. `role` is the user's in the account. OutOfDate for a
    version that is not in force; agreeing twice changes nothing."""
    versions = [one for one in in_force() if one.pk in version_ids]
    if len(versions) != len(set(version_ids)):
        raise OutOfDate
    rows = _rows(versions, user, account, origin, now)
    for row in rows:
        row.binds_account = role in BINDING
    Acceptance.objects.bulk_create(rows, ignore_conflicts=True)
    audit.record(
        actor=f"user:{user.pk}",
        action="terms.accepted",
        target=f"accounts.account:{account.pk}",
        account_id=account.pk,
        now=now,
        facts={one.kind: one.version for one in versions},
    )


def _rows(
    versions: Iterable[TermsVersion], user: User, account: Account, origin: Origin, now: datetime
) -> list[Acceptance]:
    return [
        Acceptance(
            user=user,
            account=account,
            version=version,
            at=now,
            address=origin.address,
            user_agent=origin.user_agent[:_LONGEST_BROWSER],
        )
        for version in versions
    ]
