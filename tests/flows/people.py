"""A newcomer and the staff of a running platform, each at a browser of their own, in Chinese."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.accounts import papers
from tests.flows.running import Running

PASSWORD = "nine purple lanterns glow"
_DIGITS = "零一二三四五六七八九"
TEXT = "您的验证码为${code}，5分钟内有效，请勿告诉他人。"


@dataclass(frozen=True)
class Company:
    name: str
    brand: str
    number: str
    email: str
    phone: str


@dataclass
class Person:
    """Somebody at a browser; what it complains of (a CSP violation is an error) is kept."""

    platform: Running
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, platform: Running, browser: Browser) -> Any:
        page = browser.new_page(
            viewport={"width": 1280, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        person = cls(platform, page)
        page.on("console", lambda told: person.complaints.append(f"{told.type}: {told.text}"))
        page.on("pageerror", lambda error: person.complaints.append(str(error)))
        return person

    def go(self, path: str) -> None:
        self.page.goto(self.platform.facts["base_url"] + path)
        assert self.page.locator("html").get_attribute("lang") == "zh-hans"

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            box = self.page.locator(f"main [name={name}]")
            if box.evaluate("each => each.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)

    def press(self, name: str) -> None:
        """A button or a link, by the words on it."""
        main = self.page.locator("main")
        button = main.get_by_role("button", name=name, exact=True)
        (
            button if button.count() else main.get_by_role("link", name=name, exact=True)
        ).first.click()
        self.page.wait_for_load_state()

    def reads(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main, #content").first).to_contain_text(text)

    def sign_in(self, email: str, password: str) -> None:
        self.go("/accounts/login/")
        self.fill(login=email, password=password)
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(re.compile(r"/$"))


class Newcomer(Person):
    company: Company

    def register(self) -> None:
        self.go("/")
        self.press("注册账户")
        company = self.company
        self.fill(name=company.name, country="CN", email=company.email, password1=PASSWORD)
        for box in self.page.locator("main [name^=agree_]").all():
            box.check()
        self._work_out_the_sum()
        self.page.wait_for_timeout(2_100)  # robots are quicker
        self.page.locator("main button[type=submit]").first.click()
        self.page.locator("main [name=code]").wait_for()
        self.fill(code=self._mailed_code())
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_url(re.compile(r"/$"))

    def _work_out_the_sum(self) -> None:
        """It is asked of whoever registers from a network where somebody has lately."""
        question = self.page.locator("main label[for=id_answer]")
        if question.count():
            numbers = [_DIGITS.index(word) for word in question.inner_text() if word in _DIGITS]
            self.fill(answer=str(sum(numbers)))

    def _mailed_code(self) -> str:
        def found() -> str | None:
            mails = [each for each in self._mails() if each["To"] == self.company.email]
            bodies = "".join(str(mail.get_content()) for mail in mails)
            code = re.search(r"^ +([\d-]+)$", bodies, re.MULTILINE)
            return code.group(1) if code else None

        return str(self.platform.wait(found, 20))

    def _mails(self) -> list[EmailMessage]:
        written = b"".join(path.read_bytes() for path in (self.platform.var / "mails").glob("*"))
        parse = partial(message_from_bytes, policy=default)
        return [parse(one.strip()) for one in written.split(b"-" * 79) if one.strip()]

    def hand_in_company(self, scan: Path) -> None:
        self.go("/company/")
        self.page.locator("main .btn-primary").first.click()
        self.page.locator("main [name=registration_number]").wait_for()
        self.fill(**_company(self.company))
        self.page.locator("main .btn-primary").first.click()
        self.page.locator("main [name=handler_name]").wait_for()
        self.fill(**_people(), handler_phone=self.company.phone)
        self.page.locator("main .btn-primary").first.click()
        self._prove_phone()
        for purpose in ("licence", "handler_front", "handler_back"):
            slot = self.page.locator(f"#{purpose}")
            slot.locator("input[type=file]").set_input_files(scan)
            slot.get_by_role("button").last.click()
            slot.locator("img").wait_for()
        self.page.locator("main .form-actions .btn-primary").last.click()
        self.press("提交审核")

    def _prove_phone(self) -> None:
        self.press("发送验证码")
        self.page.locator("main [name=code]").wait_for()
        self.fill(code=self._code_on(self.company.phone))
        self.press("验证号码")

    def _code_on(self, number: str) -> str:
        def found() -> str | None:
            texts = [
                each["text"]
                for each in self.platform.submissions()
                if each["to"].lstrip("+") == number.lstrip("+")
            ]
            code = re.search(r"\d{6}", texts[-1]) if texts else None
            return code.group() if code else None

        return str(self.platform.wait(found, 20))

    def mend_company(self) -> None:
        """What was rejected becomes a new version, with what was asked for."""
        self.go("/company/")
        self.page.locator("form[action$=revise] button, a[href*='step/company']").first.click()
        self.page.wait_for_load_state()
        self.go("/company/")
        self.page.locator("a[href$='step/company']").first.click()
        self.page.locator("main [name=registration_number]").wait_for()
        self.fill(name=self.company.name)
        self.page.locator("main .btn-primary").first.click()
        self.page.locator("main [name=handler_name]").wait_for()
        self.page.locator("main .btn-primary").first.click()
        self.page.locator("main .form-actions .btn-primary").last.click()
        self.press("提交审核")

    def write_signature(self) -> None:
        self.go("/signatures/new")
        evidence = f"{self.company.name}，商标注册号 12345678"
        self.fill(text=self.company.brand, source="company", evidence=evidence)
        self.press("提交审核")

    def mend_signature(self) -> None:
        self.go("/signatures/")
        self.page.locator("main tbody a").first.click()
        self.page.locator("a[href$=edit]").click()
        self.fill(evidence="商标注册号 87654321，见商标网")
        self.press("提交审核")

    def write_template(self) -> None:
        self.go("/templates/new")
        self.fill(name="登录验证码", message_class="verification", body=TEXT)
        self.page.locator("[name=type-code]").wait_for()
        self.fill(remark="用户登录时发送")
        self.page.locator("main button[name=submit]").click()
        self.page.wait_for_load_state()

    def mend_template(self) -> None:
        self.go("/templates/")
        self.page.locator("main tbody a").first.click()
        self.page.locator("a[href$=edit]").click()
        self.fill(remark="用户在 App 登录时，由本人点击获取")
        self.page.locator("main button[name=submit]").click()
        self.page.wait_for_load_state()

    def make_key(self) -> str:
        self.go("/keys/new")
        if self.page.locator("main [name=password]").count():
            self.fill(password=PASSWORD)
            self.page.locator("main button[type=submit]").first.click()
            self.page.locator("main [name=name]").wait_for()
        self.fill(name="商城服务器")
        self.page.locator("main form button[type=submit]").last.click()
        shown = self.page.locator("main code").first
        shown.wait_for()
        return shown.inner_text()


class Reviewer(Person):
    def decide(self, key: str, reason: str = "") -> None:
        """One key takes the next one; a digit ticks a reason; one key decides."""
        self.go("/staff/core/item/")
        with self.page.expect_navigation():
            self.page.keyboard.press("t")
        if reason:
            self.page.locator(f"input[name=reason][value={reason}]").check()
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        expect(self.page.locator(".messagelist li").first).to_be_visible()

    def file_signature(self) -> None:
        """What an operator answers, for every operator."""
        for action in ("mark_filing", "mark_filed"):
            self.go("/staff/templates_app/signaturefiling/")
            self.page.locator("#action-toggle").check()
            self.page.locator("select[name=action]").select_option(action)
            self.page.locator("button[name=index]").click()
            self.page.locator(".messagelist li").first.wait_for()


def _company(company: Company) -> dict[str, str]:
    today = datetime.now(UTC).date()
    return {
        "name": company.name,
        "company_type": "company",
        "registration_number": company.number,
        "licence_from_date": str(today - timedelta(days=900)),
        "licence_until_date": str(today + timedelta(days=900)),
    }


def _people() -> dict[str, str]:
    until = str(datetime.now(UTC).date() + timedelta(days=900))
    facts = {"name": "李伟", "id_type": "identity_card", "id_number": papers.ID_NUMBER}
    both = {
        f"{role}_{name}": value for role in ("legal", "handler") for name, value in facts.items()
    }
    dates = {"legal_until_date": until, "handler_until_date": until}
    return {**both, **dates}
