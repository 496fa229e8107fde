"""What operators answer: a table is read, shown, then applied, once."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from smsplatform.core import tables
from smsplatform.core.audit import AuditEntry
from smsplatform.core.tables import TableRefused
from templates_app.models import FilingImport, FilingWord
from templates_app.services import bundling, packing, results
from tests import factories
from tests.templates_app.filings import NOW, again, office, states, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _office():
    office()


@pytest.fixture
def staff():
    return factories.staff("desk@example.com")


@pytest.fixture
def handed_in(staff):
    """Three with China Mobile, in a pack."""
    filings = [waiting(text) for text in ("云帆", "海岚", "山川")]
    packing.make(operator="mobile", by=staff, now=NOW)
    return filings


def read(staff, text, *, name="results.csv", encoding="utf-8"):
    file = BytesIO(text.encode(encoding))
    return results.read(operator="mobile", file=file, name=name, by=staff, now=NOW)


def understood(imported):
    return [(change.filing.signature.text, change.state) for change in shown(imported)]


def shown(imported):
    return results.changes(imported, start=0, end=100)


def told(imported):
    return [(row, code) for row, code, _seen in imported.problems]


def test_reading_changes_nothing_and_applying_moves_what_was_shown(staff, handed_in):
    yes, no, silent = handed_in
    imported = read(staff, "签名,结果,原因\n云帆,通过,\n【海岚】,驳回,营业执照不清晰\n")

    assert understood(imported) == [("云帆", "filed"), ("海岚", "failed")]
    assert states(*handed_in) == ["filing", "filing", "filing"]
    assert results.apply(imported=imported, by=staff, now=NOW) == 2
    assert states(yes, no, silent) == ["filed", "failed", "filing"]
    assert (again(no).reason, again(no).note) == ("OTHERS_ERROR", "营业执照不清晰")
    assert AuditEntry.objects.get(action="filing.results_applied").facts["filings"] == [
        yes.pk,
        no.pk,
    ]


def test_applying_twice_changes_nothing(staff, handed_in):
    imported = read(staff, "signature,result\n云帆,failed\n")
    results.apply(imported=imported, by=staff, now=NOW)
    packing.make(operator="mobile", by=staff, now=NOW, filing_ids=[handed_in[0].pk])

    assert results.apply(imported=again(imported), by=staff, now=NOW) == 0
    assert states(handed_in[0]) == ["filing"]


def test_the_same_table_read_again_moves_nothing(staff, handed_in):
    table = "signature,result\n云帆,filed\n"
    results.apply(imported=read(staff, table), by=staff, now=NOW)

    second = read(staff, table)

    assert dict(results.effect(second)) == {"so": 1}
    assert results.apply(imported=second, by=staff, now=NOW) == 0


def test_our_own_table_with_their_results_is_understood(staff, handed_in):
    packed = handed_in[0].lines.get().pack
    book = Workbook()
    rows = list(read_back(bundling.workbook(packed)))
    book.active.append(rows[0])
    for row in rows[1:]:
        book.active.append([*row, *[""] * (12 - len(row)), "成功"])
    out = BytesIO()
    book.save(out)

    imported = results.read(operator="mobile", file=out, name="a.xlsx", by=staff, now=NOW)

    assert sorted(understood(imported)) == sorted(
        (text, "filed") for text in ("云帆", "海岚", "山川")
    )


def read_back(content):
    return tables.read(BytesIO(content), name="a.xlsx", most_rows=100)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_tables_of_chinese_spreadsheets_are_understood(staff, handed_in, encoding):
    imported = read(staff, "短信签名,审核结果\n云帆,已通过\n", encoding=encoding)

    assert understood(imported) == [("云帆", "filed")]


def test_the_credit_code_tells_two_accounts_with_one_signature_apart(staff):
    first, second = waiting("云帆"), waiting("云帆")
    packing.make(operator="mobile", by=staff, now=NOW)
    code = second.lines.get().credit_code

    unclear = read(staff, "签名,结果\n云帆,通过\n")
    clear = read(staff, f"签名,统一社会信用代码,结果\n云帆,{code.lower()},通过\n")

    assert told(unclear) == [(2, "signature_ambiguous")]
    assert [row[1] for row in clear.rows] == [second.pk]
    assert first.pk != second.pk


def test_each_row_that_is_not_understood_says_why(staff, handed_in):
    one = handed_in[0].pk
    elsewhere = waiting("星河", operator="unicom").pk
    imported = read(
        staff,
        "编号,签名,结果\n"
        f"{one},海岚,通过\n"
        f"{elsewhere},,通过\n"
        "9²,,通过\n"
        ",无此签名,通过\n"
        ",,通过\n"
        f"{one},云帆,也许\n"
        f"{one},云帆,\n"
        "\n"
        f"{one},云帆,通过\n"
        f"{one},云帆,驳回\n",
    )

    assert told(imported) == [
        (2, "signature_differs"),
        (3, "reference_unknown"),
        (4, "reference_unknown"),
        (5, "signature_unknown"),
        (6, "signature_missing"),
        (7, "result_unknown"),
        (8, "result_missing"),
        (11, "named_twice"),
    ]
    assert understood(imported) == [("云帆", "filed")]
    sentences = [each.sentence for each in results.problems(imported, start=0, end=100)]
    assert "也许" in sentences[5]


def test_what_does_not_lead_there_stays(staff):
    one = waiting("云帆")

    imported = read(staff, "签名,结果\n云帆,通过\n")

    assert dict(results.effect(imported)) == {"stays": 1}
    assert results.apply(imported=imported, by=staff, now=NOW) == 0
    assert states(one) == ["not_filed"]


def test_a_reason_that_has_a_code_is_kept_as_it_and_in_the_operator_s_words(staff, handed_in):
    imported = read(staff, "签名,结果,原因\n云帆,失败,qualification_error\n")
    results.apply(imported=imported, by=staff, now=NOW)

    assert again(handed_in[0]).reason == "QUALIFICATION_ERROR"
    assert again(handed_in[0]).note == "qualification_error"


def test_staff_teach_it_another_word(staff, handed_in):
    FilingWord.objects.create(word="ＯＫ", state="filed")

    assert understood(read(staff, "签名,结果\n云帆,ok\n")) == [("云帆", "filed")]


def test_a_formula_is_only_a_text(staff, handed_in):
    imported = read(staff, '签名,结果,原因\n云帆,失败,"=HYPERLINK(""http://x"")"\n')
    results.apply(imported=imported, by=staff, now=NOW)

    assert again(handed_in[0]).note == '=HYPERLINK("http://x")'


@pytest.mark.parametrize("header", ["签名,原因", "结果,原因", "a,b", ""])
def test_a_table_whose_columns_are_not_named_is_refused(staff, header):
    with pytest.raises((results.ColumnsMissing, TableRefused)):
        read(staff, f"{header}\n云帆,通过\n" if header else "")

    assert not FilingImport.objects.exists()


def test_20_001_results_are_refused(staff):
    with pytest.raises(TableRefused) as caught:
        read(staff, "签名,结果\n" + "云帆,通过\n" * 20_001)

    assert caught.value.code == "table_too_long"


def test_staff_read_a_table_look_at_it_and_apply_it(client, staff, handed_in):
    client.force_login(staff)
    page = reverse("admin:templates_app_signaturefiling_results", args=["mobile"])
    table = "签名,结果\n云帆,通过\n海岚,也许\n".encode("gb18030")

    preview = client.post(page, {"file": SimpleUploadedFile("r.csv", table)}, follow=True)

    text = preview.content.decode()
    assert "1 would move" in text
    assert "也许" in text
    assert states(*handed_in) == ["filing"] * 3
    client.post(preview.redirect_chain[-1][0])
    client.post(preview.redirect_chain[-1][0])
    assert states(*handed_in) == ["filed", "filing", "filing"]
    assert FilingImport.objects.get().moved == 1


def test_a_hostile_file_is_refused_on_its_page(client, staff):
    client.force_login(staff)
    page = reverse("admin:templates_app_signaturefiling_results", args=["mobile"])

    answer = client.post(page, {"file": SimpleUploadedFile("r.xlsm", b"PK\x03\x04" + b"0" * 99)})

    assert "Only XLSX without a password and CSV" in answer.content.decode()
    assert not FilingImport.objects.exists()


def test_a_preview_asks_as_often_for_many_rows_as_for_one(
    client, staff, handed_in, django_assert_num_queries
):
    client.force_login(staff)
    rows = "".join(f"{text},通过\n" for text in ("云帆", "海岚", "山川"))
    few, many = read(staff, "签名,结果\n云帆,通过\n"), read(staff, f"签名,结果\n{rows}")

    for imported in (few, many):
        page = reverse("admin:templates_app_signaturefiling_preview", args=[imported.pk])
        with django_assert_num_queries(6):
            assert client.get(page).status_code == 200
