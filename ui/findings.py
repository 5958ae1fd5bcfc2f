"""The parts of Findings: the severity switch, the table, and one finding in full."""

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from biodatamine_core import catalog, checks, pipeline, wording
from biodatamine_core.records import Severity
from biodatamine_core.workspaces import Dataset
from ui import answers, panels, pieces, places, selection

if TYPE_CHECKING:
    import pandas as pd

PLURALS = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.NOTE: "Notes"}
BADGES = {Severity.ERROR: "red", Severity.WARNING: "orange", Severity.NOTE: "gray"}
AFFECTED = "affected"
"""The table that lists all that a finding counts."""
ROW_PX, MOST_ROWS, SENTENCE_PX = 35, 17, 258
COUNTED = """SELECT {table}.* FROM affected JOIN {table} USING ({key})
WHERE code = '{code}' AND subject = '{subject}'"""
EXAMPLES = """SELECT * FROM {table} WHERE path IN (
    SELECT unnest(examples) FROM findings WHERE code = '{code}' AND subject = '{subject}'
)"""
"""What a version knows that is older than the table affected."""


def subtitle(dataset: Dataset, found: "pd.DataFrame") -> str:
    """The dataset's name, how many checks ran, and how many of them found nothing."""
    version = dataset.published()
    if version.scanner_version != pipeline.SCANNER_VERSION:
        return f"{dataset.name}  ·  {wording.counted(len(found), 'finding')}, by an older set of checks"
    clean = len({check.CODE for check in checks.CHECKS} - {*found["code"]})
    return (
        f"{dataset.name}  ·  {wording.counted(len(checks.CHECKS), 'check')} ran, {wording.count(clean)} found nothing"
    )


def download(dataset: Dataset, found: "pd.DataFrame") -> None:
    """All findings as CSV."""
    name = f"{dataset.id}-v{dataset.published().number}-findings.csv"
    listed = found.assign(examples=[" | ".join(paths) for paths in found["examples"]])
    text = listed.to_csv(index=False)
    st.download_button(
        "CSV", text, name, "text/csv", icon=":material/download:", on_click="ignore", disabled=found.empty
    )


def nothing_found() -> None:
    """No finding is no proof: what was looked for stands there instead."""
    sentence = f"All {len(checks.CHECKS)} checks ran and found nothing. That is not a proof: read what they looked for."
    with panels.empty("Nothing was found", sentence):
        titles = "".join(f"<li>{escape(check.EXPLANATION.title)}</li>" for check in checks.CHECKS)
        colour = panels.palette().muted
        st.html(
            f'<ul style="columns:2;margin:14px auto;max-width:640px;font-size:13px;line-height:22px;color:{colour}">'
            f"{titles}</ul>"
        )


def severity_switch(found: "pd.DataFrame") -> "pd.DataFrame":
    """All, or those of one severity; which one stands in the address."""
    counts = found["severity"].value_counts()
    names = {"all": f"All :gray[{wording.count(len(found))}]"}
    names |= {str(s): f"{word} :gray[{wording.count(int(counts[s]))}]" for s, word in PLURALS.items() if s in counts}
    asked = st.query_params.get("severity", "all")
    selection.hold("severity", asked if asked in names else "all")
    severity = st.segmented_control(
        "Severity",
        [*names],
        required=True,
        format_func=lambda name: names[name],
        key="severity",
        on_change=lambda: st.query_params.update(severity=st.session_state["severity"]),
        label_visibility="collapsed",
    )
    return found if severity == "all" else found[found["severity"] == severity]


def table(found: "pd.DataFrame", shown: "pd.DataFrame") -> int:
    """Severity, sentence, affected, share, of what; returns the chosen row, which stands in the address."""
    names = {name_of(found.loc[row]): row for row in shown.index}
    start = names.get(st.query_params.get("finding", ""), shown.index[0])
    state = st.dataframe(
        _styled(shown),
        hide_index=True,
        height="content" if len(shown) <= MOST_ROWS else ROW_PX * (MOST_ROWS + 1),
        row_height=ROW_PX,
        on_select="rerun",
        selection_mode="single-row-required",
        selection_default={"selection": {"rows": [shown.index.get_loc(start)]}},
        key=f"findings-{len(shown)}-{len(found)}",
        column_config={
            "Severity": st.column_config.TextColumn(width=68),
            "Finding": st.column_config.TextColumn(width=SENTENCE_PX),
            "Affected": st.column_config.NumberColumn(width=66, format="localized"),
            "Share": st.column_config.ProgressColumn(
                width=94,
                min_value=0.0,
                max_value=100.0,
                format="%.1f %%",
                color="gray",
                help="Affected of what was looked at.",
            ),
            "Of": st.column_config.TextColumn(width=80, help="What was looked at."),
        },
        alt="Findings by severity: sentence, how many are affected, of how many",
    )
    chosen = int(shown.index[state["selection"]["rows"][0]])
    st.query_params["finding"] = name_of(found.loc[chosen])
    return chosen


def name_of(finding: "pd.Series") -> str:
    """What an address calls it."""
    return catalog.finding_name(finding["code"], finding["subject"])


def _styled(shown: "pd.DataFrame") -> object:
    """The five columns that the page shows, the severity in its colour."""
    import pandas as pd

    columns = pd.DataFrame(
        {
            "Severity": shown["severity"].str.capitalize(),
            "Finding": shown["message"],
            "Affected": shown["count"],
            "Share": 100 * shown["count"] / shown["looked_at"].where(shown["looked_at"] > 0),
            "Of": [_base(scope, n) for scope, n in zip(shown["scope"], shown["looked_at"], strict=True)],
        }
    )
    palette = panels.palette()
    colours = {"Error": palette.error, "Warning": palette.warning, "Note": palette.muted}
    return columns.style.map(lambda word: f"color:{colours[word]};font-weight:600", subset=["Severity"])


def _base(scope: str, looked_at: int) -> str:
    if scope == "series":
        return wording.counted(looked_at, "series", "series")
    return wording.counted(looked_at, "file" if scope == "file" else scope)


def detail(dataset: Dataset, finding: "pd.Series") -> None:
    """Everything about one finding, and the ways on."""
    explained = checks.explanation(finding["code"])
    palette = panels.palette()
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        panels.badge(finding["severity"].capitalize(), None, BADGES[finding["severity"]])
        st.markdown(f"`{finding['code']}`")
    sections = {
        "Why it matters": explained.why,
        "What to do": explained.what_to_do,
        "What was looked at": looked_at(
            finding["scope"], finding["count"], finding["looked_at"], finding["not_judged"]
        ),
    }
    st.html(pieces.sections(finding["message"], sections, palette))
    examples = tuple(finding["examples"])
    if examples:
        st.html(pieces.path_list("Examples", examples, palette))
    pictures = answers.pictures_at(dataset, examples) if examples else []
    if pictures:
        st.html(pieces.thumbnails(pictures, palette, columns=4))
    if finding["count"]:
        _ways_on(dataset, finding)


def looked_at(scope: str, count: int, base: int, not_judged: int) -> str:
    """How many of how many, and how many nobody could tell."""
    if not base:
        return f"Nothing: {_base(scope, not_judged)} could not be judged."
    judged = f"{wording.count(count)} of {_base(scope, base)} {'is' if count == 1 else 'are'} affected."
    return judged + (f" {_base(scope, not_judged).capitalize()} could not be judged." if not_judged else "")


def _ways_on(dataset: Dataset, finding: "pd.Series") -> None:
    """To all that it counts; in a version that is too old to know it, to the examples."""
    are_series, lists_all = finding["scope"] == "series", AFFECTED in dataset.published().tables
    shown = int(finding["count"]) if lists_all else len(finding["examples"])
    if not shown:
        return
    label = f"Show {wording.counted(shown, 'series' if are_series else 'file', 'series' if are_series else None)}"
    if shown < finding["count"]:
        only = f"This scan kept the examples only. Scan again to list all {wording.count(int(finding['count']))}."
        st.html(pieces.text(only, panels.palette(), muted=True))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if st.button(label, type="primary", icon=":material/grid_view:" if are_series else ":material/list:"):
            place = places.IMAGES if are_series else places.FILES
            st.switch_page(place, query_params={"dataset": dataset.id, "finding": name_of(finding)})
        sql = (COUNTED if lists_all else EXAMPLES).format(
            table="series" if are_series else "files",
            key="series_id" if are_series else "file_id",
            code=finding["code"],
            subject=finding["subject"].replace("'", "''"),
        )
        st.page_link(
            places.QUERY,
            label="Query them",
            icon=":material/terminal:",
            query_params={"dataset": dataset.id, "sql": sql},
        )
