"""Tables of strangers come in as text or not at all; what we write is text to whoever opens it."""

import csv
import re
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from smsplatform.core import tables
from smsplatform.core.tables import TableRefused

PEOPLE = [["name", "number"], ["张三", "13800000000"], ["李四", "13900000000"]]
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
STRINGS = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
OUTSIDE = LAUGHS.replace('<!ENTITY c "', '<!ENTITY c SYSTEM "file:///etc/passwd"><!ENTITY d "')


def workbook(rows=PEOPLE, *, hidden_first=False):
    book = Workbook()
    sheet = book.active
    if hidden_first:
        sheet.append(["not", "this"])
        sheet.sheet_state = "hidden"
        sheet = book.create_sheet("shown")
    for row in rows:
        sheet.append(row)
    return saved(book)


def saved(book):
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def rebuilt(change=lambda name, content: content, extra=()):
    """A workbook whose parts were changed, and with parts that none has."""
    out = BytesIO()
    with ZipFile(BytesIO(workbook())) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
        for part, content in extra:
            new.writestr(part, content)
    return out.getvalue()


def with_sheet(sheet):
    return rebuilt(lambda name, content: sheet(content) if name == SHEET else content)


def with_strings(xml):
    """As spreadsheets write them: texts stand in a part of their own and are named by number."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'

    def change(name, content):
        if name == "[Content_Types].xml":
            return content.replace(b"</Types>", override.encode())
        return re.sub(rb't="inlineStr">.*?</c>', b't="s"><v>0</v></c>', content)

    return rebuilt(change, extra=[("xl/sharedStrings.xml", xml)])


def stored(name):
    """A part that says itself how it is to be unpacked: here, as a symbolic link."""
    part = ZipInfo(name)
    part.create_system = 3
    part.external_attr = 0o120777 << 16
    part.compress_type = ZIP_STORED
    return part


def read(content, name="table.xlsx", most_rows=100):
    return list(tables.read(BytesIO(content), name=name, most_rows=most_rows))


def refusal(content, name="table.xlsx", most_rows=100):
    with pytest.raises(TableRefused) as caught:
        read(content, name, most_rows)
    assert caught.value.sentence()
    return caught.value.code


TEXT = "签名,结果\r\n云帆,通过\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_that_spreadsheets_write(encoding):
    assert read(TEXT.encode(encoding), "results.CSV") == [["签名", "结果"], ["云帆", "通过"]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_is_read_with_the_separator_that_its_first_line_shows(separator):
    content = TEXT.replace(",", separator).encode()

    assert read(content, "a.csv") == [["签名", "结果"], ["云帆", "通过"]]


def test_empty_rows_keep_the_numbers_of_the_others_and_those_at_the_end_do_not_count():
    content = b"a,b\n\n,,\nc,d,,\n\n\n\n"

    assert read(content, "a.csv", most_rows=4) == [["a", "b"], [], [], ["c", "d"]]


def test_a_workbook_is_read_as_it_reads():
    rows = [["long", "part", "formula", "yes", "none"]]
    rows += [[13800000000.0, 1.5, "=1+1", True, None], [], ["  x ", "'quoted"]]

    assert read(workbook(rows)) == [
        ["long", "part", "formula", "yes", "none"],
        ["13800000000", "1.5", "=1+1", "True"],
        [],
        ["  x ", "'quoted"],
    ]


def test_texts_that_stand_in_a_part_of_their_own_are_read():
    assert read(with_strings(STRINGS % "张三"))[1] == ["张三", "张三"]


def test_the_first_sheet_that_is_shown_is_read():
    assert read(workbook(hidden_first=True)) == PEOPLE


def test_what_a_sheet_claims_of_its_size_is_not_believed():
    claimed = with_sheet(
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml)
    )

    assert read(claimed) == PEOPLE


def test_a_row_at_the_far_end_of_a_sheet_is_refused():
    far = with_sheet(
        lambda xml: xml.replace(b'r="3"', b'r="1048576"').replace(b'A3"', b'A1048576"')
    )

    assert refusal(far) == "table_too_long"


def test_a_cell_at_the_far_side_of_a_sheet_is_refused():
    far = with_sheet(lambda xml: xml.replace(b'r="B3"', b'r="XFD3"'))

    assert refusal(far) == "table_too_wide"


def zeros(megabytes):
    return b"0" * (megabytes * 1024**2)


REFUSED = {
    "no bytes": (b"", "a.xlsx", "table_empty"),
    "more than 10 MB": (zeros(11), "a.csv", "table_too_large"),
    "an old workbook, or one with a password": (
        b"\xd0\xcf\x11\xe0" + b"0" * 600,
        "a.xlsx",
        "table_kind_unknown",
    ),
    "a workbook that is called a text": (workbook(), "a.csv", "table_kind_unknown"),
    "a workbook with macros by its name": (workbook(), "a.xlsm", "table_kind_unknown"),
    "a text that is called a workbook": (b"a,b\n", "a.xlsx", "table_kind_unknown"),
    "no archive after all": (b"PK\x03\x04" + b"0" * 99, "a.xlsx", "table_unreadable"),
    "an archive that is cut off": (workbook()[:-300], "a.xlsx", "table_unreadable"),
    "an archive of something else": (
        rebuilt(extra=[("word/document.xml", "x")]).replace(b"[Content_Types]", b"[Content_Taxes]"),
        "a.xlsx",
        "table_kind_unknown",
    ),
    "1000 times its size": (
        rebuilt(extra=[("xl/bomb.xml", zeros(60))]),
        "a.xlsx",
        "table_too_large",
    ),
    "10,000 parts": (
        rebuilt(extra=[(f"xl/p{number}.xml", "x") for number in range(10_000)]),
        "a.xlsx",
        "table_too_large",
    ),
    "a name that leads out": (rebuilt(extra=[("../../x", "x")]), "a.xlsx", "table_dangerous"),
    "a name from the root": (rebuilt(extra=[("/etc/x", "x")]), "a.xlsx", "table_dangerous"),
    "a link in the file system": (
        rebuilt(extra=[(stored("xl/link.xml"), "/etc/passwd")]),
        "a.xlsx",
        "table_dangerous",
    ),
    "an archive in the archive": (
        rebuilt(extra=[("xl/media/image1.png", workbook())]),
        "a.xlsx",
        "table_dangerous",
    ),
    "macros": (rebuilt(extra=[("xl/vbaProject.bin", "x")]), "a.xlsx", "table_dangerous"),
    "links to other workbooks": (
        rebuilt(extra=[("xl/externalLinks/externalLink1.xml", "<x/>")]),
        "a.xlsx",
        "table_dangerous",
    ),
    "another file inside": (
        rebuilt(extra=[("xl/embeddings/oleObject1.bin", "x")]),
        "a.xlsx",
        "table_dangerous",
    ),
    "entities that multiply": (
        with_strings(LAUGHS + STRINGS % "&c;"),
        "a.xlsx",
        "table_unreadable",
    ),
    "entities from outside": (
        with_strings(OUTSIDE + STRINGS % "&c;"),
        "a.xlsx",
        "table_unreadable",
    ),
    "a sheet that is no XML": (with_sheet(lambda xml: xml[:200]), "a.xlsx", "table_unreadable"),
    "a string that is not there": (
        with_strings(STRINGS.replace("si>", "no>")),
        "a.xlsx",
        "table_unreadable",
    ),
    "bytes of no encoding": (b"a,b\n\xff\xff\xff\n", "a.csv", "table_unreadable"),
    "a character that ends strings": (b"a,b\0c\n", "a.csv", "table_unreadable"),
    "a quote that is never closed": (b'a,"b\nc,d\n', "a.csv", "table_unreadable"),
    "a cell of 10 MB": (b"a,b\n" + b"x" * (9 * 1024**2), "a.csv", "table_unreadable"),
    "a cell longer than a cell": (b"a," + b"x" * 40_000, "a.csv", "cell_too_long"),
    "65 columns": (b"x," * 64 + b"x", "a.csv", "table_too_wide"),
    "101 rows": (b"x\n" * 101, "a.csv", "table_too_long"),
    "101 rows of a workbook": (workbook([["x"]] * 101), "a.xlsx", "table_too_long"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_file_is_refused_by_name(case):
    content, name, code = REFUSED[case]

    assert refusal(content, name) == code


def test_a_part_that_unpacks_to_more_than_it_claims_is_refused():
    """The directory of the archive says 100 bytes; the sheet is far longer."""
    content = bytearray(rebuilt())
    with ZipFile(BytesIO(content)) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    lying = bytes(content).replace(size, (100).to_bytes(4, "little"))

    assert refusal(lying) == "table_unreadable"


ACTING = ["=1+1", "+4477", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"]


@pytest.mark.parametrize("text", ACTING)
def test_nothing_that_we_write_is_a_formula_and_it_reads_back_as_it_was(text):
    out = BytesIO()
    tables.write_workbook(out, title="x", header=["a"], rows=[[text]])
    cell = load_workbook(BytesIO(out.getvalue())).active["A2"]

    assert (cell.data_type, cell.value[:1]) == ("s", "'")
    assert read(out.getvalue())[1] == [text.replace("\r", "\n")]


@pytest.mark.parametrize("text", ACTING)
def test_no_cell_of_a_csv_begins_as_a_formula_does(text):
    out = StringIO(newline="")
    tables.write_csv(out, header=["a", "b"], rows=[[text, "x,y\n"]])
    written = out.getvalue().encode("utf-8-sig")

    assert next(csv.reader(StringIO(out.getvalue(), newline="").readlines()[1:]))[0][0] == "'"
    assert read(written, "a.csv")[1] == [text, "x,y\n"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=5), max_size=5))
def test_any_text_reads_as_rows_or_is_refused(rows):
    out = StringIO(newline="")
    tables.write_csv(out, header=["a"], rows=rows)
    content = out.getvalue().encode("utf-8-sig", "replace")
    try:
        found = read(content, "a.csv")
    except TableRefused:
        return
    assert found[0] == ["a"]
