"""Pages that join apps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from billing.models import Wallet
from messaging import queries as messages
from reports import queries
from reports.portal import charts, first_call
from reports.services import starting
from smsplatform import navigation
from smsplatform.core import clock
from smsplatform.portal import MemberView

LATEST = 8


class Home(MemberView):
    """Balance, today, a chart, the latest messages; refreshes itself."""

    page = "reports/home.html"
    part = "reports/home_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        account, now = self.member.account, clock.now()
        today = queries.today(account=account, now=now)
        has_days = request.GET.get("span") == "days"
        buckets = queries.recent_days(account=account, until=today) if has_days else today.hours
        latest = messages.page(account=account, limit=LATEST).messages
        wallets = queries.wallets(account=account, now=now)
        return self.show(
            today=today,
            wallets=wallets,
            latest=latest,
            **({} if latest else self._beginning(request, wallets, now)),
            has_days=has_days,
            has_table=request.GET.get("view") == "table",
            legend=charts.legend(buckets),
            charts=charts.both(buckets),
        )

    def _beginning(
        self, request: HttpRequest, wallets: Sequence[Wallet], now: datetime
    ) -> dict[str, Any]:
        """For whoever has sent nothing yet."""
        account = self.member.account
        has_balance = any(wallet.balance > wallet.floor for wallet in wallets)
        steps = starting.steps(account=account, has_balance=has_balance, now=now)
        return {
            "checklist": [(step, navigation.address(step.url_name)) for step in steps],
            "first_call": first_call.write(request=request, account=account),
        }
