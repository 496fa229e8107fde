from datetime import UTC, date, datetime, timedelta
from pathlib import Path
import pytest
from accounts.models import Account, Project
from billing.models import BillingDetails, Seller, TaxRate
from billing.services import invoice_pdf, invoicing, topups
from tests.billing.test_invoicing import book
pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 1, 4, tzinfo=UTC)

def test_look():
    account = Account.objects.create(name="Silk Road Ltd", timezone="Asia/Shanghai")
    topups.credit(account=account, amount_micros=10**12, reference="topup:1", actor="test", now=OCTOBER)
    Seller.objects.create(from_date=date(2020, 1, 1), name="云信科技有限公司 Cloudmail Technology Co., Ltd", tax_number="91310000MA1FL4LJ7X", address="上海市黄浦区人民大道 1 号", bank="招商银行上海分行 1219 0000 1234 567")
    BillingDetails.objects.create(account=account, title="丝路国际贸易（上海）有限公司", tax_number="91310115MA1K4XYZ3B", address="上海市浦东新区世纪大道 100 号", bank="中国工商银行上海分行", bank_account="1001 2345 6789 0123 456", due_days=30)
    TaxRate.objects.create(country="CN", from_date=date(2020, 1, 1), basis_points=600)
    prices = {"CN": 45_000, "DE": 610_500, "GB": 285_001, "JP": 552_300, "SG": 310_000, "US": 63_007}
    n = 0
    for name in ("shop", "客户关怀 after-sales"):
        project = Project.objects.create(account=account, name=name)
        for cls in ("verification", "notice", "marketing"):
            for country, price in prices.items():
                n += 1
                book(project, now=OCTOBER + timedelta(hours=n), price=price, parts=1000 + 137 * n, country=country, message_class=cls)
        book(project, now=OCTOBER + timedelta(hours=n), kind="refund", price=45_000, parts=41)
    invoice = invoicing.close(account=account, until_date=date(2026, 11, 1), now=datetime(2026, 11, 1, 17, tzinfo=UTC))
    for lang in ("en", "zh-hans"):
        Path(f"/tmp/font/inv-{lang}.pdf").write_bytes(invoice_pdf.render(invoice=invoice, language=lang))
