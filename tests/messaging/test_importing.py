"""Files of numbers and consents: what is understood, what is left out, and that it counts once."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django_q.models import OrmQ
from openpyxl import Workbook

from messaging import tasks
from messaging.models import ConsentEntry, Import, ImportFile, ImportRow, Suppression
from messaging.services import importing, previewing
from smsplatform.core import clock
from smsplatform.core.audit import AuditEntry
from smsplatform.core.errors import DomainError
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
BY = "li@example.com"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(clock, "_source", lambda: NOW)


@pytest.fixture
def account():
    return factories.AccountFactory()


def upload(account, content, what="suppressions", name="numbers.csv"):
    made = importing.take_in(account=account, what=what, content=content, name=name, by=BY, now=NOW)
    importing.read(import_id=made.pk, now=NOW)
    made.refresh_from_db()
    return made


def table(*rows):
    return "\n".join(",".join(row) for row in rows).encode()


def apply(made):
    importing.apply(wanted=made, by=BY, now=NOW)
    tasks.apply_import(import_id=str(made.pk))
    made.refresh_from_db()
    return made


def workbook(*rows):
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


CHINESE = "手机号,类型,有效期至,备注\n138 0013 8000,营销,2027-01-01,来电要求\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (CHINESE.encode(), "a.csv"),
        (CHINESE.encode("utf-8-sig"), "a.csv"),
        (CHINESE.encode("gb18030"), "a.csv"),
        (
            workbook(
                ["手机号", "类型", "有效期至", "备注"],
                [13800138000, "营销", date(2027, 1, 1), "来电要求"],
            ),
            "a.xlsx",
        ),
    ],
    ids=["UTF-8", "with a mark", "GB18030", "workbook"],
)
def test_a_table_is_read_by_its_headings_however_it_is_written(account, content, name):
    apply(upload(account, content, name=name))

    row = Suppression.objects.get()
    assert (row.number, row.message_class, row.note) == ("+8613800138000", "marketing", "来电要求")
    assert (row.source, row.created_by, row.account_id) == ("import", BY, account.pk)
    # The beginning of that day in Shanghai.
    assert row.expires_at == datetime(2026, 12, 31, 16, tzinfo=UTC)


def test_nothing_counts_before_it_is_applied(account):
    made = upload(account, table(["number"], ["13800138000"]))

    assert (made.state, made.understood) == ("ready", 1)
    assert not Suppression.objects.exists()


def test_to_apply_again_changes_nothing(account):
    made = apply(upload(account, table(["number"], ["13800138000"], ["13800138001"])))
    importing.apply(wanted=made, by=BY, now=NOW)
    tasks.apply_import(import_id=str(made.pk))

    made.refresh_from_db()
    assert (made.state, made.applied, made.added, made.finished_at) == ("done", 2, 2, NOW)
    assert Suppression.objects.count() == 2
    assert AuditEntry.objects.filter(action="suppressions.import_applied").count() == 1


def test_what_was_in_force_before_is_not_new(account):
    apply(upload(account, table(["number"], ["13800138000"])))

    again = apply(upload(account, table(["number"], ["13800138000"], ["13800138001"])))

    assert (again.applied, again.added) == (2, 1)


WRONG = [
    (["", "", "", ""], None),
    (["12", "", "", ""], "number_invalid"),
    (["1.38E+10", "", "", ""], "number_invalid"),
    (["", "marketing", "", ""], "number_missing"),
    (["02887654321", "", "", ""], "number_not_mobile"),
    (["13800138000", "advert", "", ""], "class_unknown"),
    (["13800138000", "", "Nobody", ""], "signature_unknown"),
    (["13800138000", "", "", "next week"], "time_unreadable"),
    (["13800138000", "", "", "2020-01-01"], "time_past"),
]


@pytest.mark.parametrize(("cells", "code"), WRONG, ids=[str(code) for _cells, code in WRONG])
def test_a_row_that_is_not_understood_is_left_out_with_its_reason(account, cells, code):
    header = ["number", "class", "signature", "until"]
    made = upload(account, table(header, cells, ["13800138009", "", "", ""]))

    assert (made.understood, made.refused) == (1, 0 if code is None else 1)
    found = ImportRow.objects.exclude(problem="").values_list("line", "problem")
    assert list(found) == ([] if code is None else [(2, code)])


def test_a_row_that_stands_there_twice_is_told(account):
    made = upload(account, table(["number"], ["13800138000"], ["+86 138 0013 8000"]))

    assert (made.understood, made.refused) == (1, 1)
    assert [(row.line, row.code) for row in previewing.preview(made).refused] == [(3, "row_twice")]


def test_the_preview_says_what_columns_mean_and_which_do_not(account):
    made = upload(account, table(["Phone", "Shoe size"], ["13800138000", "43"], ["12", "1"]))

    shown = previewing.preview(made)

    assert (shown.columns, shown.unused) == ({"number": "Phone"}, ["Shoe size"])
    assert shown.understood[0]["number"] == "+8613800138000"
    assert (shown.refused[0].line, shown.refused[0].column) == (3, "Phone")


def test_the_report_holds_the_refused_rows_as_they_stood_and_runs_nothing(account):
    made = upload(account, table(["number", "note"], ["=1+1", "@SUM(A1)"]))

    report = previewing.report(made).decode("utf-8-sig")

    head, row = csv.reader(StringIO(report))
    assert head == ["Line", "Column", "Why", "number", "note"]
    assert row[:2] == ["2", "number"]
    assert row[3:] == ["'=1+1", "'@SUM(A1)"]


@pytest.mark.parametrize(
    ("content", "name", "what", "problem"),
    [
        (b"a,b\n1,2\n", "a.csv", "suppressions", "columns_missing"),
        (b"number\n13800138000\n", "a.csv", "consents", "columns_missing"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "suppressions", "table_kind_unknown"),
        (b"PK\x03\x04broken", "a.xlsx", "suppressions", "table_unreadable"),
    ],
    ids=["no number", "no act", "a picture", "a broken workbook"],
)
def test_a_file_that_is_no_such_table_is_refused_and_leaves_nothing(
    account, content, name, what, problem
):
    made = upload(account, content, what=what, name=name)

    assert (made.state, made.problem) == ("refused", problem)
    assert previewing.why(made)
    assert not ImportRow.objects.exists()
    assert not ImportFile.objects.exists()
    with pytest.raises(importing.NotReady):
        importing.apply(wanted=made, by=BY, now=NOW)


def test_more_rows_than_are_taken_are_refused_whole(account, monkeypatch):
    monkeypatch.setattr(importing, "MOST_ROWS", 2)

    made = upload(account, table(["number"], *(["1380013800" + str(n)] for n in range(3))))

    assert (made.state, made.problem) == ("refused", "table_too_long")
    assert "split it" in previewing.why(made)
    assert not ImportRow.objects.exists()


@pytest.mark.parametrize("content", [b"", b"0" * (10 * 1024 * 1024 + 1)], ids=["empty", "large"])
def test_nothing_and_too_much_are_refused_at_once(account, content):
    with pytest.raises(DomainError):
        upload(account, content)

    assert not Import.objects.exists()


def test_an_account_has_three_files_on_their_way_at_most(account):
    for _number in range(importing.MOST_UNDER_WAY):
        factories.ImportFactory(account=account, state="reading")

    with pytest.raises(importing.TooManyImports):
        upload(account, b"number\n")


def test_what_a_crash_interrupts_goes_on_where_it_stood(account, monkeypatch):
    monkeypatch.setattr(importing, "_GROUP", 2)
    numbers = [["1380013800" + str(number)] for number in range(5)]
    made = upload(account, table(["number"], *numbers))
    importing.apply(wanted=made, by=BY, now=NOW)

    assert importing.step(import_id=made.pk, now=NOW)
    made.refresh_from_db()
    assert (made.state, made.applied, Suppression.objects.count()) == ("applying", 2, 2)
    tasks.apply_import(import_id=str(made.pk))

    made.refresh_from_db()
    assert (made.state, made.applied, made.added, Suppression.objects.count()) == ("done", 5, 5, 5)


def test_when_its_time_is_up_a_task_leaves_the_rest_to_the_next(account, monkeypatch):
    monkeypatch.setattr(importing, "_GROUP", 1)
    monkeypatch.setattr(tasks, "APPLY_SECONDS", -1.0)
    made = upload(account, table(["number"], ["13800138000"], ["13800138001"]))
    importing.apply(wanted=made, by=BY, now=NOW)
    OrmQ.objects.all().delete()

    tasks.apply_import(import_id=str(made.pk))

    assert [row.func() for row in OrmQ.objects.all()] == ["messaging.tasks.apply_import"]


def test_consents_are_recorded_with_their_proof(account):
    signature = factories.SignatureFactory(account=account, text="云帆")
    head = ["number", "consent", "time", "signature", "source", "evidence"]
    rows = [
        ["13800138000", "同意", "2026-11-01 10:00", "【云帆】", "表单", "form 17"],
        ["13800138001", "no", "", "", "", ""],
        ["13800138002", "perhaps", "", "", "", ""],
        ["13800138003", "yes", "2027-01-01", "", "", ""],
    ]

    made = apply(upload(account, table(head, *rows), what="consents", name="asked.csv"))

    first, second = ConsentEntry.objects.order_by("number")
    assert (first.act, first.source, first.evidence) == ("granted", "form", "form 17")
    assert (first.signature_id, first.at) == (signature.pk, datetime(2026, 11, 1, 2, tzinfo=UTC))
    assert (second.act, second.source, second.evidence) == ("withdrawn", "import", "asked.csv:3")
    assert second.message_class == "marketing"
    problems = ImportRow.objects.exclude(problem="").order_by("line")
    assert [row.problem for row in problems] == ["act_unknown", "time_ahead"]
    assert made.added == 2


def test_old_files_are_forgotten_and_what_was_taken_of_them_stays(account):
    apply(upload(account, table(["number"], ["13800138000"])))

    importing.forget(now=NOW + timedelta(days=31))

    assert not Import.objects.exists()
    assert Suppression.objects.exists()


def test_however_many_rows_an_import_costs_few_statements(account, django_assert_max_num_queries):
    numbers = [[f"138{number:08}"] for number in range(4_000)]

    with django_assert_max_num_queries(60):
        apply(upload(account, table(["number"], *numbers)))

    assert Suppression.objects.count() == 4_000
