"""Texts as customers write them."""

from templates_app.services.linting import Wording, lint
from templates_app.services.packs import CHINA, INTERNATIONAL

PACKS = {"china": CHINA, "international": INTERNATIONAL}


def code(body="您的验证码是${code}，5分钟内有效。", variables=(("code", "code"),), **more):
    return Wording("verification", body, variables, **more)


def notice(body, variables=(), **more):
    return Wording("notice", body, variables, **more)


def marketing(body, variables=(), **more):
    return Wording("marketing", body, variables, **more)


def found(wording, market="china", level="error"):
    """Codes of that level, in order."""
    return [one.code for one in lint(wording, PACKS[market]) if one.level == level]
