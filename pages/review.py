"""Labels to look at, the contradicted and the least certain first, and what a person sets right."""

import streamlit as st

from ui import images, pager, panels, review, review_list, scans, session

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

made = dataset.corrections()
page = review_list.page(dataset)
with panels.header("Review", review_list.subtitle(dataset, page)):
    review.download(dataset, made)
if not page.rows:
    images.without_series(dataset)
    st.stop()

review.next_version(dataset, made)
left, right = st.columns([1.1, 1.7], gap="medium")
with left:
    chosen = review_list.draw(page, dataset)
    pager.draw(page, len(page.rows), review_list.ROWS, review_list.turn_to)
with right:
    review.detail(dataset, chosen)
    review.history(dataset, made)
