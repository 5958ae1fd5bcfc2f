"""Every request's way in: page config, sidebar, and the page that the address names."""

import streamlit as st

from ui import browser, errors, panels, places, session, versions

st.set_page_config(
    page_title="BioDataMine", page_icon=str(places.STATIC / "icon.svg"), layout="wide", initial_sidebar_state=232
)
opened = session.remembered_dataset()
logo = "logo-dark.svg" if panels.palette().is_dark else "logo-light.svg"
st.logo(str(places.STATIC / logo), size="medium", icon_image=str(places.STATIC / "icon.svg"))
of_workspace = [
    st.Page(places.ADD, title="Add", icon=":material/add_circle:", default=True),
    st.Page(places.DATASETS, title="Datasets", icon=":material/database:", url_path="datasets"),
    st.Page(places.JOBS, title="Jobs", icon=":material/schedule:", url_path="jobs"),
]
of_dataset = [
    st.Page(path, title=title, icon=icon, url_path=path.stem, visibility="visible" if opened and icon else "hidden")
    for path, title, icon in (
        (places.OVERVIEW, "Overview", ":material/dashboard:"),
        (places.IMAGES, "Images", ":material/grid_view:"),
        (places.REVIEW, "Review", ":material/fact_check:"),
        (places.PREVIEW, "Preview", None),  # of one series: only a series leads there
        (places.FINDINGS, "Findings", ":material/rule:"),
        (places.QUERY, "Query", ":material/terminal:"),
        (places.FILES, "Files", ":material/draft:"),
    )
]
page = st.navigation(
    {
        f"Workspace: {session.workspace().name}": of_workspace,
        opened.name if opened else "Dataset": of_dataset,
    },
)
browser.follow_system_theme()
body, trouble = st.empty(), st.empty()
errors.draw_in(body, trouble)
with body.container():
    if page in of_dataset and opened:
        versions.draw(opened)
    page.run()
