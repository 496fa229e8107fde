"""Files of strangers: judged by content, painted anew or quarantined, kept for our eyes only."""

import stat
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from accounts import tasks
from accounts.models import Document
from accounts.services import documents
from smsplatform.core import queue
from smsplatform.core.errors import DomainError, NotFound
from smsplatform.core.files import names, pdf_reader, pdfs, store
from tests import factories
from tests.accounts.papers import compressed, pdf, picture, png_that_claims, take_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def account():
    return factories.AccountFactory()


REFUSED = {
    "empty": (b"", "a.jpg", "file_empty"),
    "11 MB": (b"%PDF-" + b"0" * 11_000_000, "a.pdf", "file_too_large"),
    "HTML that is called a PDF": (HTML, "a.pdf", "file_kind_unknown"),
    "HTML before a PDF": (HTML + pdf(), "a.pdf", "file_kind_unknown"),
    "SVG": (SVG, "a.svg", "file_kind_unknown"),
    "SVG that is called a picture": (SVG, "a.png", "file_kind_unknown"),
    "EICAR": (EICAR, "a.jpg", "file_kind_unknown"),
    "EICAR in a PDF": (pdf() + EICAR + b"\n%%EOF", "a.pdf", "file_dangerous"),
    "a page of the web in a PDF": (pdf() + HTML + b"\n%%EOF", "a.pdf", "file_dangerous"),
    "a double ending": (pdf(), "licence.pdf.exe", "file_misnamed"),
    "a picture that is called a PDF": (picture(), "a.pdf", "file_misnamed"),
    "no ending": (picture(), "jpg", "file_misnamed"),
    "65,000 x 65,000": (png_that_claims(65_000, 65_000), "a.png", "picture_too_large"),
    "41 million pixels": (png_that_claims(8_200, 5_000), "a.png", "picture_too_large"),
    "a picture that is cut off": (picture()[:300], "a.jpg", "file_unreadable"),
    "a picture of nothing": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a.png", "file_unreadable"),
    "a PDF without an end": (pdf()[:-200], "a.pdf", "file_unreadable"),
    "a PDF with a script": (
        pdf(b"<< /S /JavaScript /JS (app.alert) >>", root=b"/OpenAction 4 0 R"),
        "a.pdf",
        "file_dangerous",
    ),
    "a PDF with a file": (
        pdf(b"<< /Names [(a.exe) 5 0 R] >>", root=b"/Names << /EmbeddedFiles 4 0 R >>"),
        "a.pdf",
        "file_dangerous",
    ),
    "a PDF with a password": (
        pdf().replace(b"/Root", b"/Encrypt 4 0 R /Root"),
        "a.pdf",
        "file_dangerous",
    ),
}


@pytest.mark.parametrize(("content", "name", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_picture_and_no_document_is_refused(content, name, code, account, settings):
    with pytest.raises(DomainError) as refusal:
        take_in(account, content, name, NOW)

    assert refusal.value.code == code
    assert not Document.objects.exists()
    assert not [path for path in Path(settings.PRIVATE_DIR).rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "a.JPG"), ("JPEG", "a.jpeg"), ("PNG", "a.png")]
)
def test_a_picture_is_painted_anew(kind, name, account):
    document = take_in(account, picture(kind), name, NOW)

    assert (document.state, document.width, document.height) == ("clean", 60, 40)
    with Image.open(BytesIO(documents.read(document))) as shown:
        assert (shown.format, shown.size) == (kind, (60, 40))


def test_a_day_has_room_for_so_many_files_of_an_account(account, settings):
    settings.UPLOADS_A_DAY = 2
    for hour in (0, 1):
        take_in(account, picture(), "a.jpg", NOW + timedelta(hours=hour))

    with pytest.raises(DomainError) as refused:
        take_in(account, picture(), "a.jpg", NOW + timedelta(hours=2))

    assert refused.value.code == "too_many_uploads"
    assert Document.objects.count() == len(list(store.places())) == 2
    take_in(factories.AccountFactory(), picture(), "a.jpg", NOW + timedelta(hours=2))
    take_in(account, picture(), "a.jpg", NOW + timedelta(hours=24, seconds=1))


def test_a_picture_leaves_its_metadata_and_whatever_hid_behind_it(account):
    exif = Image.Exif()
    exif[0x010E] = "where it was taken: 31.2304 N"
    exif[0x0112] = 6
    content = picture("JPEG", exif=exif, comment=b"a comment") + HTML + EICAR

    kept = documents.read(take_in(account, content, "a.jpg", NOW))

    for secret in (b"31.2304", b"Exif", b"a comment", b"<script", b"EICAR"):
        assert secret not in kept
    with Image.open(BytesIO(kept)) as shown:
        assert shown.size == (40, 60)  # turned as the camera was held


def test_a_picture_with_broken_metadata_is_painted_and_turned_all_the_same(account):
    exif = Image.Exif()
    exif[0x010E] = "a description"
    exif[0x0112] = 6
    content = picture("JPEG", exif=exif)
    # The description says that it is a length, which no text can be.
    broken = content.replace(b"\x01\x0e\x00\x02", b"\x01\x01\x00\x02")

    kept = documents.read(take_in(account, broken, "a.jpg", NOW))

    with Image.open(BytesIO(kept)) as shown:
        assert shown.size == (40, 60)


def test_a_palette_and_its_transparency_are_painted(account):
    out = BytesIO()
    Image.new("P", (10, 10)).save(out, "PNG", transparency=0)

    kept = documents.read(take_in(account, out.getvalue(), "a.png", NOW))

    with Image.open(BytesIO(kept)) as shown:
        assert shown.mode == "RGBA"


def test_a_pdf_is_shown_to_nobody_before_a_task_has_read_it(account):
    document = take_in(account, pdf(), "a.pdf", NOW)
    assert document.state == "quarantined"
    with pytest.raises(NotFound):
        documents.read(document)
    task = {"task": "accounts.tasks.check_document", "document_id": document.pk}
    assert queue.is_waiting(queue="jobs", **task)

    tasks.check_document(document_id=document.pk)

    document.refresh_from_db()
    assert (document.state, document.problem) == ("clean", "")
    assert documents.read(document) == pdf()


def hidden_script() -> bytes:
    """In a compressed stream of objects: no word of it can be read in the bytes."""
    inner = b"10 0 << /S /JavaScript /JS (app.alert) >>"
    whole = pdf(compressed(b"/Type /ObjStm /N 1 /First 5", inner), root=b"/OpenAction 10 0 R")
    body = whole[: whole.index(b"xref\n")]
    rows = [(0, 0, 0)] * 12
    for number in range(1, 5):
        rows[number] = (1, body.index(b"%d 0 obj" % number), 0)
    rows[10] = (2, 4, 0)
    table = b"".join(bytes([kind]) + at.to_bytes(4) + bytes([last]) for kind, at, last in rows)
    listing = compressed(b"/Type /XRef /Size 12 /W [1 4 1] /Root 1 0 R", table)
    return body + b"11 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (listing, len(body))


def opening(action: bytes) -> bytes:
    return pdf(action, root=b"/OpenAction 4 0 R")


ACTING = {
    "a program": opening(b"<< /S /Launch /F (cmd.exe) >>"),
    "another document": opening(b"<< /S /GoToR /F (other.pdf) >>"),
    "a form that is sent": opening(b"<< /S /SubmitForm /F (https://x.example) >>"),
    "a film": opening(b"<< /S /Rendition >>"),
    "a script behind a name in hexadecimal": opening(b"<< /S /Java#53cript >>"),
    "a script in a compressed stream": hidden_script(),
    "lists in lists": pdf(b"[" * 40 + b"]" * 40),
}


@pytest.mark.parametrize("content", ACTING.values(), ids=ACTING.keys())
def test_a_pdf_that_can_act_is_refused_by_its_structure(content):
    assert pdf_reader.read(content) == pdfs.DANGEROUS


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n" + b"\xff" * 5000 + b"%%EOF", pdf()[:150] + b"%%EOF"],
    ids=["nothing", "noise", "half"],
)
def test_a_pdf_that_nobody_can_read_is_refused(content):
    assert pdf_reader.read(content) != pdfs.FINE


def test_what_was_refused_is_never_shown(account):
    document = take_in(account, ACTING["another document"], "a.pdf", NOW)

    documents.check(document_id=document.pk, now=NOW)

    document.refresh_from_db()
    assert (document.state, document.problem) == ("refused", "file_dangerous")
    with pytest.raises(NotFound):
        documents.read(document)


def test_a_bomb_is_not_unpacked_in_our_memory():
    bomb = pdf(compressed(b"/Type /ObjStm /N 1 /First 5", b" " * 200_000_000))
    assert len(bomb) < 300_000

    assert pdfs.judge(bomb) in (pdfs.FINE, pdfs.DANGEROUS, pdfs.UNREADABLE)


def test_files_lie_sealed_under_random_names_for_our_eyes_only(account, settings):
    content = pdf()
    document = take_in(account, content, "营业执照.pdf", NOW)

    path = Path(settings.PRIVATE_DIR) / document.place
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"PDF" not in path.read_bytes()
    assert len(path.name) == 40
    assert document.name == "营业执照.pdf"


def test_a_file_whose_row_was_not_written_is_not_left_behind(account, settings):
    with pytest.raises(DomainError):
        take_in(account, picture("PNG"), "a.jpg", NOW)
    account.pk = None
    with pytest.raises(ValueError, match="saved"):
        take_in(account, picture(), "a.jpg", NOW)

    assert not [path for path in Path(settings.PRIVATE_DIR).rglob("*") if path.is_file()]


def test_files_of_no_row_are_swept_after_a_day(account, settings):
    document, now = take_in(account, picture(), "a.jpg", NOW), datetime.now(UTC)
    orphan = store.put(b"left behind")

    assert documents.sweep(now=now + timedelta(hours=23)) == 0
    assert documents.sweep(now=now + timedelta(hours=25)) == 1

    assert [place for place, _put_at in store.places()] == [document.place]
    assert orphan != document.place


def test_no_address_leads_to_the_store(account, client):
    document = take_in(account, picture(), "a.jpg", NOW)

    for path in (f"/private/{document.place}", f"/static/{document.place}", f"/{document.place}"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("place", ["../../etc/passwd", "ab/../../x", "/etc/passwd", "ab", ""])
def test_no_place_leads_elsewhere(place):
    with pytest.raises(ValueError, match=r"."):
        store.get(place) if place else store.get("x")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("licence.jpg", "licence.jpg"),
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\scans\\licence.jpg", "licence.jpg"),
        ("a\0b.jpg", "ab.jpg"),
        ("gpj.\u202eexe.jpg", "gpj.exe.jpg"),
        ("a\r\nb.jpg", "ab.jpg"),
        ("", "?"),
        ("营业执照.jpg", "营业执照.jpg"),
    ],
)
def test_a_name_is_shown_without_what_could_deceive(name, shown):
    assert names.shown(name) == shown


def test_a_long_name_keeps_its_ending():
    shown = names.shown("x" * 300 + ".jpg")

    assert len(shown) <= 120
    assert shown.endswith(".jpg")
