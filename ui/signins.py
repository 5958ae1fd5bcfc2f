"""The hosts that a person signs in to: which, how, whether it works; never the secret."""

import streamlit as st

from biodatamine_core.credentials import Kind, Place, SignIn, place_of
from biodatamine_core.errors import BioDataMineError
from ui import panels, pieces, session

HOST, KIND, NAME, SECRET, TRIED = (f"sign_in_{part}" for part in ("host", "kind", "name", "secret", "tried"))
SAID = "what_a_sign_in_said"
"""(word, colour, sentence) of what was done last."""

KINDS = {Kind.BASIC: "Name and password", Kind.BEARER: "Token", Kind.HEADERS: "Header"}
_NAMES = {Kind.BASIC: "Name", Kind.HEADERS: "Name of the header"}
_SECRETS = {Kind.BASIC: "Password", Kind.BEARER: "Token", Kind.HEADERS: "Value"}


def button() -> None:
    """Opens the list; what was said there before is forgotten."""
    if st.button("Sign-ins", icon=":material/key:", type="tertiary", help="For hosts that want to know who asks."):
        st.session_state.pop(SAID, None)
        _dialog()


@st.dialog("Sign-ins", width="medium")
def _dialog() -> None:
    st.html(
        pieces.text(
            "Each is shown to its own host only, encrypted on the way, and kept encrypted here. "
            "Scans that you start use them.",
            panels.palette(),
            muted=True,
        )
    )
    _listed()
    _said()
    st.html(pieces.text("Add one", panels.palette(), weight=600))
    kind = st.segmented_control(
        "How it is shown",
        list(KINDS),
        format_func=KINDS.__getitem__,
        key=KIND,
        default=Kind.BASIC,
        required=True,
        label_visibility="collapsed",
    )
    st.text_input("Host", key=HOST, placeholder="data.example.org")
    with st.container(horizontal=True):
        if kind in _NAMES:
            st.text_input(_NAMES[kind], key=NAME, autocomplete="off")
        st.text_input(_SECRETS[kind], key=SECRET, type="password", autocomplete="new-password")
    st.button("Keep it", type="primary", on_click=_keep, args=(kind,))


def _listed() -> None:
    try:
        kept = session.workspace().sign_ins.listed()
    except BioDataMineError as error:
        panels.failed(str(error))
        return
    if not kept:
        st.html(pieces.text("None yet.", panels.palette()))
        return
    for place, sign_in in kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(pieces.text(f"{place}, {_how(sign_in)}", panels.palette()), width="stretch")
            st.button(
                "Test", key=f"test-{place}", on_click=_test, args=(place,), help=f"Asks {place} with it and without."
            )
            st.button("Remove", key=f"remove-{place}", on_click=_remove, args=(place,))
    st.text_input(
        "Address to test with", key=TRIED, placeholder="https://data.example.org/a/file/that/needs/it.zip", live=True
    )


def _said() -> None:
    if SAID in st.session_state:
        word, colour, sentence = st.session_state[SAID]
        with st.container(gap="xxsmall"):
            panels.badge(word, None, colour)
            st.html(pieces.text(sentence, panels.palette()))


def _how(sign_in: SignIn) -> str:
    if sign_in.kind is Kind.BASIC:
        return f"as {sign_in.user}"
    return "by token" if sign_in.kind is Kind.BEARER else f"by the header {', '.join(sign_in.headers)}"


def _keep(kind: Kind) -> None:
    # The secret leaves the page's memory whether it is kept or not.
    name, secret = st.session_state.get(NAME, ""), st.session_state[SECRET]
    st.session_state[SECRET] = ""
    try:
        place = place_of(st.session_state[HOST])
        made = {
            Kind.BASIC: lambda: SignIn.basic(name, secret),
            Kind.BEARER: lambda: SignIn.bearer(secret),
            Kind.HEADERS: lambda: SignIn.with_headers({name: secret}),
        }[kind]()
        session.workspace().sign_ins.keep(place, made)
    except BioDataMineError as error:
        st.session_state[SAID] = ("Not kept", "red", str(error))
        return
    st.session_state[SAID] = ("Kept", "green", f"{place} is shown it by the scans that you start from now on.")
    st.session_state[HOST] = ""


def _remove(place: Place) -> None:
    session.workspace().sign_ins.remove(place)
    st.session_state[SAID] = ("Removed", "gray", f"{place} is shown nothing any more.")


def _test(place: Place) -> None:
    address = st.session_state.get(TRIED, "").strip() or f"https://{place}/"
    trial = session.workspace().try_sign_in(address)
    word, colour = {True: ("Works", "green"), False: ("Does not work", "red"), None: ("Tells nothing", "orange")}[
        trial.is_accepted
    ]
    st.session_state[SAID] = (word, colour, trial.sentence)
