"""The bytes of requests, prepared as far as they can be: a request costs one join and one write.

Every number is used once in a run of the generator, and all bodies have the same length.
"""

from collections.abc import Callable
from urllib.parse import quote

Build = Callable[[int], bytes]

TEXT = "Your code is %06d. It is valid for 5 minutes."
SIGNED = f"【Bench】{TEXT}"
SENDER = "10690000"
NUMBERS = 90_000_000


def platform(*, key: str, each: int, first: int, template: str) -> Build:
    """POST /api/v1/messages with `each` recipients."""
    bare = b'"+86%011d"' if each == 1 else b"[" + b",".join([b'"+86%011d"'] * each) + b"]"
    body = b'{"to":%s,"template":"%s","params":{"code":"%%06d"}}' % (bare, template.encode())
    length = len(body % (*[0] * each, 0))
    whole = (
        b"POST /api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
        b"Content-Length: %d\r\n\r\n" % (key.encode(), length)
    ).replace(b"%", b"%%") + body

    def build(count: int) -> bytes:
        start = count * each
        numbers = (first + (start + place) % NUMBERS for place in range(each))
        return whole % (*numbers, count % 1_000_000)

    return build


def kannel(*, key: str, first: int, sink: int) -> Build:
    """GET sendsms: the same text, one callback with the final receipt."""
    callback = quote(f"http://127.0.0.1:{sink}/told?id=", safe="")
    before, after = quote(SIGNED, safe="%").split("%06d")
    whole = (
        f"GET /cgi-bin/sendsms?username={key}&password={key}&from={SENDER}&coding=2&charset=UTF-8"
        f"&dlr-mask=3&dlr-url={callback}{{count}}&to=%2B86{{number:011d}}"
        f"&text={before}{{code:06d}}{after} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    )

    def build(count: int) -> bytes:
        number = first + count % NUMBERS
        return whole.format(count=count, number=number, code=count % 1_000_000).encode()

    return build
