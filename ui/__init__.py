"""The Streamlit code that pages share: router, session, cached calls, panels. Decides nothing about data."""
