"""Make the table of the Open Cookie Database that scans use, from the database's CSV file.

    git clone https://github.com/jkwakman/Open-Cookie-Database
    git -C Open-Cookie-Database checkout COMMIT
    python -m docs.open_cookie_database Open-Cookie-Database/open-cookie-database.csv COMMIT DATE

writes `server/scanner/data/open_cookie_database.json`. The same input makes the same bytes. Of each row it
keeps the name, the platform, the category, the retention period and the domains; descriptions, controllers
and identifiers are left out. Rows that are equal then are one.
"""

import csv
import io
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "server" / "scanner" / "data" / "open_cookie_database.json"

SOURCE = "https://github.com/jkwakman/Open-Cookie-Database"

CHANGES = (
    "Changed from open-cookie-database.csv: of each row the name (with * behind it where the row matches all "
    "names that begin so), the platform, a category of Samtykke, the retention period and the domains are "
    "kept; descriptions, data controllers, links and identifiers are left out; equal rows are one."
)

CATEGORIES = {
    "Analytics": "statistics",
    "Marketing": "advertising",
    "Functional": "functional",
    "Security": "functional",
    "Necessary": "functional",
    "Personalization": "functional",
}
"""Category there → ours. Nothing is necessary because a list says so."""

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


def table(text: str, commit: str, date: str) -> str:
    """The table as JSON, one row a line.

    :param text: the CSV file
    :param commit: of the repository it was taken from
    :param date: of that commit, `YYYY-MM-DD`
    :raises KeyError: the file has a category that is not known here.
    """
    rows = sorted({_row(each) for each in csv.DictReader(io.StringIO(text)) if _name(each)})
    head = {"source": SOURCE, "commit": commit, "date": date, "licence": "Apache-2.0", "changes": CHANGES}
    lines = ",\n".join(json.dumps([*row[:4], row[4].split()], ensure_ascii=False) for row in rows)
    return json.dumps(head, indent=0)[:-2] + f',\n"cookies": [\n{lines}\n]\n}}\n'


def _row(each: dict[str, str]) -> tuple[str, str, str, str, str]:
    """A row; its domains as one text, so that rows can be put in order."""
    domains = sorted(set(_DOMAIN.findall(each["Domain"].lower())))
    kept = (each[column].strip() for column in ("Platform", "Category", "Retention period"))
    platform, category, retention = kept
    return _name(each), platform, CATEGORIES[category], retention, " ".join(domains)


def _name(each: dict[str, str]) -> str:
    name = each["Cookie / Data Key name"].strip()
    wild = each["Wildcard match"].strip() == "1" and not name.endswith("*")
    return f"{name}*" if name and wild else name


if __name__ == "__main__":
    file, of_commit, of_date = sys.argv[1:]
    TARGET.write_text(table(Path(file).read_text("utf-8-sig"), of_commit, of_date), "utf-8")
