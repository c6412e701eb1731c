"""Export: the dataset for Google's ML Kit sample app, and as a Colab folder."""

import streamlit as st

from posecount import PosecountError
from posecount.datasets.export import ExportPlan
from posecount.ui.access import enter, workspace
from posecount.ui.current_dataset import choose_dataset, open_dataset
from posecount.ui.datasets.exporting import colab_file, image_bytes, mlkit_file
from posecount.ui.markdown import plain

enter()


def show_contents(plan: ExportPlan) -> None:
    """Class counts, warnings, and what was changed in names."""
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
        with st.expander(f"{len(plan.renamed)} names are written differently", expanded=True):
            st.caption("ML Kit's parser splits at every comma and knows no quotes, so names are plain ASCII.")
            st.dataframe(
                [{"What": each.what, "Here": each.before, "In the file": each.after} for each in plan.renamed],
                hide_index=True,
            )


def show_preview(data: bytes) -> None:
    """The first rows of the CSV, cut to what fits."""
    rows = [line.split(",") for line in data[:20_000].decode().split("\n")[:5]]
    titles = ("name", "class", "x1", "y1", "z1", "x2", "y2", "z2")
    with st.expander("The first rows"):
        st.dataframe([dict(zip(titles, row, strict=False)) for row in rows if len(row) > 8], hide_index=True)
        st.caption("… and so on to z33: 101 fields, no header, no quotes.")


st.title("Export", anchor=False)
try:
    mine = workspace()
    name = choose_dataset(mine)
    if name is None:
        st.info("There is no dataset yet. Make one on the Dataset page.")
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
        st.subheader("ML Kit", anchor=False)
        st.markdown("For Google's sample app, in `app/src/main/assets/pose/`.")
        st.download_button(
            f"Download {file_name}", data, file_name, "text/csv", type="primary", icon=":material/download:"
        )
        st.caption(f"Read back as ML Kit does: {len(plan.dataset)} rows of 101 fields, every number finite.")
        show_preview(data)
        st.markdown("The two lines for `PoseClassifierProcessor.java`:")
        st.code(plan.java, language="java", wrap_lines=True)
    with right:
        st.subheader("Colab folder", anchor=False)
        st.markdown("One CSV a class, as the notebook writes them; the Dataset page reads it too.")
        st.download_button(
            f"Download {name}.zip, without images",
            lambda: colab_file(store, images=False),
            f"{name}.zip",
            "application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
        )
        if size := image_bytes(store):
            st.download_button(
                f"Download {name}-images.zip, {size / 1e6:.1f} MB",
                lambda: colab_file(store, images=True),
                f"{name}-images.zip",
                "application/zip",
                on_click="ignore",
                icon=":material/folder_zip:",
            )
        st.caption("Written and read back when you press the button.")
except PosecountError as error:
    st.error(plain(str(error)))
