"""What the demonstration consists of. Every name, number and price here is invented."""

from dataclasses import dataclass

from templates_app.models import MessageClass

STAFF = "staff@demo.example"
# One more of the staff for each role.
STAFF_OF_ROLE = "{role}@demo.example"
CUSTOMER = "lin.yun@yunfan.example"
CUSTOMER_NAME = "林云"

CODE, NOTICE, MARKETING = MessageClass.VERIFICATION, MessageClass.NOTICE, MessageClass.MARKETING

TEMPLATE = {"code": "login_code", "params": {"code": "482913"}}


@dataclass(frozen=True)
class Text:
    code: str
    name: str
    message_class: str
    body: str
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Company:
    name: str
    registration_number: str
    country: str
    currency: str
    timezone: str
    project: str
    signature: str
    topup: str
    texts: tuple[Text, ...]
    may_send_text: bool = False


YUNFAN = Company(
    name="上海云帆网络科技有限公司",
    registration_number="91310115MA1K4T8P3C",
    country="CN",
    currency="CNY",
    timezone="Asia/Shanghai",
    project="云帆商城",
    signature="云帆商城",
    topup="1000.00",
    texts=(
        Text(
            "login_code",
            "登录验证码",
            CODE,
            "您的登录验证码是${code}，5分钟内有效，请勿告诉他人。",
            (("code", "code"),),
        ),
        Text(
            "order_shipped",
            "发货通知",
            NOTICE,
            "${name}您好，订单${order}已发出，预计${time}送达。",
            (("name", "text"), ("order", "number"), ("time", "time")),
        ),
        Text(
            "member_day",
            "会员日",
            MARKETING,
            "会员日到店立减${amount}元，${time}前有效。拒收请回复R",
            (("amount", "amount"), ("time", "time")),
        ),
    ),
)

HARBOUR = Company(
    name="Harbour Lane Coffee Ltd",
    registration_number="09481726",
    country="GB",
    currency="GBP",
    timezone="Europe/London",
    project="Loyalty",
    signature="HarbourLane",
    topup="50.00",
    may_send_text=True,
    texts=(
        Text(
            "sign_in",
            "Sign-in code",
            CODE,
            "${code} is your sign-in code. It expires in 5 minutes.",
            (("code", "code"),),
        ),
        Text(
            "order_ready",
            "Order ready",
            NOTICE,
            "${name}, your order ${order} is ready to collect.",
            (("name", "text"), ("order", "number")),
        ),
    ),
)

COMPANIES = (YUNFAN, HARBOUR)

GIFT = {
    "name": "Sample: 100 marketing parts",
    "parts": 100,
    "price_micros": 4_800_000,
    "message_class": MARKETING.value,
    "country": "CN",
}
