"""Papers of a company, for tests: pictures, documents, and a qualification filled in to the end."""

import zlib
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

from PIL import Image

from accounts.models import Qualification, QualificationDocument
from accounts.services import documents, qualification
from smsplatform.core import review
from tests import factories

CODE = "91310115MA1K4T8P3C"
OTHER_CODE = "91330100799655058B"
ID_NUMBER = "11010519491231002X"
BY = "user:1"
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PURPOSE = QualificationDocument.Purpose


def picture(kind="JPEG", size=(60, 40), **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **options)
    return out.getvalue()


def pdf(*objects: bytes, root: bytes = b"") -> bytes:
    """One empty page. `objects` are numbered from 4; `root` is more of the first one."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R " + root + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(out))
    )


def compressed(dictionary: bytes, content: bytes) -> bytes:
    """A stream, as an object of a PDF."""
    body = zlib.compress(content)
    head = b"<< %b /Filter /FlateDecode /Length %d >>" % (dictionary, len(body))
    return head + b"\nstream\n" + body + b"\nendstream"


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4)
        return len(data).to_bytes(4) + kind + data + check

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def take_in(account, content, name, now):
    return documents.take_in(account=account, content=content, name=name, by=BY, now=now)


def person(**changes):
    return {
        "name": "李伟",
        "id_type": "identity_card",
        "id_number": ID_NUMBER,
        "valid_until_date": TODAY + timedelta(days=900),
        "phone": "+8613800138000",
        **changes,
    }


def fields(**changes):
    return {
        "name": "上海云帆网络科技有限公司",
        "company_type": "company",
        "registration_number": CODE,
        "licence_from_date": TODAY - timedelta(days=900),
        "licence_until_date": TODAY + timedelta(days=900),
        **changes,
    }


def filled(account=None, *, by=BY, now, **changes) -> Qualification:
    """Everything that China asks of a company, so that it can be submitted."""
    account = account or factories.AccountFactory(name="上海云帆网络科技有限公司")
    made = qualification.start(account=account, by=by, now=now)
    fill(made, by=by, now=now, **changes)
    return Qualification.objects.get(pk=made.pk)


def fill(made, *, by, now, handler=None, **changes):
    qualification.edit(
        qualification=made,
        fields=fields(**changes),
        people={"legal": person(), "handler": person(**(handler or {}))},
        by=by,
        now=now,
    )
    for purpose in (PURPOSE.LICENCE, PURPOSE.HANDLER_FRONT, PURPOSE.HANDLER_BACK):
        attach(made, purpose, by=by, now=now)


def attach(made, purpose, *, by, now, content=None, name="scan.jpg"):
    return qualification.attach(
        qualification=made,
        purpose=purpose,
        content=content or picture(),
        name=name,
        by=by,
        now=now,
    )


def submitted(account=None, *, by=BY, now, **changes) -> Qualification:
    made = filled(account, by=by, now=now, **changes)
    qualification.submit(qualification=made, by=by, now=now)
    return Qualification.objects.get(pk=made.pk)


def again(row):
    return type(row).objects.get(pk=row.pk)


def decide(row, decision="approved", by_id=900, now=NOW, reasons=()):
    item = review.Item.objects.live().get(kind="qualification", target_id=row.pk)
    review.decide(
        item_id=item.pk,
        decision=decision,
        reasons=list(reasons),
        by_id=by_id,
        by_name="Mei",
        now=now,
    )
    return again(row)
