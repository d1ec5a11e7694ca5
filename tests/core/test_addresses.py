"""What people type in is read in one way or refused, and no address that is not public is allowed."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.addresses import IPAddress, Refused, Url, judge, parse

REASONS = {
    "loopback_address": ["127.0.0.1", "127.255.0.9", "::1"],
    "private_address": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
    "shared_address": ["100.64.0.1", "100.127.255.255"],
    "link_local_address": [
        "169.254.0.1",
        "169.254.170.2",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%2",
        "::ffff:8.8.8.8%2",
        "64:ff9b::808:808%2",
    ],
    "metadata_address": [
        "169.254.169.254",
        "168.63.129.16",
        "100.100.100.200",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ],
    "multicast_address": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "unspecified_address": ["0.0.0.0", "0.1.2.3", "::"],
    "documentation_address": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarking_address": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "reserved_address": [
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.9",
        "192.0.0.192",
        "192.88.99.1",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "2001:20::1",
        "4000::1",
        "5f00::1",
        "fec0::1",
        "::ffff:0:8.8.8.8",
        "2002:808:808::1",
        "::8.8.8.8",
    ],
}

PUBLIC = ["8.8.8.8", "1.1.1.1", "193.0.6.139", "2606:4700::1111", "2a00:1450:400f::1", "64:ff9b::808:808"]


def inside(address: IPv4Address) -> list[IPv6Address]:
    """The same address in each form of IPv6 that holds one."""
    low = int(address)
    public = int(IPv4Address("8.8.8.8"))
    return [
        IPv6Address((0xFFFF << 32) | low),
        IPv6Address(low | (0x64FF9B << 96)),
        IPv6Address((0x2002 << 112) | (low << 80) | 1),
        IPv6Address((0x20010000 << 96) | (low << 64) | (public ^ 0xFFFF_FFFF)),
        IPv6Address((0x20010000 << 96) | (public << 64) | (low ^ 0xFFFF_FFFF)),
        *([IPv6Address(low)] if low > 1 else []),
    ]


@pytest.mark.parametrize(
    ("reason", "text"), [(why, each) for why, texts in REASONS.items() for each in texts]
)
def test_an_address_that_is_not_public_is_refused_with_its_reason(reason: str, text: str) -> None:
    assert judge(ipaddress.ip_address(text)) == reason


@pytest.mark.parametrize("text", [*PUBLIC, "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(text: str) -> None:
    assert judge(ipaddress.ip_address(text)) is None


@given(st.ip_addresses())
def test_what_is_not_global_is_refused(address: IPAddress) -> None:
    assert address.is_global or judge(address)
    assert not address.is_multicast or judge(address)


@given(st.ip_addresses(v=4))
def test_a_refused_address_is_refused_in_every_form_of_ipv6(address: IPAddress) -> None:
    assert isinstance(address, IPv4Address)
    if reason := judge(address):
        assert [judge(each) for each in inside(address)] == [reason] * len(inside(address))


@given(st.ip_addresses(v=4))
def test_a_public_address_is_allowed_where_packets_reach_it(address: IPAddress) -> None:
    assert isinstance(address, IPv4Address)
    if judge(address) is None:
        mapped, nat64, *others = inside(address)
        assert (judge(mapped), judge(nat64)) == (None, None)
        assert [judge(each) for each in others] == ["reserved_address"] * len(others)


@given(st.ip_addresses())
def test_private_networks_can_be_opened_and_nothing_else(address: IPAddress) -> None:
    strict, opened = judge(address), judge(address, allow_private=True)
    private = strict in {"loopback_address", "private_address", "shared_address"}
    assert private or opened == strict
    # An address of IPv6 with a private one inside may be refused for what it is itself.
    assert not private or address.version == 6 or opened is None


@pytest.mark.parametrize("text", ["127.0.0.1", "10.0.0.1", "100.64.0.1", "::1", "fd12::1", "::ffff:10.0.0.1"])
def test_private_networks_are_open_where_a_caller_says_so(text: str) -> None:
    assert judge(ipaddress.ip_address(text), allow_private=True) is None


@pytest.mark.parametrize(
    "text", ["2002:a00:1::", "::10.0.0.1", "2001:0:a00:1::f7f7:f7f7", "192.0.2.1", "0.0.0.0"]
)
def test_opening_private_networks_opens_no_reserved_address(text: str) -> None:
    assert judge(ipaddress.ip_address(text), allow_private=True)


@pytest.mark.parametrize("text", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254"])
def test_metadata_services_stay_refused_where_private_networks_are_open(text: str) -> None:
    assert judge(ipaddress.ip_address(text), allow_private=True) == "metadata_address"


@pytest.mark.parametrize(
    ("text", "url", "authority"),
    [
        (
            "https://Example.NO",
            Url("https", "example.no", 443, "/", None),
            "example.no",
        ),
        (
            "HTTPS://example.no:8443/a/b?c=d#e",
            Url("https", "example.no", 8443, "/a/b?c=d", None),
            "example.no:8443",
        ),
        (
            "https://example.no:443?q",
            Url("https", "example.no", 443, "/?q", None),
            "example.no",
        ),
        (
            "https://blåbær.no/blåbær",
            Url("https", "xn--blbr-roah.no", 443, "/bl%C3%A5b%C3%A6r", None),
            "xn--blbr-roah.no",
        ),
        (
            "https://straße.de/",
            Url("https", "xn--strae-oqa.de", 443, "/", None),
            "xn--strae-oqa.de",
        ),
        (
            "https://8.8.8.8/x",
            Url("https", "8.8.8.8", 443, "/x", IPv4Address("8.8.8.8")),
            "8.8.8.8",
        ),
        (
            "https://[2606:4700:0::1111]:8443/",
            Url("https", "2606:4700::1111", 8443, "/", IPv6Address("2606:4700::1111")),
            "[2606:4700::1111]:8443",
        ),
        (
            "https://example.no/a@b:80//c",
            Url("https", "example.no", 443, "/a@b:80//c", None),
            "example.no",
        ),
    ],
)
def test_a_url_has_one_reading(text: str, url: Url, authority: str) -> None:
    assert (parse(text), parse(text).authority) == (url, authority)


REFUSED = {
    "url_too_long": ["https://example.no/" + "a" * 2048],
    "url_malformed": [
        "",
        "example.no",
        "//example.no/",
        "https:example.no",
        "https:/example.no",
        "https:\\\\example.no",
        "https://example.no\\@10.0.0.1/",
        " https://example.no",
        "https://example.no ",
        "https://exam\tple.no",
        "https://example.no/\r\nHost: a",
        "https://example.no\n",
        "https://example.no\x00.evil.test",
        "https://example\u200b.no",
        "https://example.no/\ud800",
        "https://exam\u00a0ple.no/",
    ],
    "scheme_not_allowed": [
        "http://example.no",
        "ftp://example.no",
        "file:///etc/passwd",
        "gopher://example.no:443/_x",
        "javascript://example.no",
        "ws://example.no",
    ],
    "userinfo_not_allowed": [
        "https://kari@example.no",
        "https://kari:secret@example.no",
        "https://@example.no",
        "https://example.no@10.0.0.1",
        "https://8.8.8.8:443@10.0.0.1",
    ],
    "port_not_allowed": [
        "https://example.no:22",
        "https://example.no:80",
        "https://example.no:8080",
        "https://example.no:0",
        "https://example.no:6379",
        "https://example.no:65535",
        "https://example.no:99999",
    ],
    "host_malformed": [
        "https://",
        "https:///path",
        "https://:443",
        "https://example.no:",
        "https://example.no:443:443",
        "https://example.no:+443",
        "https://example.no:４４３",
        "https://example.no.",
        "https://127.0.0.1.",
        "https://.example.no",
        "https://example..no",
        "https://%31%32%37.0.0.1",
        "https://example%2eno",
        "https://exam_ple.no",
        "https://*.example.no",
        "https://" + "a" * 64 + ".no",
        "https://" + "a." * 130 + "no",
        "https://[fe80::1%25eth0]",
        "https://[fe80::1%eth0]",
        "https://[::1",
        "https://::1",
        "https://[127.0.0.1]",
        "https://[]",
        "https://[v1.a]",
        "https://[::1]x",
        "https://[1::2::3]",
        "https://stra\u00a8ße.de",
        # IPv4 in the notations that `inet_aton` and browsers read.
        "https://2130706433",
        "https://0x7f000001",
        "https://017700000001",
        "https://0x7f.0.0.1",
        "https://0177.0.0.1",
        "https://127.1",
        "https://127.0.1",
        "https://127.0.0.01",
        "https://127.0.0.0x1",
        "https://0",
        "https://0x",
        "https://1.2.3.4.5",
        "https://256.1.1.1",
        "https://a.1",
    ],
    "loopback_address": [
        "https://127.0.0.1",
        "https://１２７．０．０．１",
        "https://127。0。0。1",
        "https://①②⑦.0.0.1",
        "https://[::1]",
        "https://[0:0::0:1]",
        "https://[::ffff:127.0.0.1]",
        "https://[::ffff:7f00:1]",
        "https://[::127.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
    ],
    "private_address": ["https://10.0.0.1", "https://192.168.0.1:8443/x", "https://[fd12::1]"],
    "metadata_address": [
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:a9fe:a9fe]",
        "https://[fd00:ec2::254]/",
    ],
    "unspecified_address": ["https://0.0.0.0", "https://[::]", "https://[::ffff:0:0]"],
}


@pytest.mark.parametrize(
    ("reason", "text"), [(why, each) for why, texts in REFUSED.items() for each in texts]
)
def test_a_url_that_is_not_allowed_is_refused_with_its_reason(reason: str, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(text)
    assert refusal.value.reason == reason
    assert refusal.value.message


@pytest.mark.parametrize("text", ["http://example.no/", "http://example.no:8080/", "http://8.8.8.8:80/"])
def test_http_is_for_callers_that_allow_it(text: str) -> None:
    assert parse(text, allow_http=True).scheme == "http"
    with pytest.raises(Refused, match="http://"):
        parse(text)


@pytest.mark.parametrize("text", ["http://example.no:443/", "http://10.0.0.1/", "http://example.no:25/"])
def test_http_has_ports_of_its_own_and_the_same_addresses(text: str) -> None:
    with pytest.raises(Refused):
        parse(text, allow_http=True)


@pytest.mark.parametrize("text", ["https://127.0.0.1:5000", "https://[::1]:5000", "https://intranet:81"])
def test_private_networks_may_have_any_port(text: str) -> None:
    assert parse(text, allow_private=True).port in {5000, 81}
    with pytest.raises(Refused):
        parse(text)


@pytest.mark.parametrize("text", ["https://example.no:0", "https://example.no:65536"])
def test_a_port_is_a_number_of_sixteen_bits(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse(text, allow_private=True)
    assert refusal.value.reason == "port_not_allowed"


_HOSTS = st.sampled_from(
    ["example.no", "127.0.0.1", "8.8.8.8", "[::1]", "[", "]", "0x7f", "xn--", "ø", "a", "1"]
)
_MARKS = st.sampled_from(
    ["https://", "http://", "@", ":", "443", "/", "\\", "?", "#", "%2e", ".", "..", "。", "\t"]
)
_PIECES = _HOSTS | _MARKS


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=8).map(lambda pieces: "https://" + "".join(pieces))))
def test_any_text_is_refused_or_read_as_other_parsers_do(text: str) -> None:
    try:
        url = parse(text)
    except Refused:
        return
    again = f"{url.scheme}://{url.authority}{url.target}"
    assert parse(again) == url
    other = urlsplit(again)
    assert (other.scheme, other.hostname, other.port or 443, other.username) == (
        "https",
        url.host,
        url.port,
        None,
    )
    assert again.isascii()
    assert url.address is None or judge(url.address) is None


_NUMBER = st.integers(0, 2**32 - 1)
_WRITTEN = st.sampled_from([str, hex, lambda n: f"0{n:o}"])


@given(_NUMBER, st.lists(_WRITTEN, min_size=4, max_size=4), st.integers(1, 4))
def test_no_notation_of_an_ipv4_address_hides_what_it_is(number: int, written: list, parts: int) -> None:  # type: ignore[type-arg]
    heads = [number >> (24 - 8 * place) & 0xFF for place in range(parts - 1)]
    tail = number & (2 ** (8 * (5 - parts)) - 1)
    text = ".".join(write(value) for write, value in zip(written, [*heads, tail], strict=False))
    try:
        url = parse(f"https://{text}")
    except Refused:
        return
    assert (url.address, judge(IPv4Address(number))) == (IPv4Address(number), None)
