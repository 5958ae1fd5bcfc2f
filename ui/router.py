"""Every request's way in: page config, sidebar, and the page that the address names."""

import streamlit as st

from ui import browser, errors, panels, places, session

st.set_page_config(
    page_title="BioDataMine", page_icon=str(places.STATIC / "icon.svg"), layout="wide", initial_sidebar_state=232
)
opened = session.remembered_dataset()
logo = "logo-dark.svg" if panels.palette().is_dark else "logo-light.svg"
st.logo(str(places.STATIC / logo), size="medium", icon_image=str(places.STATIC / "icon.svg"))
page = st.navigation(
    {
        f"Workspace: {session.workspace().name}": [
            st.Page(places.ADD, title="Add", icon=":material/add_circle:", default=True),
            st.Page(places.DATASETS, title="Datasets", icon=":material/database:", url_path="datasets"),
        ],
        opened.name if opened else "Dataset": [
            st.Page(
                places.OVERVIEW,
                title="Overview",
                icon=":material/dashboard:",
                url_path="overview",
                visibility="visible" if opened else "hidden",
            ),
            st.Page(
                places.IMAGES,
                title="Images",
                icon=":material/grid_view:",
                url_path="images",
                visibility="visible" if opened else "hidden",
            ),
            st.Page(places.PREVIEW, title="Preview", url_path="preview", visibility="hidden"),
            st.Page(
                places.FINDINGS,
                title="Findings",
                icon=":material/rule:",
                url_path="findings",
                visibility="visible" if opened else "hidden",
            ),
            st.Page(
                places.QUERY,
                title="Query",
                icon=":material/terminal:",
                url_path="query",
                visibility="visible" if opened else "hidden",
            ),
            st.Page(
                places.FILES,
                title="Files",
                icon=":material/draft:",
                url_path="files",
                visibility="visible" if opened else "hidden",
            ),
        ],
    },
)
body = st.empty()
browser.follow_system_theme()  # after the body, so that it pushes nothing down
errors.draw_in(body)
with body.container():
    page.run()
