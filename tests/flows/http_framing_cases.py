"""Requests, sound and unsound, and what RFC 9112 says of each (`test_http_framing`)."""

from __future__ import annotations

from dataclasses import dataclass

PATH = b"/api/v1/sites/demo/decisions"
MARKER = b"GET /healthz?marker HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
"""The request behind each case: answered only where the case was one sound request."""


@dataclass(frozen=True)
class Case:
    """Bytes in front of the marker, and what they must lead to."""

    section: str
    """Of RFC 9112, unless another one is named."""
    name: str
    raw: bytes
    accepted: bool | None
    """True: one sound request. False: an error. None: the RFC leaves the choice; never two requests."""
    framed: bool = False
    """Whether the error leaves no doubt about where the request ends: what is behind may be answered."""


def get(
    line: bytes = b"GET /healthz HTTP/1.1", *fields: bytes, host: bytes | None = b"Host: 127.0.0.1"
) -> bytes:
    return b"\r\n".join([line, *([host] if host is not None else []), *fields, b"", b""])


def post(*fields: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    line = b"POST " + PATH + b" HTTP/" + version
    return get(line, *fields) + body


def chunked(body: bytes, *fields: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", *fields, body=body)


def length(value: bytes, body: bytes = b"hello") -> bytes:
    return post(b"Content-Length: " + value, body=body)


def coding(value: bytes) -> bytes:
    return post(b"Transfer-Encoding: " + value, body=b"5\r\nhello\r\n0\r\n\r\n")


YES, NO, EITHER = True, False, None

REQUEST_LINES = [
    ("plain", get(), YES),
    ("absolute form (3.2.2)", get(b"GET http://127.0.0.1/healthz HTTP/1.1"), YES),
    ("query", get(b"GET /healthz?a=b&c HTTP/1.1"), YES),
    ("escaped characters", get(b"GET /healthz?%00%0d%0a HTTP/1.1"), YES),
    ("asterisk form (3.2.4)", get(b"OPTIONS * HTTP/1.1"), EITHER),
    ("empty line in front (2.2)", b"\r\n" + get(), YES),
    ("minor version above ours (2.3)", get(b"GET /healthz HTTP/1.2"), EITHER),
    ("two spaces before the target", get(b"GET  /healthz HTTP/1.1"), NO),
    ("two spaces before the version", get(b"GET /healthz  HTTP/1.1"), NO),
    ("tab for a space", get(b"GET\t/healthz\tHTTP/1.1"), NO),
    ("vertical tab for a space", get(b"GET\x0b/healthz\x0bHTTP/1.1"), NO),
    ("space in front", b" " + get(), NO),
    ("space behind", get(b"GET /healthz HTTP/1.1 "), NO),
    ("tab behind", get(b"GET /healthz HTTP/1.1\t"), NO),
    ("space in the target", get(b"GET /heal thz HTTP/1.1"), NO),
    ("no target", get(b"GET HTTP/1.1"), NO),
    ("no version (HTTP/0.9)", get(b"GET /healthz"), NO),
    ("method alone", get(b"GET"), NO),
    ("no method", get(b" /healthz HTTP/1.1"), NO),
    ("nothing but a colon", get(b":"), NO),
    ("parenthesis in the method", get(b"G(T /healthz HTTP/1.1"), NO),
    ("colon in the method", get(b"GET: /healthz HTTP/1.1"), NO),
    ("non-ASCII method", get("GÆT /healthz HTTP/1.1".encode()), NO),
    ("version in lower case (2.3)", get(b"GET /healthz http/1.1"), NO),
    ("version without a minor part", get(b"GET /healthz HTTP/1"), NO),
    ("version of two digits", get(b"GET /healthz HTTP/1.10"), NO),
    ("version with a leading zero", get(b"GET /healthz HTTP/01.1"), NO),
    ("version with a sign", get(b"GET /healthz HTTP/+1.1"), NO),
    ("version of another digit", get("GET /healthz HTTP/1.١".encode()), NO),
    ("HTTP/0.9 by name", get(b"GET /healthz HTTP/0.9"), NO),
    ("HTTP/2 by name", get(b"GET /healthz HTTP/2.0"), NO),
    ("HTTP/3 by name", get(b"GET /healthz HTTP/3.0"), NO),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NO),
    ("another protocol", get(b"GET /healthz ICAP/1.1"), NO),
    ("bare CR in the line (2.2)", get(b"GET /heal\rthz HTTP/1.1"), NO),
    ("bare CR as its end", b"GET /healthz HTTP/1.1\rHost: 127.0.0.1\r\n\r\n", NO),
    ("NUL in the target", get(b"GET /heal\0thz HTTP/1.1"), NO),
    ("escape character in the target", get(b"GET /heal\x1bthz HTTP/1.1"), NO),
    ("delete character in the target", get(b"GET /heal\x7fthz HTTP/1.1"), NO),
    ("target longer than 8,000 bytes (3)", get(b"GET /" + b"a" * 9000 + b" HTTP/1.1"), NO),
    ("method longer than any", get(b"G" * 9000 + b" /healthz HTTP/1.1"), NO),
    ("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", NO),
]

FIELDS = [
    ("spaces around a value (5)", get(b"GET /healthz HTTP/1.1", b"X-A: \t b \t "), YES),
    ("empty value", get(b"GET /healthz HTTP/1.1", b"X-A:"), YES),
    ("name in another case", get(b"GET /healthz HTTP/1.1", host=b"hOsT: 127.0.0.1"), YES),
    ("every mark that a name may have", get(b"GET /healthz HTTP/1.1", b"!#$%&'*+-.^`|~09aZ: b"), YES),
    ("bytes above 127 in a value", get(b"GET /healthz HTTP/1.1", b"X-A: \xc3\xa6\xff"), YES),
    ("repeated field", get(b"GET /healthz HTTP/1.1", b"X-A: b", b"X-A: c"), YES),
    ("two Hosts", get(b"GET /healthz HTTP/1.1", b"Host: evil.example"), NO),
    ("two equal Hosts", get(b"GET /healthz HTTP/1.1", b"Host: 127.0.0.1"), NO),
    ("Host with NUL", get(host=b"Host: 127.0.0.1\0"), NO),
    ("space before the colon (5.1)", get(b"GET /healthz HTTP/1.1", b"X-A : b"), NO),
    ("tab before the colon", get(b"GET /healthz HTTP/1.1", b"X-A\t: b"), NO),
    ("folded line (5.2)", get(b"GET /healthz HTTP/1.1", b"X-A: b\r\n c"), NO),
    ("folded line with a tab", get(b"GET /healthz HTTP/1.1", b"X-A: b\r\n\tc"), NO),
    ("space before the first field (2.2)", b"GET /healthz HTTP/1.1\r\n Host: 127.0.0.1\r\n\r\n", NO),
    ("folded Host", get(host=b"Host:\r\n 127.0.0.1"), NO),
    ("no colon", get(b"GET /healthz HTTP/1.1", b"X-A"), NO),
    ("no name", get(b"GET /healthz HTTP/1.1", b": b"), NO),
    ("space in a name", get(b"GET /healthz HTTP/1.1", b"X A: b"), NO),
    ("parenthesis in a name", get(b"GET /healthz HTTP/1.1", b"X(A): b"), NO),
    ("quotation mark in a name", get(b"GET /healthz HTTP/1.1", b'X"A": b'), NO),
    ("byte above 127 in a name", get(b"GET /healthz HTTP/1.1", b"X-\xc3\xa6: b"), NO),
    ("NUL in a name", get(b"GET /healthz HTTP/1.1", b"X-\0A: b"), NO),
    ("NUL in a value (RFC 9110, 5.5)", get(b"GET /healthz HTTP/1.1", b"X-A: b\0c"), NO),
    ("bare CR in a value", get(b"GET /healthz HTTP/1.1", b"X-A: b\rc"), NO),
    ("bare LF in a value", get(b"GET /healthz HTTP/1.1", b"X-A: b\nX-B: c"), EITHER),
    ("lines that end with LF alone (2.2)", get().replace(b"\r\n", b"\n"), EITHER),
    ("field of 9,000 bytes", get(b"GET /healthz HTTP/1.1", b"X-A: " + b"b" * 9000), NO),
    ("200 fields", get(b"GET /healthz HTTP/1.1", *[b"X-A: b"] * 200), NO),
    ("head that ends nowhere", b"GET /healthz HTTP/1.1\r\nX-A: " + b"b" * 300_000, NO),
]

HOSTS = [
    ("no Host (3.2)", get(host=None), NO),
    ("no Host with HTTP/1.0", get(b"GET /healthz HTTP/1.0", host=None), EITHER),
    ("empty Host", get(host=b"Host:"), NO),
    ("Host with a path", get(host=b"Host: 127.0.0.1/evil"), NO),
    ("Host with a user", get(host=b"Host: evil@127.0.0.1"), NO),
    ("Host with a space", get(host=b"Host: 127.0.0.1 evil.example"), NO),
    ("Host with a list", get(host=b"Host: 127.0.0.1, evil.example"), NO),
    ("Host of somebody else", get(host=b"Host: evil.example"), NO),
    ("Host that the target contradicts", get(b"GET http://evil.example/healthz HTTP/1.1"), EITHER),
]

LENGTHS = [
    ("as it is", length(b"5"), YES),
    ("zero", length(b"0", b""), YES),
    ("none at all", post(), YES),
    ("sixteen digits, most of them zeros", length(b"0000000000000042", b"x" * 42), YES),
    ("forty digits, most of them zeros", length(b"0" * 38 + b"42", b"x" * 42), EITHER),
    ("spaces around", length(b"  5\t "), YES),
    ("body that looks like a request", length(b"%d" % len(MARKER), MARKER), YES),
    ("body of a GET", get(b"GET /healthz HTTP/1.1", b"Content-Length: 5") + b"hello", YES),
    (
        "body of a GET that looks like a request",
        get(b"GET /healthz HTTP/1.1", b"Content-Length: %d" % len(MARKER)) + MARKER,
        YES,
    ),
    (
        "body of an unknown path",
        get(b"POST /nowhere HTTP/1.1", b"Content-Length: %d" % len(MARKER)) + MARKER,
        YES,
    ),
    (
        "body of a wrong method",
        get(b"PUT /healthz HTTP/1.1", b"Content-Length: %d" % len(MARKER)) + MARKER,
        YES,
    ),
    (
        "body of the script",
        get(b"GET /w/demo.js HTTP/1.1", b"Content-Length: %d" % len(MARKER)) + MARKER,
        YES,
    ),
    ("empty", length(b""), NO),
    ("plus sign", length(b"+5"), NO),
    ("minus sign", length(b"-5"), NO),
    ("minus zero", length(b"-0", b""), NO),
    ("underscore", length(b"0_5"), NO),
    ("hexadecimal", length(b"0x5"), NO),
    ("fraction", length(b"5.0"), NO),
    ("exponent", length(b"5e0"), NO),
    ("letters", length(b"five"), NO),
    ("space inside", length(b"5 0"), NO),
    ("semicolon", length(b"5;a"), NO),
    ("quotation marks", length(b'"5"'), NO),
    ("other digits", length("٥".encode()), NO),
    ("vertical tab in front", length(b"\x0b5"), NO),
    ("NUL behind", length(b"5\0"), NO),
    ("more than any integer", length(b"9" * 40), NO),
    ("list of equal values (6.3)", length(b"5, 5"), EITHER),
    ("list of different values", length(b"5, 0"), NO),
    ("two equal fields", post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"), EITHER),
    ("two different fields", post(b"Content-Length: 0", b"Content-Length: 5", body=b"hello"), NO),
    (
        "two different fields, the longer first",
        post(b"Content-Length: 5", b"Content-Length: 0", body=b"hello"),
        NO,
    ),
    ("space before the colon", post(b"Content-Length : 5", body=b"hello"), NO),
    ("folded", post(b"Content-Length:\r\n 5", body=b"hello"), NO),
    ("name with an underscore", post(b"Content_Length: 5", b"Content-Length: 0"), EITHER),
    ("more than the product takes", post(b"Content-Length: 9000000", body=b"x" * 9_000_000), EITHER),
]

CODINGS = [
    ("chunked", coding(b"chunked"), YES),
    ("in another case (RFC 9110, 10.1.4)", coding(b"Chunked"), YES),
    ("all capitals", coding(b"CHUNKED"), YES),
    ("spaces around", coding(b" \tchunked\t "), YES),
    (
        "with a length (6.1)",
        post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        EITHER,
    ),
    (
        "with a length behind",
        post(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=b"0\r\n\r\n"),
        EITHER,
    ),
    (
        "with a length that covers the marker",
        post(b"Transfer-Encoding: chunked", b"Content-Length: %d" % (5 + len(MARKER)), body=b"0\r\n\r\n"),
        EITHER,
    ),
    ("with HTTP/1.0 (6.1)", post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", version=b"1.0"), NO),
    (
        "with HTTP/1.0 and keep-alive",
        post(b"Connection: keep-alive", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", version=b"1.0"),
        NO,
    ),
    ("empty", coding(b""), NO),
    ("unknown", coding(b"xchunked"), NO),
    ("unknown before", coding(b"cow, chunked"), NO),
    ("chunked not last", coding(b"chunked, gzip"), NO),
    ("chunked twice", coding(b"chunked, chunked"), NO),
    (
        "chunked in two fields",
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        NO,
    ),
    ("identity", coding(b"identity"), NO),
    (
        "identity behind",
        post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
        NO,
    ),
    (
        "identity before",
        post(b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        EITHER,
    ),
    ("gzip", coding(b"gzip"), NO),
    ("with a parameter", coding(b"chunked;q=1"), NO),
    ("vertical tab in front", coding(b"\x0bchunked"), NO),
    ("form feed behind", coding(b"chunked\x0c"), NO),
    ("NUL inside", coding(b"chun\0ked"), NO),
    ("quotation marks", coding(b'"chunked"'), NO),
    ("comma in front", coding(b", chunked"), EITHER),
    ("space before the colon", post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), NO),
    ("folded", post(b"Transfer-Encoding:\r\n chunked", body=b"0\r\n\r\n"), NO),
    ("folded behind", post(b"Transfer-Encoding: chunked\r\n x", body=b"0\r\n\r\n"), NO),
]

CHUNKS = [
    ("none but the last", chunked(b"0\r\n\r\n"), YES),
    ("two", chunked(b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), YES),
    ("capital hexadecimal", chunked(b"A\r\n0123456789\r\n0\r\n\r\n"), YES),
    ("small hexadecimal", chunked(b"a\r\n0123456789\r\n0\r\n\r\n"), YES),
    ("zeros in front", chunked(b"0005\r\nhello\r\n0\r\n\r\n"), YES),
    ("last of several zeros", chunked(b"5\r\nhello\r\n000\r\n\r\n"), YES),
    ("with an extension (7.1.1)", chunked(b"5;a=b\r\nhello\r\n0\r\n\r\n"), YES),
    ("last with an extension", chunked(b"5\r\nhello\r\n0;a=b\r\n\r\n"), YES),
    ("with a quoted extension", chunked(b'5;a="b c"\r\nhello\r\n0\r\n\r\n'), YES),
    ("with trailers (7.1.2)", chunked(b"5\r\nhello\r\n0\r\nX-A: b\r\n\r\n"), YES),
    ("with announced trailers", chunked(b"0\r\nX-A: b\r\nX-B: c\r\n\r\n", b"Trailer: X-A, X-B"), YES),
    ("that look like a request", chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(MARKER), MARKER)), YES),
    ("data that holds a last chunk", chunked(b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), YES),
    ("space before the extension", chunked(b"5 ;a=b\r\nhello\r\n0\r\n\r\n"), EITHER),
    ("space behind the size", chunked(b"5 \r\nhello\r\n0\r\n\r\n"), EITHER),
    ("space before the size", chunked(b" 5\r\nhello\r\n0\r\n\r\n"), NO),
    ("size with a sign", chunked(b"+5\r\nhello\r\n0\r\n\r\n"), NO),
    ("size below zero", chunked(b"-5\r\nhello\r\n0\r\n\r\n"), NO),
    ("size with a prefix", chunked(b"0x5\r\nhello\r\n0\r\n\r\n"), NO),
    ("size with an underscore", chunked(b"0_5\r\nhello\r\n0\r\n\r\n"), NO),
    ("size that is none", chunked(b"g\r\nhello\r\n0\r\n\r\n"), NO),
    ("no size", chunked(b"\r\nhello\r\n0\r\n\r\n"), NO),
    ("extension without a size", chunked(b";a=b\r\nhello\r\n0\r\n\r\n"), NO),
    ("size above any memory", chunked(b"f" * 17 + b"\r\nhello\r\n0\r\n\r\n"), NO),
    ("more data than the size", chunked(b"5\r\nhello world\r\n0\r\n\r\n"), NO),
    ("less data than the size", chunked(b"7\r\nhello\r\n0\r\n\r\n"), NO),
    ("no line end behind the data", chunked(b"5\r\nhello0\r\n\r\n"), NO),
    ("LF behind the size", chunked(b"5\nhello\r\n0\r\n\r\n"), NO),
    ("LF behind the data", chunked(b"5\r\nhello\n0\r\n\r\n"), NO),
    ("CR alone behind the size", chunked(b"5\rhello\r\n0\r\n\r\n"), NO),
    ("LF in an extension", chunked(b"5;a\nb\r\nhello\r\n0\r\n\r\n"), NO),
    ("CR in an extension", chunked(b"5;a\rb\r\nhello\r\n0\r\n\r\n"), NO),
    ("LF behind the last", chunked(b"5\r\nhello\r\n0\n\n"), NO),
    ("trailer without a colon", chunked(b"0\r\nX-A\r\n\r\n"), NO),
    ("trailer with a space in its name", chunked(b"0\r\nX A: b\r\n\r\n"), NO),
]

CASES = [
    Case(section, name, raw, accepted, framed=cases is HOSTS)
    for section, cases in (
        ("3 request line", REQUEST_LINES),
        ("5 field", FIELDS),
        ("3.2 host", HOSTS),
        ("6.2 content length", LENGTHS),
        ("6.1 transfer coding", CODINGS),
        ("7.1 chunk", CHUNKS),
    )
    for name, raw, accepted in cases
]
