"""Events as they are counted."""

from hypothesis import strategies as st

from server.audience.values import (
    BROWSERS,
    DELAYED_EVENTS,
    DELAYS,
    DEVICES,
    EVENTS,
    OTHER,
    SYSTEMS,
    Client,
    Event,
)

NORWEGIAN = Client("mobile", "safari", "ios", "NO")


def event(
    name: str = "shown",
    *,
    version: int = 1,
    after: str = "",
    language: str = "nb",
    client: Client = NORWEGIAN,
) -> Event:
    """One event of a visitor with a telephone."""
    return Event(name, version, after, language, client)


CLIENTS = st.builds(
    Client,
    st.sampled_from([*DEVICES, OTHER]),
    st.sampled_from([*BROWSERS, OTHER]),
    st.sampled_from([*SYSTEMS, OTHER]),
    st.sampled_from(["", "NO", "SE", OTHER]),
)


@st.composite
def any_event(draw: st.DrawFn) -> Event:
    """Any event that can be counted."""
    name = draw(st.sampled_from(EVENTS))
    after = draw(st.sampled_from(["", *DELAYS])) if name in DELAYED_EVENTS else ""
    language = draw(st.sampled_from(["nb", "pt-BR", OTHER]))
    return Event(name, draw(st.integers(1, 2**31 - 1)), after, language, draw(CLIENTS))
