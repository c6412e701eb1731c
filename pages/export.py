"""Export: download the dataset for Google's ML Kit sample app, or as a Colab folder."""

import streamlit as st

from posecount import PosecountError
from posecount.datasets.export import ExportPlan
from posecount.ui.access import enter, workspace
from posecount.ui.current_dataset import choose_dataset, open_dataset
from posecount.ui.datasets.exporting import colab_file, image_bytes, mlkit_file
from posecount.ui.markdown import plain

enter()


def show_contents(plan: ExportPlan) -> None:
    """Class counts, warnings, and the names that were changed."""
    targets = {exercise.target: exercise.label for exercise in plan.dataset.exercises}
    st.dataframe(
        [
            {"Class": name, "Samples": count, "Turning point of": targets.get(name, "")}
            for name, count in plan.counts.items()
        ],
        hide_index=True,
        height="content",
    )
    if plan.warnings:
        st.warning("\n".join(f"- {plain(warning)}" for warning in plan.warnings))
    if plan.renamed:
        names = "1 name is" if len(plan.renamed) == 1 else f"{len(plan.renamed)} names are"
        with st.expander(f"{names} different in the file", expanded=True):
            st.caption("ML Kit splits at every comma and does not support quotes, so names are plain ASCII.")
            st.dataframe(
                [{"Kind": each.what, "Here": each.before, "In the file": each.after} for each in plan.renamed],
                hide_index=True,
            )


def show_preview(data: bytes) -> None:
    """The first rows of the CSV, and the first columns of each."""
    rows = [line.split(",") for line in data[:20_000].decode().split("\n")[:5]]
    titles = ("name", "class", "x1", "y1", "z1", "x2", "y2", "z2")
    with st.expander("Preview"):
        st.dataframe([dict(zip(titles, row, strict=False)) for row in rows if len(row) > 8], hide_index=True)
        st.caption("Each row continues to z33: 101 fields, no header, no quotes.")


st.title("Export", anchor=False)
try:
    mine = workspace()
    name = choose_dataset(mine)
    if name is None:
        st.info("There is no dataset yet. Create one on the Dataset page.")
        st.stop()
    store = open_dataset(mine, name)
    if not store.samples:
        st.info("This dataset has no samples. Add some on the Dataset page.")
        st.stop()
    file_name = f"{name}.csv"
    data, plan = mlkit_file(store, file_name)
    show_contents(plan)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("ML Kit", anchor=False)
        st.markdown("For Google's sample app. Put the file in `app/src/main/assets/pose/`.")
        st.download_button(
            f"Download {file_name}", data, file_name, "text/csv", type="primary", icon=":material/download:"
        )
        st.caption(f"Checked as ML Kit reads it: {len(plan.dataset)} rows of 101 fields, all numbers valid.")
        show_preview(data)
        st.markdown("Lines for `PoseClassifierProcessor.java`:")
        st.code(plan.java, language=None, wrap_lines=True)
    with right:
        st.header("Colab folder", anchor=False)
        st.markdown("One CSV per class, as Google's notebook writes them. The Dataset page can read it back.")
        st.download_button(
            f"Download {name}.zip (no images)",
            lambda: colab_file(store, images=False),
            f"{name}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
        )
        if size := image_bytes(store):
            st.download_button(
                f"Download {name}-images.zip ({size / 1e6:.1f} MB)",
                lambda: colab_file(store, images=True),
                f"{name}-images.zip",
                "application/zip",
                on_click="ignore",
                icon=":material/folder_zip:",
            )
        st.caption("Each file is written and checked when you press the button.")
except PosecountError as error:
    st.error(plain(str(error)))
