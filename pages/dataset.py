"""Dataset: choose one, add samples and look through them."""

import streamlit as st

from posecount import PosecountError
from posecount.datasets.statistics import advice, class_statistics
from posecount.datasets.store import DatasetStore
from posecount.datasets.workspace import STARTER
from posecount.ingest.report import Finding
from posecount.ui.access import enter, workspace
from posecount.ui.current_dataset import choose_dataset, open_dataset
from posecount.ui.datasets.adding import current_job, show_job, show_outcome, show_sources
from posecount.ui.datasets.gallery import show_gallery, show_problems, show_rejected
from posecount.ui.datasets.history import show_history
from posecount.ui.datasets.managing import show_workspace
from posecount.ui.datasets.targets import show_targets
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered
from posecount.ui.teaching.video import show_video_teaching

enter()


def show_statistics(store: DatasetStore) -> None:
    """Statistics per class, and advice on what to add."""
    statistics = class_statistics(store)
    if statistics:
        most = max(each.samples for each in statistics)
        st.dataframe(
            [
                {
                    "Class": each.class_name,
                    "Samples": each.samples,
                    "Balance": each.samples,
                    "Images": each.images,
                    "Poses found": each.poses,
                    "Removed": each.removed,
                }
                for each in statistics
            ],
            column_config={"Balance": st.column_config.ProgressColumn(max_value=most or 1, format=" ")},
            hide_index=True,
            height="content",
        )
    if store.read_only:  # what is missing in the starter is nothing that a person could add
        return
    if words := advice({each.class_name: each.samples for each in statistics}):
        st.info("\n".join(f"- {plain(line)}" for line in words), icon=":material/add_a_photo:")


def show_samples(store: DatasetStore) -> None:
    """The gallery of a class, newest first."""
    if not store.samples:
        return
    st.header("Samples", anchor=False)
    st.caption("Left: photo. Right: the pose from above, camera at the bottom. Orange: the person's left side.")
    chosen = remembered(
        st.pills, "gallery_class", None, label="Class", options=store.dataset.classes, label_visibility="collapsed"
    )
    indices = [index for index, label in enumerate(store.dataset.labels) if chosen in (None, label)]
    show_gallery(store, indices[::-1], f"gallery_{chosen}")


st.title("Dataset", anchor=False)
try:
    mine = workspace()
    name = choose_dataset(mine)
    job = current_job(mine.folder(name)) if name else None
    show_workspace(mine, name, busy=bool(job and job.running))
    show_video_teaching()
    if name is None:
        st.info("There is no dataset yet. Press New to create one.")
        st.stop()
    store = open_dataset(mine, name)
    if name == STARTER:
        st.info("The starter dataset is read-only. To teach your own exercise, duplicate it or create a new dataset.")
    elif job and job.running:
        show_job(job)
    elif not store.read_only:
        problems: tuple[Finding, ...] = show_outcome(store.folder, job) if job else ()
        st.header("Add samples", anchor=False)
        show_sources(store)
        if problems:
            photos = "1 file was" if len(problems) == 1 else f"{len(problems)} files were"
            with st.expander(f"{photos} not added in the last run", expanded=True):
                show_problems(store, problems)
    show_statistics(store)
    show_targets(store)
    show_history(store)
    show_samples(store)
    show_rejected(store)
except PosecountError as error:
    st.error(plain(str(error)))
