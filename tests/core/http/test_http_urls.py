import pytest

from smsplatform.core.http import UrlRefused, check_url

NOBODY: frozenset[tuple[str, int]] = frozenset()

REFUSED = [
    # scheme
    ("", "url_scheme"),
    ("example.com/hook", "url_scheme"),
    ("//example.com/hook", "url_scheme"),
    ("http://example.com/hook", "url_scheme"),
    ("http://127.0.0.1/", "url_scheme"),
    ("file:///etc/passwd", "url_scheme"),
    ("gopher://127.0.0.1:6379/_INFO", "url_scheme"),
    ("ftp://example.com/", "url_scheme"),
    ("dict://127.0.0.1:11211/", "url_scheme"),
    ("javascript:alert(1)", "url_scheme"),
    ("http\u017f://example.com/", "url_scheme"),
    # shape
    ("https:", "url_malformed"),
    ("https:/example.com", "url_malformed"),
    ("https://", "url_malformed"),
    ("https:///hook", "url_malformed"),
    ("https://?x=1", "url_malformed"),
    ("https://example.com:/", "url_malformed"),
    ("https://example.com:4_43/", "url_malformed"),
    ("https://example.com:+443/", "url_malformed"),
    ("https://example.com:\uff14\uff14\uff13/", "url_malformed"),
    ("https://example.com:443:80/", "url_malformed"),
    ("https://::1/", "url_malformed"),
    ("https://[::1/", "url_malformed"),
    ("https://[::1]evil.com/", "url_malformed"),
    ("https://a[::1]/", "url_malformed"),
    ("https://[fe80::1%25eth0]/", "url_malformed"),
    # characters
    ("https://example.com/a b", "url_characters"),
    (" https://example.com/", "url_characters"),
    ("https://example.com/\r\nHost: x", "url_characters"),
    ("https://exam\tple.com/", "url_characters"),
    ("https://example.com/\x00", "url_characters"),
    ("https://example.com\\@127.0.0.1/", "url_characters"),
    ("https:\\\\127.0.0.1/", "url_characters"),
    ("https://exam\u200bple.com/", "url_characters"),
    ("https://example.com/\u202emoc", "url_characters"),
    ("https://example.com/\u2028", "url_characters"),
    ("https://example.com/" + "a" * 2029, "url_too_long"),
    # user and password
    ("https://a@127.0.0.1/", "url_userinfo"),
    ("https://example.com@127.0.0.1/", "url_userinfo"),
    ("https://user:secret@example.com/", "url_userinfo"),
    ("https://example.com:443@10.0.0.1/", "url_userinfo"),
    ("https://@example.com/", "url_userinfo"),
    # ports
    *[
        (f"https://example.com:{port}/", "url_port")
        for port in (0, 22, 25, 80, 110, 444, 445, 587, 1433, 2375, 2775, 3306, 5432, 6379, 6432)
        + (9200, 11211, 27017, 65536, 99999)
    ],
    # literal addresses
    ("https://127.0.0.1/", "url_address"),
    ("https://10.1.2.3/hook", "url_address"),
    ("https://169.254.169.254/latest/meta-data/", "url_address"),
    ("https://100.64.0.1/", "url_address"),
    ("https://0.0.0.0/", "url_address"),
    ("https://[::1]/", "url_address"),
    ("https://[::]/", "url_address"),
    ("https://[::ffff:127.0.0.1]/", "url_address"),
    ("https://[::ffff:7f00:1]/", "url_address"),
    ("https://[64:ff9b::7f00:1]/", "url_address"),
    ("https://[2002:7f00:1::]/", "url_address"),
    ("https://[fd00:ec2::254]/", "url_address"),
    ("https://[fe80::1]/", "url_address"),
    # numbers that some C library reads as an address
    ("https://2130706433/", "url_host"),
    ("https://0x7f000001/", "url_host"),
    ("https://0x7f.1/", "url_host"),
    ("https://127.1/", "url_host"),
    ("https://127.0.1/", "url_host"),
    ("https://0/", "url_host"),
    ("https://0x/", "url_host"),
    ("https://0177.0.0.1/", "url_host"),
    ("https://0177.0x0.0.1/", "url_host"),
    ("https://127.0.0.01/", "url_host"),
    ("https://256.1.1.1/", "url_host"),
    ("https://1.1.1.1.1/", "url_host"),
    ("https://127.0.0.1./", "url_host"),
    ("https://[1:2:3]/", "url_host"),
    ("https://[1.2.3.4]/", "url_host"),
    # names inside
    ("https://localhost/", "url_host"),
    ("https://LOCALHOST:8443/", "url_host"),
    ("https://localhost./", "url_host"),
    ("https://example.com./", "url_host"),
    ("https://postgres/", "url_host"),
    ("https://hook.localhost/", "url_host"),
    ("https://printer.local/", "url_host"),
    ("https://metadata.google.internal/", "url_host"),
    ("https://router.lan/", "url_host"),
    ("https://router.home.arpa/", "url_host"),
    # names that are none
    ("https://example..com/", "url_host"),
    ("https://.example.com/", "url_host"),
    ("https://-example.com/", "url_host"),
    ("https://exa_mple.com/", "url_host"),
    ("https://127.0.0.1%2eexample.com/", "url_host"),
    ("https://127%2e0%2e0%2e1/", "url_host"),
    ("https://example.com;127.0.0.1/", "url_host"),
    ("https://" + "a" * 64 + ".com/", "url_host"),
    ("https://" + "a." * 127 + "com/", "url_host"),
    # names that would become, or look like, another
    ("https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "url_host"),
    ("https://\uff11\uff12\uff17.0.0.1/", "url_host"),
    ("https://127\u30020\u30020\u30021/", "url_host"),
    ("https://127\uff0e0\uff0e0\uff0e1/", "url_host"),
    ("https://example\u3002com/", "url_host"),
    ("https://example\uff61com/", "url_host"),
    ("https://\uff45xample.com/", "url_host"),
    ("https://example.\u1d9c\u1d52\u1d50/", "url_host"),
    ("https://\u212a.com/", "url_host"),
    ("https://\ufb01sh.com/", "url_host"),
    ("https://fa\u00df.de/", "url_host"),
    ("https://loc\u0430lhost.com/", "url_host"),
    ("https://p\u0430ypal.com/", "url_host"),
    ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "url_host"),
    ("https://xn--80ak6aa92e.com/", "url_host"),
    ("https://xn--localhost-.com/", "url_host"),
    ("https://xn--\u0430.com/", "url_host"),
    ("https://xn--99999999999.com/", "url_host"),
]

ACCEPTED = [
    ("https://example.com/hook", "https://example.com/hook", "example.com", 443),
    ("HTTPS://Example.COM", "https://example.com/", "example.com", 443),
    ("https://example.com?a=%D6%D0&b=1", "https://example.com?a=%D6%D0&b=1", "example.com", 443),
    ("https://example.com/a@b:c", "https://example.com/a@b:c", "example.com", 443),
    ("https://example.com/hook#part", "https://example.com/hook", "example.com", 443),
    ("https://example.com:8443/", "https://example.com:8443/", "example.com", 8443),
    ("https://example.com:30000/", "https://example.com:30000/", "example.com", 30000),
    ("https://8.8.8.8/hook", "https://8.8.8.8/hook", "8.8.8.8", 443),
    ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/", "2606:4700::1111", 443),
    ("https://b\u00fccher.de/", "https://xn--bcher-kva.de/", "xn--bcher-kva.de", 443),
    ("https://xn--bcher-kva.de/", "https://xn--bcher-kva.de/", "xn--bcher-kva.de", 443),
    (
        "https://\u4f8b\u5b50.\u4e2d\u56fd/",
        "https://xn--fsqu00a.xn--fiqs8s/",
        "xn--fsqu00a.xn--fiqs8s",
        443,
    ),
    ("https://xn--fa-hia.de/", "https://xn--fa-hia.de/", "xn--fa-hia.de", 443),
    (
        "https://\u043f\u0440\u0438\u043c\u0435\u0440.com/",
        "https://xn--e1afmkfd.com/",
        "xn--e1afmkfd.com",
        443,
    ),
]


@pytest.mark.parametrize(("url", "code"), REFUSED)
def test_a_url_that_leads_inside_or_astray_is_refused(url, code):
    with pytest.raises(UrlRefused) as refused:
        check_url(url, allowed=NOBODY)

    assert refused.value.code == code


@pytest.mark.parametrize(("url", "rebuilt", "host", "port"), ACCEPTED)
def test_a_public_url_is_rebuilt_from_what_was_checked(url, rebuilt, host, port):
    target = check_url(url, allowed=NOBODY)

    assert (target.url, target.host, target.port) == (rebuilt, host, port)


def test_a_refusal_has_a_sentence_for_people():
    with pytest.raises(UrlRefused, match="must begin with https"):
        check_url("http://example.com", allowed=NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9100/hook",
        "https://127.0.0.1:9100/hook",
        "http://[::1]:9100/",
        "http://Sink:9100/",
        "http://127.0.0.1:22/",
        "http://127.0.0.1/",
    ],
)
def test_an_exception_opens_its_host_and_port_also_without_tls(url):
    allowed = frozenset(
        {("127.0.0.1", 9100), ("::1", 9100), ("sink", 9100), ("127.0.0.1", 22), ("127.0.0.1", 80)}
    )

    assert (check_url(url, allowed=allowed).host, check_url(url, allowed=allowed).port) in allowed


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:9101/", "url_scheme"),
        ("https://127.0.0.1:9101/", "url_address"),
        ("https://127.0.0.2:9100/", "url_address"),
        ("https://localhost:9100/", "url_host"),
        ("https://127.0.0.1.:9100/", "url_host"),
        ("https://0x7f000001:9100/", "url_host"),
        ("https://[::ffff:127.0.0.1]:9100/", "url_address"),
        ("http://a@127.0.0.1:9100/", "url_userinfo"),
        ("ftp://127.0.0.1:9100/", "url_scheme"),
    ],
)
def test_an_exception_opens_nothing_beside_its_host_and_port(url, code):
    with pytest.raises(UrlRefused) as refused:
        check_url(url, allowed=frozenset({("127.0.0.1", 9100)}))

    assert refused.value.code == code


def test_a_url_to_our_own_public_name_is_refused():
    with pytest.raises(UrlRefused) as refused:
        check_url(
            "https://SMS.example.com/api", allowed=NOBODY, own_names=frozenset({"sms.example.com"})
        )

    assert refused.value.code == "url_host"
