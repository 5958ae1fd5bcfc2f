"""The server: the pages behind ui/router.py. Start it with `make run`, or `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware

from ui import early, errors, loopback, storage

loopback.refuse_other_addresses()
storage.refuse_unfit_storage()

app = st.App(
    "ui/router.py",
    middleware=[Middleware(loopback.LoopbackOnly), Middleware(early.EarlyHead)],
    on_script_error=errors.show,
)
