"""A site's script has what the site has turned on, and not a byte of what it has not."""

import pytest

from server.embed import assemble, inline_modules, service
from server.embed.values import BLOCKING, COUNTING, DOMAIN, FLOATING, INLINE_MODULES, SIGNALS, Bundle
from server.sites.document_types import TOOLS, Service, Tool
from tests.embed.conftest import NOW, Publish
from tests.embed.documents import configured, document

BUNDLE = Bundle(
    widget=b"((_,...$)=>{})\n",
    inline_modules={name: f"(_=>{{/*{name}*/}})\n".encode() for name in INLINE_MODULES},
    settings=b"",
    extra=b"",
    debug=b"",
    asked=b"",
    draft=b"",
    announcement=b"",
    offline=b"",
    choosing=b"",
    rules={},
)


def test_a_site_without_signals_has_nothing_of_them_in_its_script() -> None:
    script = assemble.script(document(), BUNDLE, configured(document()))

    assert script == assemble.call(BUNDLE.widget, configured(document()))
    assert b"signals" not in script


@pytest.mark.parametrize("mode", ["basic", "advanced"])
def test_consent_mode_puts_its_inline_module_behind_the_configuration(mode: str) -> None:
    changed = document(consent_mode=mode)
    script = assemble.script(changed, BUNDLE, configured(changed))

    argument = assemble.as_argument(configured(changed))
    assert script == b"((_,...$)=>{})(" + argument + b",(_=>{/*signals.js*/}));\n"
    assert configured(changed)["signals"]["google"] == {
        "default": {"wait_for_update": 500},
        "set": {"ads_data_redaction": True},
    }


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_alone_adds_the_inline_module_and_only_its_own_switch(
    tool: Tool,
) -> None:
    changed = document()
    changed["behaviour"]["tools"][tool] = True

    assert inline_modules.enabled(changed) == (SIGNALS,)
    signals = configured(changed)["signals"]
    assert signals == {"mapping": changed["behaviour"]["mapping"], tool: True}


def test_google_gets_what_the_site_has_set() -> None:
    google = {"regions": ["NO", "SE"], "wait_for_update": 0, "ads_data_redaction": False}
    changed = document(consent_mode="advanced", google={**google, "url_passthrough": True})

    assert configured(changed)["signals"]["google"] == {
        "default": {"wait_for_update": 0, "region": ["NO", "SE"]},
        "set": {"url_passthrough": True},
    }


def test_the_digest_follows_what_is_turned_on(publish: Publish) -> None:
    publish()
    quiet = service.script("shop", public_url="http://127.0.0.1:8000", now=NOW)
    publish(consent_mode="basic")
    service.forget()
    telling = service.script("shop", public_url="http://127.0.0.1:8000", now=NOW)

    module = service.bundle().inline_modules[SIGNALS].rstrip()
    assert module in telling.asset.identity
    assert module not in quiet.asset.identity
    assert b"ad_storage" not in quiet.asset.identity
    assert quiet.asset.integrity != telling.asset.integrity


def test_a_preview_runs_the_inline_modules_too(publish: Publish) -> None:
    changed = document(consent_mode="basic")
    files = service.preview(changed, "nb", public_url="http://127.0.0.1:8000")

    assert service.bundle().inline_modules[SIGNALS].rstrip() in files["script"]


def test_automatic_blocking_puts_its_inline_module_behind_the_configuration_with_the_declared_hosts() -> None:
    changed = document(automatic_blocking=True)

    assert inline_modules.enabled(changed) == (BLOCKING,)
    assert configured(changed)["blocking"] == [
        ("chat", ["chat.example.no"]),
        ("counter", ["counter.example.no"]),
    ]


def test_a_host_that_a_necessary_service_needs_is_not_held_back() -> None:
    changed = document(automatic_blocking=True)
    counter = next(each for each in changed["services"] if each["key"] == "counter")
    shop: Service = {**counter, "key": "shop", "category": "necessary", "hosts": ["chat.example.no"]}
    changed["services"].append(shop)

    assert inline_modules.blocking(changed) == [("counter", ["counter.example.no"])]


@pytest.mark.parametrize(
    ("needed", "held", "listed"),
    [
        ("www.google.com/recaptcha", "www.google.com", True),
        ("www.google.com/recaptcha", "www.google.com/maps", True),
        ("www.google.com", "*.google.com", True),
        ("*.google.com", "www.google.com/maps", True),
        ("*.google.com", "*.maps.google.com", True),
        ("*.google.com", "*.google.com/maps", True),
        ("www.google.com", "google.com", False),
        ("www.google.com", "maps.google.com", False),
        ("*.google.com", "*.notgoogle.com", False),
        ("*.google.com", "google.com", False),
    ],
)
def test_the_script_knows_what_necessary_services_need_where_others_share_the_host(
    needed: str, held: str, listed: bool
) -> None:
    changed = document(automatic_blocking=True)
    (counter,) = (each for each in changed["services"] if each["key"] == "counter")
    counter["hosts"] = [held]
    for key in ("captcha", "login"):
        changed["services"].append({**counter, "key": key, "category": "necessary", "hosts": [needed]})

    rest = [("chat", ["chat.example.no"]), ("counter", [held])]
    assert inline_modules.blocking(changed) == ([("necessary", [needed]), *rest] if listed else rest)


def test_a_cookie_for_all_hosts_of_a_site_adds_the_inline_module_that_finds_its_domain() -> None:
    assert inline_modules.enabled(document(cookie_domain="site", consent_mode="basic")) == (DOMAIN, SIGNALS)


def test_the_small_button_comes_with_the_scripts_of_sites_that_have_it() -> None:
    changed = document(floating_button=True)

    assert inline_modules.enabled(changed) == (FLOATING,)


def test_what_counts_is_in_the_scripts_of_sites_that_count_and_in_no_preview(publish: Publish) -> None:
    assert inline_modules.enabled(document(impressions=True)) == (COUNTING,)
    publish()
    quiet = service.script("shop", public_url="http://127.0.0.1:8000", now=NOW)
    publish(impressions=True)
    service.forget()
    counting = service.script("shop", public_url="http://127.0.0.1:8000", now=NOW)
    previewed = service.preview(document(impressions=True), "nb", public_url="http://127.0.0.1:8000")

    module = service.bundle().inline_modules[COUNTING].rstrip()
    assert module in counting.asset.identity
    assert b"/events" not in quiet.asset.identity
    assert b"/events" not in previewed["script"]
