"""A pack: what is handed in with an operator, kept as it was, and had again."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Document, Qualification
from smsplatform.core import tables
from smsplatform.core.audit import AuditEntry
from smsplatform.core.files import store
from templates_app.models import FilingPack, FilingTerms
from templates_app.services import bundling, filing, packing
from tests import factories
from tests.accounts import papers
from tests.templates_app.filings import NOW, again, office, states, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _office(settings, tmp_path):
    settings.PRIVATE_DIR = tmp_path / "private"
    office()


@pytest.fixture
def staff():
    return factories.staff("desk@example.com")


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def judged():
    """With people and papers, as a reviewer approved them."""
    made = papers.decide(papers.submitted(now=papers.NOW))
    factories.TemplateFactory(account=made.account)
    return waiting("云帆网络", account=made.account, with_papers=False)


def make(staff, *filings, now=NOW):
    ids = [one.pk for one in filings] or None
    return packing.make(operator="mobile", by=staff, now=now, filing_ids=ids)


def rows_of(pack):
    found = tables.read(BytesIO(bundling.workbook(pack)), name="a.xlsx", most_rows=1000)
    header, *rows = list(found)
    return [dict(zip(header, row, strict=False)) for row in rows]


def archive_of(pack):
    content = b"".join(bundling.stream(pack, bundling.papers(pack)))
    return ZipFile(BytesIO(content))


def test_what_is_packed_is_handed_in_and_has_a_deadline_in_working_days(staff):
    FilingTerms.objects.filter(operator="mobile").update(answer_days=5)
    one = waiting("云帆")

    make(staff, one)

    # From Monday on: five working days after it is the next Monday.
    assert again(one).state == "filing"
    assert again(one).submitted_at == NOW
    assert f"{again(one).due_at:%Y-%m-%d %H:%M}" == "2026-11-30 10:00"


def test_all_that_wait_are_taken_and_what_was_refused_only_where_it_is_named(staff):
    first, second, refused = waiting("云帆"), waiting("海岚"), waiting("山川")
    other = waiting("星河", operator="unicom")
    for state in ("filing", "failed"):
        filing.record(filing_ids=[refused.pk], state=state, now=NOW)

    make(staff)

    assert states(first, second, refused, other) == ["filing", "filing", "failed", "not_filed"]
    make(staff, refused)
    assert states(refused) == ["filing"]


def test_who_has_no_approved_qualification_for_this_use_is_not_handed_in(staff):
    without = waiting("云帆", with_papers=False)
    elses = waiting("海岚")
    Qualification.objects.filter(account=elses.signature.account).update(for_self=False)

    with pytest.raises(packing.NothingToHandIn):
        make(staff, without, elses)

    assert states(without, elses) == ["not_filed", "not_filed"]
    assert not FilingPack.objects.exists()


def test_nothing_is_handed_in_twice(staff):
    one = waiting("云帆")
    make(staff, one)

    with pytest.raises(packing.NothingToHandIn):
        make(staff, one)

    assert FilingPack.objects.count() == 1


def test_a_pack_is_no_larger_than_the_operator_takes(staff):
    FilingTerms.objects.filter(operator="mobile").update(most_signatures=2)
    filings = [waiting(text) for text in ("云帆", "海岚", "山川")]

    pack = make(staff)

    assert pack.lines.count() == 2
    assert sorted(states(*filings)) == ["filing", "filing", "not_filed"]


def test_the_table_says_what_the_operator_asks_for(staff, judged):
    (row,) = rows_of(make(staff, judged))

    assert row == {
        "编号": str(judged.pk),
        "签名": "云帆网络",
        "企业名称": "上海云帆网络科技有限公司",
        "统一社会信用代码": papers.CODE,
        "法定代表人": "李伟",
        "经办人": "李伟",
        "经办人手机号": "+8613800138000",
        "签名来源": row["签名来源"],
        "来源依据": "",
        "用途": "自用",
        "短信示例": "【云帆网络】您的验证码是${code}，5分钟内有效。",
        "扩展码": str(judged.signature.extension),
    }


def test_no_cell_of_the_table_is_a_formula(staff):
    one = waiting("云帆")
    Qualification.objects.update(name="=HYPERLINK(1)")

    pack = make(staff, one)

    book = load_workbook(BytesIO(bundling.workbook(pack)))
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {
        "s",
        "n",
        "inlineStr",
    }
    assert rows_of(pack)[0]["企业名称"] == "=HYPERLINK(1)"


def test_the_archive_holds_the_table_and_the_papers_by_signature(staff, judged):
    pack = make(staff, judged)

    archive = archive_of(pack)

    assert archive.testzip() is None
    assert archive.namelist() == [
        f"mobile-20261123-{pack.pk}.xlsx",
        "001-云帆网络/01-licence.jpg",
        "001-云帆网络/02-handler_front.jpg",
        "001-云帆网络/03-handler_back.jpg",
    ]
    assert archive.read("001-云帆网络/01-licence.jpg").startswith(b"\xff\xd8\xff")


def test_a_paper_that_is_gone_is_said_to_be_and_the_others_are_there(staff, judged):
    pack = make(staff, judged)
    store.remove(Document.objects.order_by("id").first().place)

    archive = archive_of(pack)

    assert archive.namelist()[1:] == [
        "001-云帆网络/01-licence.jpg.txt",
        "001-云帆网络/02-handler_front.jpg",
        "001-云帆网络/03-handler_back.jpg",
    ]


def test_a_pack_stays_what_it_was(staff, judged):
    pack = make(staff, judged)
    before = rows_of(pack)

    judged.signature.account.templates.update(body="anything else")
    factories.QualificationFactory(account=judged.signature.account, name="Another")

    assert rows_of(pack) == before


def test_people_who_were_removed_from_their_papers_are_in_no_pack_either(staff, judged):
    pack = make(staff, judged)
    judged.signature.account.qualifications.get().people.update(name="", phone="")

    (row,) = rows_of(pack)

    assert (row["法定代表人"], row["经办人"], row["经办人手机号"]) == ("", "", "")
    assert row["签名"] == "云帆网络"


def test_staff_make_a_pack_and_every_paper_of_it_counts_as_looked_at(desk, staff, judged):
    page = reverse("admin:templates_app_signaturefiling_pack", args=["mobile"])

    desk.post(page, {"filing": [judged.pk], "ticked": ""})

    pack = FilingPack.objects.get()
    assert (pack.created_by, again(judged).state) == (staff, "filing")
    answer = desk.get(reverse("admin:templates_app_filingpack_archive", args=[pack.pk]))
    archive = ZipFile(BytesIO(answer.getvalue()))
    viewed = AuditEntry.objects.filter(action="document.viewed")
    assert len(archive.namelist()) == 4
    assert {entry.target for entry in viewed} == {
        f"accounts.document:{pk}" for pk in Document.objects.values_list("pk", flat=True)
    }
    assert {(entry.actor, entry.account_id) for entry in viewed} == {
        (f"user:{staff.pk}", judged.signature.account_id)
    }
    assert answer.headers["Cache-Control"].startswith("no-store, private")


def test_the_table_alone_can_be_had_again(desk, staff):
    pack = make(staff, waiting("云帆"))

    answer = desk.get(reverse("admin:templates_app_filingpack_table", args=[pack.pk]))

    assert answer.headers["Content-Disposition"].endswith(f'-{pack.pk}.xlsx"')
    assert load_workbook(BytesIO(answer.content)).active["B2"].value == "云帆"


def test_the_archive_is_never_whole_in_memory(staff, judged):
    pack = make(staff, judged)

    pieces = list(bundling.stream(pack, bundling.papers(pack)))

    # The table, each paper, and the directory at the end.
    assert len(pieces) == 5
