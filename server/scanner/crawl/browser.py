"""The browser: how it is started so that it calls nobody by itself, and shows all that pages do."""

import os
from collections.abc import Mapping

from playwright.async_api import Browser, Playwright
from playwright.async_api import Error as BrowserError

_OFF = (
    # Frames of other origins in a process of their own would each need a session of DevTools of its own, and
    # their first requests would be missed. A profile lasts for one visit and has nothing of anybody.
    "IsolateOrigins",
    "site-per-process",
    "IsolateSandboxedIframes",
    "OriginKeyedProcessesByDefault",
    # A page is visited at the address that was asked for.
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    # What the browser would ask its maker, or the network around it, by itself.
    "AimEnabled",
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
    "DialMediaRouteProvider",
    "InterestFeedContentSuggestions",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PreconnectToSearch",
    "Translate",
    # A cookie that others' browsers take is seen here too.
    "TrackingProtection3pcd",
    # Costs time, and nobody looks.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "PaintHolding",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
"""Chromium uses the last list alone: Playwright's own is here too, but for what would change what is seen."""

ARGUMENTS = (
    f"--disable-features={','.join(_OFF)}",
    "--disable-site-isolation-trials",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--component-updater=url-source=http://127.0.0.1:1/",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--disable-print-preview",
    "--deny-permission-prompts",
    "--mute-audio",
    "--no-first-run",
)

NOWHERE = "socks5://127.0.0.1:1"
"""A proxy where nobody listens."""


async def launch(
    playwright: Playwright,
    executable: str,
    environment: Mapping[str, str],
    *,
    any_certificate: bool = False,
    proxy: str = NOWHERE,
) -> tuple[Browser, bool]:
    """A browser, and whether its sandbox is on: where the system lets it have one, and it is not root's.

    :param any_certificate: whether certificates are not checked, for service workers too
    :param proxy: of what belongs to no visit
    :raises BrowserError: it does not start.
    """

    async def launched(*, sandboxed: bool) -> Browser:
        return await playwright.chromium.launch(
            executable_path=executable or None,
            args=[*ARGUMENTS, *(("--ignore-certificate-errors",) if any_certificate else ())],
            chromium_sandbox=sandboxed,
            proxy={"server": proxy},
            env=dict(environment.items()),
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=60_000,
        )

    if os.geteuid() != 0:
        try:
            return await launched(sandboxed=True), True
        except BrowserError:
            pass  # without user namespaces, as in many containers
    return await launched(sandboxed=False), False
