"""Thumbnails of the series that the address asks for, a page at a time."""

import streamlit as st

from ui import gallery, gallery_answers, images, pager, panels, rail, scans, selection, session

dataset = session.open_dataset()
if dataset.version is None:
    scans.instead_of_a_version(dataset)
    st.stop()

view = selection.from_address()
with panels.header("Images", images.subtitle(dataset)):
    pass
if not dataset.summary.series:
    images.without_series(dataset)
    st.stop()

left, right = st.columns([images.RAIL, images.REST], gap="medium")
with right:
    bar, body = st.container(), st.empty()
    body.skeleton(images.WAITING_PX)
page = gallery_answers.page(dataset, view)
with bar:
    images.toolbar(dataset, view, page)
with body.container():
    opened = gallery.draw(page, view.size)
    if not page.tiles:
        images.nothing(dataset, view.wanted)
    pager.draw(page, len(page.tiles), view.length, selection.turn_to)
with left:
    rail.draw(gallery_answers.facets(dataset, view.wanted), view.wanted)
if opened:
    selection.open_series(opened, view)
