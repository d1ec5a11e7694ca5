"""A real Chromium for the page tests: the machine's own, or Playwright's where that was installed."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright, expect

from tests.absence import absent
from tests.processes import PATIENCE

_OFF_WITH_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "msForceBrowserSignIn",
    "msEdgeUpdateLaunchServicesPreferredVersion",
)
"""What Playwright turns off; it has to be repeated, since Chromium uses the last list alone."""

_OFF = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""Two pages below the address bar that nobody sees: they cost each new window half of its processor time."""

ARGUMENTS = (
    f"--disable-features={','.join(_OFF_WITH_PLAYWRIGHT + _OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing that the browser does by itself may reach for the network."""

AXE = Path(__file__).parents[1] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
"""The accessibility checker that pages are held against."""

expect.set_options(timeout=PATIENCE * 1000)

_WITHOUT_WINDOWS = ("chromium-headless-shell",)
"""The same engine without a browser around it, which Playwright takes too: half of the processor time."""

_WHOLE = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def patient(browser: Browser) -> Browser:
    """The browser, on whose pages everything may take as long as it does on a busy machine."""
    browser.on("context", lambda context: context.set_default_timeout(PATIENCE * 1000))
    return browser


def executable(playwright: Playwright, *, whole: bool = False) -> str:
    """The browser's path; the test is skipped, or fails under CI, where there is none.

    `whole`: with all that a browser has beside its engine, such as pages that it keeps to go back to.
    """
    given = os.environ.get("SAMTYKKE_TEST_CHROMIUM")
    names = _WHOLE if whole else (*_WITHOUT_WINDOWS, *_WHOLE)
    path = given or next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)
    if not Path(path).exists():
        absent("Chromium", "neither the machine nor Playwright has one")
    return path
