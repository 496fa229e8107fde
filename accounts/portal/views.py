"""Who looks, and for whom."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from smsplatform.portal import CHOSEN, MemberView


class AccountSwitch(MemberView):
    """Somebody who belongs to several accounts looks at another one."""

    def post(self, request: HttpRequest) -> HttpResponse:
        chosen = request.POST.get("account", "")
        if all(str(each.account.public_id) != chosen for each in self.member.memberships):
            raise Http404
        request.session[CHOSEN] = chosen
        return redirect("home")
