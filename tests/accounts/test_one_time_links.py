"""Links that work once: what is pasted is read, whatever of the address comes with it."""

from hypothesis import example, given
from hypothesis import strategies as st

from server.accounts import one_time_links
from server.core.ids import new_id

URL = "https://samtykke.example.no"


@given(st.sampled_from(("", "nb")), st.sampled_from(("{}", " {}\n", "<{}", "See: {}")))
def test_a_token_is_read_from_its_link_however_it_is_pasted(language: str, around: str) -> None:
    row_id = new_id()
    token = one_time_links.new_token(row_id)
    link = one_time_links.address(URL, "invitation", token, language)
    for typed in (around.format(link), f" {token} "):
        found = one_time_links.read(typed)
        assert found is not None
        assert found[0] == row_id
        assert one_time_links.opens(found[1], one_time_links.stored(token))


@given(st.text(), st.integers(0, 64))
@example("A", 64)
@example("=", 30)
def test_what_is_not_the_whole_token_opens_nothing(sign: str, place: int) -> None:
    token = one_time_links.new_token(new_id())
    changed = token[:place] + sign + token[place + 1 :]
    found = one_time_links.read(changed)
    if changed.rpartition("#")[2].strip() != token:
        row_id, secret = found or ("", "")
        assert row_id != token[:22] or not one_time_links.opens(secret, one_time_links.stored(token))


def test_the_token_stands_behind_the_sign_that_browsers_send_to_nobody() -> None:
    token = one_time_links.new_token(new_id())
    link = one_time_links.address(URL, "invitation", token, "nb")
    sent, _, kept = link.partition("#")
    assert (sent, kept) == (f"{URL}/studio/invitation?language=nb", token)
