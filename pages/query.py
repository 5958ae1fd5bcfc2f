"""Ask this dataset a question of your own, in SQL."""

import streamlit as st

from ui import panels, query, scans, session

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

with panels.header("Query", f"{dataset.name}  ·  views: {', '.join(query.VIEWS)}"):
    pass
left, right = query.left_and_right()
with left:
    query.examples()
    query.columns()
with right:
    query.show(dataset, query.ask(dataset))
