"""The three ways a request ends without an answer. Codes are stable; callers store them."""


class UrlRefused(Exception):
    """This URL may not be called, whatever it resolves to.

    Codes: `url_too_long`, `url_characters`, `url_scheme`, `url_malformed`, `url_userinfo`,
    `url_port`, `url_host` (a name we refuse), `url_address` (a denied IP literal).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotSent(Exception):
    """Certainly not one byte of the request was written: safe to try again.

    Reasons: every code of `UrlRefused`, `header_characters`, `address_denied`, `dns_failed`,
    `connect_failed`, `connect_timeout`, `certificate`, `tls_failed`, `too_late`. Never an
    address: the customer reads the reason, and it must not become a map of our network.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unanswered(Exception):
    """The other side may have acted on the request, but no whole answer came back.

    Reasons: `timeout`, `disconnected`, `malformed_answer`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
