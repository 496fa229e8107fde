"""From a stranger to a delivered live message, on a running platform, by browser, in Chinese."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.accounts import papers
from tests.browser.conftest import BROWSER, QUIET, needs_browser
from tests.flows import running
from tests.flows.people import Company, Newcomer, Reviewer
from tests.flows.running import Running

pytestmark = needs_browser

FINAL_SECONDS = 30
NUMBER = "+8613900139011"


@pytest.fixture(scope="module")
def platform(tmp_path_factory) -> Iterator[Running]:
    with running.installation() as made:
        mails = made.var / "mails"
        made.started_with["EMAIL_URL"] = f"filemail:///{mails}"
        with made:
            yield made


YUNTU = Company(
    "上海云图网络科技有限公司", "云图网络", papers.OTHER_CODE, "li@yuntu.example", "+8613900139001"
)
QINGHE = Company(
    "杭州青禾信息技术有限公司", "青禾信息", papers.CODE, "he@qinghe.example", "+8613900139002"
)


@pytest.fixture
def people(platform) -> Iterator[tuple[Newcomer, Reviewer]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        newcomer = Newcomer.at(platform, browser)
        reviewer = Reviewer.at(platform, browser)
        staff = platform.facts["staff"]
        reviewer.sign_in(staff["user"], staff["password"])
        yield newcomer, reviewer
        browser.close()
    assert newcomer.complaints + reviewer.complaints == []


@pytest.fixture
def scan(tmp_path) -> Path:
    path = tmp_path / "scan.jpg"
    path.write_bytes(papers.picture(size=(600, 400)))
    return path


def test_a_newcomer_sends_a_live_message_after_every_review(people, scan, platform):
    newcomer, reviewer = people
    newcomer.company = YUNTU
    newcomer.register()
    newcomer.reads("发送第一条短信前的准备")
    newcomer.hand_in_company(scan)
    newcomer.reads("正在审核，我们将在")
    reviewer.decide("a")
    newcomer.write_signature()
    reviewer.decide("a")
    reviewer.file_signature()
    newcomer.write_template()
    reviewer.decide("a")

    delivered(platform, newcomer)


def test_whoever_is_rejected_at_each_step_mends_it_and_passes(people, scan, platform):
    newcomer, reviewer = people
    newcomer.company = QINGHE
    newcomer.register()
    newcomer.hand_in_company(scan)
    reviewer.decide("r", reason="name_differs")
    newcomer.go("/company/")
    newcomer.reads("名称与执照不一致")
    newcomer.mend_company()
    reviewer.decide("a")

    newcomer.write_signature()
    reviewer.decide("r", reason="evidence")
    newcomer.mend_signature()
    reviewer.decide("a")
    reviewer.file_signature()

    newcomer.write_template()
    reviewer.decide("r", reason="scenario_unclear")
    newcomer.mend_template()
    reviewer.decide("a")

    delivered(platform, newcomer)


def delivered(platform: Running, newcomer: Newcomer) -> None:
    """A live message, charged, delivered, and shown so on its page."""
    platform.facts["api_key"] = newcomer.make_key()
    newcomer.go("/templates/")
    code = newcomer.page.locator("main tbody code").first.inner_text()
    accepted = platform.send(to=NUMBER, template=code, params={"code": "482913"})["messages"][0]

    def ended() -> object:
        message = platform.message(accepted["id"])
        return message if message["finished_at"] else None

    message = platform.wait(ended, FINAL_SECONDS)
    assert message["state"] == "delivered"
    assert message["text"].startswith(f"【{newcomer.company.brand}】")
    assert not message.get("is_sandbox")
    assert Decimal(message["price"]["amount"]) >= 0
    newcomer.go(f"/messages/{accepted['id']}")
    newcomer.reads("已送达", "482913")
