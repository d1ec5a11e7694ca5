"""A form that is kept over a login comes back as it was, and to nobody else."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.studio import kept_forms
from tests.studio.conftest import NOW

KEY = "k" * 32
FIELDS = st.lists(st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=200)), max_size=8)


@given(FIELDS, st.lists(st.text(max_size=10), max_size=2))
def test_what_was_typed_comes_back_without_passwords_and_tokens(
    fields: list[tuple[str, str]], files: list[str]
) -> None:
    form = kept_forms.kept("/studio/sites/new", fields, files)
    if any(name in kept_forms.PASSWORDS for name, _value in fields):
        assert form is None
        return
    assert form
    sealed = kept_forms.seal(form, secret_key=KEY, now=NOW)
    later = NOW + kept_forms.LIFETIME
    assert kept_forms.unseal(sealed, secret_key=KEY, now=later) == form
    assert form.fields == tuple(each for each in fields if each[0] not in ("csrf_token", "kept"))
    assert kept_forms.unseal(sealed, secret_key=KEY, now=later + timedelta(seconds=1)) is None
    assert kept_forms.unseal(sealed, secret_key="another key", now=NOW) is None


def test_passwords_and_what_is_too_long_are_not_kept() -> None:
    assert kept_forms.kept("/studio/account", [("current", "hemmelig"), ("password", "ny")], []) is None
    assert kept_forms.kept("/studio/x", [("text", "å" * kept_forms.LONGEST)], []) is None
    assert kept_forms.kept("/studio/x", [("text", "a" * (kept_forms.LONGEST - 4))], [])


@given(st.text(max_size=80))
def test_what_this_server_did_not_seal_is_nothing(text: str) -> None:
    assert kept_forms.unseal(text, secret_key=KEY, now=NOW) is None


def test_whoever_changes_or_adds_to_what_was_sealed_has_something_else() -> None:
    form = kept_forms.kept("/studio/x", [("a", "1")], [])
    assert form
    sealed = kept_forms.seal(form, secret_key=KEY, now=NOW)
    assert kept_forms.is_sealed(sealed, secret_key=KEY)
    for other in (f"{sealed}\0", f"\n{sealed}", sealed[:-4], f"{sealed}{sealed}", ""):
        assert not kept_forms.is_sealed(other, secret_key=KEY)
        assert kept_forms.unseal(other, secret_key=KEY, now=NOW) is None


def test_a_form_of_very_many_fields_is_not_kept() -> None:
    fields = [("a", "")] * kept_forms.MOST_FIELDS
    assert kept_forms.kept("/studio/x", fields, [])
    assert kept_forms.kept("/studio/x", [*fields, ("a", "")], []) is None
