"""Lists of cookies from elsewhere: which column is what, and what the rows make of a draft."""

import csv
import io
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites import service as sites
from server.sites.document_types import Cookie, StorageKind
from server.studio.draft import durations, pasted_rows, storage_paste, storage_rows

LANGUAGES = ("nb", "en", "nn")
HEADINGS = {
    "en": ("Name", "Kind", "Lifetime", "Host", "Purpose (nb)", "Purpose – English", "Purpose, Nynorsk"),
    "nb": ("Navn", "Type", "Lagringstid", "Domene", "Formål", "Formål (engelsk)", "Formål – norsk nynorsk"),
    "nn": ("Namn", "Type", "Lagringstid", "Domene", "Føremål bokmål", "Føremål: en", "Føremål"),
}
FIELDS = ("name", "kind", "lifetime", "host", "purpose.nb", "purpose.en", "purpose.nn")
KINDS: tuple[StorageKind, ...] = get_args(StorageKind)
WORD = st.text(st.sampled_from("abcæøå_*-,; "), max_size=12).map(str.strip)
ROW = st.fixed_dictionaries(
    {
        "name": WORD.filter(bool),
        "kind": st.sampled_from(KINDS),
        "lifetime": st.sampled_from(("session", "2 years", "30 minutes", "13 months", "")),
        "host": st.sampled_from(("", ".example.com", "www.example.no")),
        **{f"purpose.{code}": WORD for code in LANGUAGES},
    }
)


def tabbed(*rows: Any) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="\t").writerows(rows)
    return out.getvalue()


@given(st.lists(ROW, min_size=1, max_size=5), st.sampled_from(sorted(HEADINGS)), st.permutations(range(7)))
def test_a_table_is_read_back_whatever_the_order_and_language_of_its_columns(
    rows: list[dict[str, str]], language: str, order: list[int]
) -> None:
    text = tabbed(
        [HEADINGS[language][at] for at in order], *([row[FIELDS[at]] for at in order] for row in rows)
    )
    found = storage_paste.read(text, LANGUAGES)

    assert found.fields == tuple(FIELDS[at] for at in order)
    assert found.left_out == ()
    assert [storage_rows.cookie_of(row, LANGUAGES) for row in found.rows] == [
        storage_rows.cookie_of(row, LANGUAGES) for row in rows
    ]


@pytest.mark.parametrize(
    ("text", "fields", "left_out"),
    [
        # As Cookiebot, the Open Cookie Database and Chromium's list of cookies call them.
        ("Name\tProvider\tPurpose\tMaximum Storage Duration\tType\nx\ty\tz\t1 day\tHTTP Cookie",
         ("name", "", "purpose.en", "lifetime", "kind"), ("Provider",)),
        ("ID,Platform,Category,Cookie / Data Key name,Domain,Description,Retention period\n1,G,A,x,,d,2 y",
         ("", "", "", "name", "host", "purpose.en", "lifetime"), ("ID", "Platform", "Category")),
        ("Name\tValue\tDomain\tPath\tExpires\nx\t1\ta.no\t/\tSession",
         ("name", "", "host", "", "lifetime"), ("Value", "Path")),
        # Without headings, by what is in the columns.
        ("_ga\t2 år\tTeller besøk\tCounts visits", ("name", "lifetime", "purpose.nb", "purpose.en"), ()),
        ("_ga\t.example.com\tCookie\tsession", ("name", "host", "kind", "lifetime"), ()),
        ("_ga\n_gid", ("name",), ()),
        ("a\tb\tc\td\te", ("name", "purpose.nb", "purpose.en", "purpose.nn", ""), ("5",)),
        # A heading that comes twice counts once.
        ("Name\tName\tKind\na\tb\tPixel", ("name", "", "kind"), ("Name",)),
        ("Navn\tFormål (tysk)\tType\na\tb\tPiksel", ("name", "", "kind"), ("Formål (tysk)",)),
    ],
)  # fmt: skip
def test_columns_are_known_by_heading_or_by_what_is_in_them(
    text: str, fields: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    found = storage_paste.read(text, LANGUAGES)
    assert (found.fields, found.left_out) == (fields, left_out)


@given(st.lists(st.lists(st.text(st.sampled_from("ab1. å"), max_size=6), max_size=9), min_size=1, max_size=5))
def test_every_column_is_taken_or_named_as_left_out(table: list[list[str]]) -> None:
    written = [row for row in table if any(map(str.strip, row))]
    if not written:
        with pytest.raises(ValueError, match="is missing"):
            storage_paste.read(tabbed(*table), LANGUAGES)
    else:
        found = storage_paste.read(tabbed(*table), LANGUAGES)
        taken = [field for field in found.fields if field]
        assert len(set(taken)) == len(taken)
        assert len(taken) + len(found.left_out) == max(map(len, written))


@pytest.mark.parametrize(
    ("written", "kind"),
    [("HTTP Cookie", "cookie"), ("HTML Local Storage", "local_storage"),
     ("sessionStorage", "session_storage"), ("Øktlagring", "session_storage"),
     ("IndexedDB", "indexed_db"), ("Pixel Tracker", "pixel"),
     ("local_storage", "local_storage"), ("Flash", "Flash")],
)  # fmt: skip
def test_kinds_are_known_by_what_people_call_them(written: str, kind: str) -> None:
    assert storage_paste.kind_of(written) == kind


@pytest.mark.parametrize(
    ("written", "stored"),
    [("2y", "P2Y"), ("13 mnd", "P13M"), ("1 mo.", "P1M"), ("30 d", "P30D"), ("24h", "PT24H"),
     ("12 t", "PT12H"), ("20 min", "PT20M"), ("5 sek", "PT5S"), ("Session cookie", "session"), ("3 m", "3 m"),
     ("1.5 y", "1.5 y")],
)  # fmt: skip
def test_lifetimes_may_be_shortened_where_that_is_clear(written: str, stored: str) -> None:
    assert durations.parse(written) == stored
    assert durations.is_duration(stored) == (stored != written)


def test_storage_that_stays_has_no_lifetime_and_a_cookie_that_stays_has_to_name_one() -> None:
    found = storage_paste.read("Name\tType\tExpiry\na\tHTML\tPersistent\nb\tHTTP\tPersistent", LANGUAGES)
    assert [row.get("lifetime") for row in found.rows] == [None, "Persistent"]


# --- rows and the draft ------------------------------------------------------------------------------------

COOKIES = st.lists(ROW, max_size=5).map(lambda rows: [storage_rows.cookie_of(row, LANGUAGES) for row in rows])


def applied(cookies: list[Cookie], rows: list[Cookie]) -> list[Cookie]:
    document = sites.default_document(name="Butikken")
    document["services"][0]["cookies"] = cookies
    changes = storage_rows.merged(cookies, rows)
    return storage_rows.with_changes(document, "samtykke", changes)["services"][0]["cookies"]


@given(COOKIES, COOKIES)
def test_a_list_says_what_it_says_of_each_entry_and_leaves_the_rest_alone(
    stored: list[Cookie], rows: list[Cookie]
) -> None:
    stored = list({storage_rows.identity(each): each for each in stored}.values())
    after = {storage_rows.identity(each): each for each in applied(stored, rows)}

    assert list(after)[: len(stored)] == [storage_rows.identity(each) for each in stored]
    named = {storage_rows.identity(each): each for each in rows}
    assert set(after) == {storage_rows.identity(each) for each in (*stored, *rows)}
    for each in stored:
        if storage_rows.identity(each) not in named:
            assert after[storage_rows.identity(each)] == each
    for who, each in named.items():
        assert after[who]["lifetime"] == each["lifetime"] or not each["lifetime"]
        assert all(after[who]["purpose"][code] == text for code, text in each["purpose"].items() if text)
    # Once more, it has nothing to say.
    assert storage_rows.merged(list(after.values()), rows[-1:]) == []


@given(st.lists(ROW, max_size=4), st.sets(st.integers(0, 3)))
def test_rows_of_a_form_are_those_that_are_written_and_not_taken_away(
    rows: list[dict[str, str]], removed: set[int]
) -> None:
    typed = {f"new.{at}.{name}": text for at, row in enumerate(rows) for name, text in row.items()}
    blank = {f"new.{len(rows)}.kind": "pixel", f"new.{len(rows)}.name": " ", "new.x.name": "y", "name": "z"}
    found = storage_rows.typed_rows({**typed, **blank}, {f"new.{at}" for at in removed})
    assert found == [row for at, row in enumerate(rows) if at not in removed]


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


def named(names: list[str]) -> list[Cookie]:
    return [storage_rows.cookie_of({"name": name}, ()) for name in names]


@given(NAMES, NAMES, st.data())
def test_a_row_is_found_again_after_others_were_taken_away_or_added(
    shown: list[str], now: list[str], data: st.DataObject
) -> None:
    """The form showed some entries, the draft has others: each row changes its own entry, or is new."""
    typed = {
        f"services.x.cookies.{at}.{field}": text
        for at, name in enumerate(shown)
        for field, text in (("name", name), ("lifetime", f"of {name}"))
    }
    was = {f"was.{at}": f"{name}\r\n\r\ncookie" for at, name in enumerate(shown)}
    ticked = data.draw(st.lists(st.sampled_from(range(len(shown) or 1)), unique=True))
    found, ticks = storage_rows.placed({**typed, **was}, list(map(str, ticked)), "x", named(now))

    for at, name in enumerate(shown):
        if name in now:
            assert found[f"services.x.cookies.{now.index(name)}.lifetime"] == f"of {name}"
            assert (str(now.index(name)) in ticks) == (at in ticked)
    rows = [text for field, text in found.items() if field not in was]
    assert sorted(rows) == sorted(typed.values()), "nothing that was typed is lost"
    if shown == now:
        assert (found, ticks) == ({**typed, **was}, list(map(str, ticked)))


def test_an_entry_that_this_form_has_renamed_is_still_its_own() -> None:
    typed = {"services.x.cookies.0.name": "new", "was.0": "old\n\ncookie"}
    assert storage_rows.placed(typed, ["0"], "x", named(["new"])) == (typed, ["0"])


def test_faults_of_a_list_are_told_row_by_row() -> None:
    document = sites.default_document(name="Butikken")
    text = "Name\tLifetime\tDomain\nok\t1 day\t\nbad\tsoon\tno host\n\t2 days\ta.no"
    reading = pasted_rows.read(document, "samtykke", text, sites.validate)
    assert [tuple(field for field, _fault in row.faults) for row in reading.rows] == [
        (),
        ("Host", "Lifetime"),
        ("Name",),
    ]
    assert (reading.faulty, reading.alike, reading.purposes) == (2, 0, ())


def test_a_long_heading_is_none_and_is_not_looked_through() -> None:
    """As long as a form may be: time that grew with its square would be hours."""
    found = storage_paste.read("name\t" + "a " * 49_000 + ")b\n_ga\tcounts", LANGUAGES)

    assert found.fields[0] == "name"
    assert found.rows[-1]["name"] == "_ga"
