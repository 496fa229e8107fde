"""Pages that join apps."""

from django.http import HttpRequest, HttpResponse

from messaging import queries as messages
from reports import queries
from reports.portal import charts, first_call
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
        return self.show(
            today=today,
            wallets=queries.wallets(account=account, now=now),
            latest=latest,
            first_call="" if latest else first_call.write(request=request, account=account),
            has_days=has_days,
            has_table=request.GET.get("view") == "table",
            legend=charts.legend(buckets),
            charts=charts.both(buckets),
        )
