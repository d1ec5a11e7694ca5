"""Bytes on the wire against the budget."""

from pathlib import Path

import brotli

from benchmarks import load, serving

DIST = Path(__file__).parents[1] / "widget" / "dist"

BUNDLE, SIGNALS, BLOCKING, FLOATING, COUNTING, ANNOUNCING = 6_000, 720, 1_900, 400, 540, 330
SETTINGS, EXTRA, ASKED, ANNOUNCEMENT, SCRIPT = 4_000, 2_000, 2_000, 1_000, 7_300
"""Budgets in bytes, brotli 11."""


def report() -> None:
    """Print the table."""
    with serving.product() as ours:
        script = len(load.script_bytes(ours))
    rows = (
        ("bundle alone", _compressed(DIST / "widget.js"), BUNDLE),
        ("telling other tools, where it is on", _compressed(DIST / "signals.js"), SIGNALS),
        ("automatic blocking, where it is on", _compressed(DIST / "blocking.js"), BLOCKING),
        ("small button, where it is on", _compressed(DIST / "floating.js"), FLOATING),
        ("counting events, where it is on", _compressed(DIST / "counting.js"), COUNTING),
        ("announcing changes, where they are", _compressed(DIST / "announcing.js"), ANNOUNCING),
        ("settings dialog, loaded when opened", _compressed(DIST / "settings.js"), SETTINGS),
        ("extras, loaded when first needed", _compressed(DIST / "extra.js"), EXTRA),
        ("what is asked for, loaded when it is", _compressed(DIST / "asked.js"), ASKED),
        ("an announcement, loaded when shown", _compressed(DIST / "announcement.js"), ANNOUNCEMENT),
        ("script with the demo site's configuration", script, SCRIPT),
    )
    print("\n## Bytes on the wire, brotli 11\n")
    print(f"{'what':42} {'bytes':>10} {'budget':>8}")
    for name, size, budget in rows:
        print(f"{name:42} {size:10,} {budget:8,} {'' if size <= budget else 'OVER'}")


def _compressed(file: Path) -> int:
    return len(brotli.compress(file.read_bytes(), quality=11))
