"""What a submit_sm says: its text, and which part of which message it is."""

from messaging.simulator.log import Submission
from messaging.smpp import fields, pdu
from messaging.smpp.pdu import SubmitSm
from smsplatform.core.text import encodings

LONGEST_ADDRESS = 20

# Information elements of a user data header that join parts, with the octets of their reference.
JOINING = {0x00: 1, 0x08: 2}


def read(submit: SubmitSm, account: str, now: float) -> Submission:
    body = submit.content
    submission = Submission(now, "smpp", account, submit.destination, "", submit.source)
    if submit.esm_class & pdu.WITH_HEADER and body:
        _read_header(body[1 : body[0] + 1], submission)
        body = body[body[0] + 1 :]
    if submit.tlvs:
        _read_tlvs(submit.tlvs, submission)
    try:
        submission.text = _decode(body, submit.data_coding)
    except UnicodeDecodeError:
        submission.text = body.decode("latin-1")
        submission.raw = body.hex()
    return submission


def _decode(body: bytes, data_coding: int) -> str:
    match data_coding:
        case 0x08:
            return body.decode("utf-16-be", "surrogatepass")
        case 0x00:
            return encodings.decode_gsm7(body)
        case 0x01:
            return body.decode("ascii")
    return body.decode("latin-1")


def _read_header(header: bytes, submission: Submission) -> None:
    start = 0
    while start + 2 <= len(header):
        kind, length = header[start], header[start + 1]
        value = header[start + 2 : start + 2 + length]
        octets = JOINING.get(kind)
        if octets is not None and len(value) == octets + 2:
            submission.group = int.from_bytes(value[:octets])
            submission.parts, submission.part = value[octets], value[octets + 1]
        start += 2 + length


def _read_tlvs(tlvs: dict[int, bytes], submission: Submission) -> None:
    reference = tlvs.get(fields.USER_MESSAGE_REFERENCE)
    if reference is not None and len(reference) == 2:
        submission.reference = int.from_bytes(reference)
    if fields.SAR_TOTAL in tlvs:
        submission.group = int.from_bytes(tlvs.get(fields.SAR_REFERENCE, b""))
        submission.parts = int.from_bytes(tlvs[fields.SAR_TOTAL])
        submission.part = int.from_bytes(tlvs.get(fields.SAR_PART, b"\1"))
