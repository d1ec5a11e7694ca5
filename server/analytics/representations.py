"""Figures as JSON and as CSV. Pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from fractions import Fraction

from server.analytics.privacy.margins import CLOSED, LIVE
from server.analytics.values import CONFIDENCE, THRESHOLD, Cells, Figures, Live, Row, shown
from server.analytics.vocabulary import CONSENT_RATE, OPT_IN_RATE, definition
from server.core.spreadsheets import harmless


def as_tree(figures: Figures) -> dict[str, object]:
    """The answer as in the contract."""
    query, privacy = figures.query, figures.privacy
    return {
        "site": figures.site,
        "from": query.start.isoformat(),
        "to": query.end.isoformat(),
        "interval": query.interval,
        "by": query.by,
        "time_zone": figures.time_zone,
        "privacy": {
            "unit": "decision",
            "epsilon": {"closed": float(CLOSED * privacy.epsilon), "live": float(LIVE * privacy.epsilon)},
            "threshold": THRESHOLD,
            "confidence": CONFIDENCE,
            "lump": privacy.lump,
            "released_since": privacy.since.isoformat() if privacy.since else None,
            "released_until": privacy.released_until.isoformat() if privacy.released_until else None,
            **_audience(figures.audience_epsilon),
            **({"sample_until": privacy.sample_until.isoformat()} if privacy.sample_until else {}),
        },
        "definitions": _definitions(figures.totals),
        "rows": [_row(row) for row in figures.rows],
        "totals": _figures_of(figures.totals),
        **({} if figures.live is None else {"live": _live(figures.live)}),
    }


def _audience(epsilon: Fraction | None) -> dict[str, object]:
    return {} if epsilon is None else {"audience": {"unit": "event", "epsilon": float(epsilon)}}


def _definitions(cells: Cells) -> dict[str, str]:
    """What the measures that are there count, and the formulas of rates."""
    return {
        "opt_in_rate": OPT_IN_RATE,
        "consent_rate": CONSENT_RATE,
        **{name: definition(name) for name in (*cells.measures, "granted")},
        **({"time_to_decision": definition("time_to_decision")} if cells.delays else {}),
    }


def _row(row: Row) -> dict[str, object]:
    value = {} if row.value is None else {"value": row.value}
    days = {"from": row.start.isoformat(), "to": row.end.isoformat()}
    return {"period": row.period, **days, **value, **_figures_of(row.cells)}


def _figures_of(cells: Cells) -> dict[str, object]:
    return {
        **{name: shown(figure) for name, figure in cells.measures.items()},
        **({"granted": _shown(cells.granted)} if cells.granted else {}),
        **({"time_to_decision": _shown(cells.delays)} if cells.delays else {}),
        "plus_minus": dict(cells.margins),
        "suppressed": list(cells.suppressed),
    }


def _live(live: Live) -> dict[str, object]:
    return {
        "from": live.start.isoformat(),
        "as_of": live.as_of.strftime("%Y-%m-%dT%H:%M"),
        "decided": shown(live.decided),
        "plus_minus": live.plus_minus,
    }


def _shown(figures: Mapping[str, int]) -> dict[str, int | None]:
    return {key: shown(figure) for key, figure in figures.items()}


def named_figures(figures: Figures) -> tuple[str, ...]:
    """The names of all figures in the totals and rows, in order."""
    every = (figures.totals, *(row.cells for row in figures.rows))
    return tuple(dict.fromkeys(name for cells in every for name in cells.named))


def as_csv(figures: Figures) -> str:
    """The rows as a table with one heading (RFC 4180).

    A figure below the threshold is empty, and named in the last column; one that is empty and not named was
    not asked about. Each figure is followed by its margin.
    """
    names = named_figures(figures)
    heads = [name.replace(".", "_") for name in names]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    columns = [column for head in heads for column in (head, f"{head}_plus_minus")]
    writer.writerow(["period", "from", "to", "value", *columns, "suppressed"])
    writer.writerows(_line(row, names) for row in figures.rows)
    return out.getvalue()


def _line(row: Row, names: Sequence[str]) -> list[object]:
    figures, margins = row.cells.named, row.cells.margins
    cells = [
        cell
        for name in names
        for cell in ((shown(figures[name]), margins[name]) if name in figures else (None, None))
    ]
    days = (row.start.isoformat(), row.end.isoformat())
    return [row.period, *days, harmless(row.value or ""), *cells, " ".join(row.cells.suppressed)]
