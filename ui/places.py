"""Where the pages are, as absolute paths: the router gives them, Streamlit must never find them itself."""

from pathlib import Path

PAGES = Path(__file__).resolve().parent.parent / "pages"
ADD = PAGES / "add.py"
DATASETS = PAGES / "datasets.py"
JOBS = PAGES / "jobs.py"
OVERVIEW = PAGES / "overview.py"
IMAGES = PAGES / "images.py"
PREVIEW = PAGES / "preview.py"
REVIEW = PAGES / "review.py"
FINDINGS = PAGES / "findings.py"
QUERY = PAGES / "query.py"
FILES = PAGES / "files.py"
STATIC = Path(__file__).resolve().parent / "static"
