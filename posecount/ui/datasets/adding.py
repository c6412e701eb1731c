"""Widgets that add samples, and the progress of photos being added."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from posecount.datasets.photos import MAX_FILE_BYTES
from posecount.datasets.store import DatasetStore
from posecount.errors import PosecountError
from posecount.ingest.archives import open_archive
from posecount.ingest.collection import MAX_TABLE_BYTES, Collection, open_csv, photo_of
from posecount.ingest.intake import IntakeJob
from posecount.ingest.report import Finding, changed_names, in_words
from posecount.ui.choices import load_model
from posecount.ui.datasets.classes import choose_class
from posecount.ui.markdown import plain
from posecount.ui.remembered import remembered_tabs

_PHOTO_TYPES = ["jpg", "jpeg", "png", "webp", "heic", "heif"]
_MAX_PHOTOS = 500
"""Each upload is held in memory until it is processed; photos in a zip are read one by one."""

jobs: dict[str, IntakeJob] = {}
"""Each dataset's last intake, by folder. All windows share it, so a person who closed one finds the job again."""


def show_sources(store: DatasetStore) -> None:
    """A tab for each source of samples; an upload becomes a job, which continues when the browser's tab is closed."""
    archive, photos, webcam, table = remembered_tabs(("Zip", "Photos", "Webcam", "CSV"), "source_tab")
    # A new key after each intake empties the uploaders.
    key = st.session_state.setdefault("intake_number", 0)
    with archive:
        upload = st.file_uploader(
            "A zip with photos in class folders, or with a Colab dataset",
            type="zip",
            key=f"zip_{key}",
            help="For example `squats_up/photo.jpg`: the folder names the photo's class.",
        )
        limit = st.number_input(
            "Max photos per class (0 = no limit)", min_value=0, max_value=100_000, step=10, key=f"limit_{key}"
        )
        again = st.checkbox("Try again with photos where no pose was found before", key=f"again_{key}")
        if st.button("Add zip", type="primary", disabled=upload is None, key="add_zip") and upload:
            data = io.BytesIO(upload.getvalue())  # the upload ends with the tab; the job continues
            try:
                collection = open_archive(data)
            except PosecountError as error:
                st.error(plain(str(error)))
            else:
                _start(store, collection, limit=limit or None, again=again)
    with photos:
        uploads = st.file_uploader(
            f"Photos of one class (up to {_MAX_PHOTOS} at a time)",
            type=_PHOTO_TYPES,
            accept_multiple_files=True,
            key=f"photos_{key}",
            max_upload_size=MAX_FILE_BYTES // 1_000_000,
        )
        if uploads and len(uploads) > _MAX_PHOTOS:
            st.error(f"{len(uploads)} photos are too many at a time. Try: add them as a zip, or in several batches.")
            uploads = []
        label = choose_class(store, "photos_class")
        if st.button("Add photos", type="primary", disabled=not (uploads and label), key="add_photos") and label:
            _start_photos(store, label, uploads)
    with webcam:
        label = choose_class(store, "webcam_class")
        picture = st.camera_input("Get into the pose, then take the photo", key=f"webcam_{key}", disabled=not label)
        if picture and label:
            name = f"webcam-{datetime.now():%Y%m%d-%H%M%S}.jpg"
            _start_photos(store, label, [picture], name)
    with table:
        upload = st.file_uploader(
            "An ML Kit CSV, or the CSV of one class from a Colab dataset",
            type="csv",
            key=f"csv_{key}",
            max_upload_size=MAX_TABLE_BYTES // 1_000_000,
            help="Rows of `name,class,x1,y1,z1,…`, or a file such as `squats_up.csv` with rows of `name,x1,y1,z1,…`.",
        )
        if st.button("Add rows", type="primary", disabled=upload is None, key="add_csv") and upload:
            try:
                collection = open_csv(upload.getvalue(), upload.name)
            except PosecountError as error:
                st.error(plain(str(error)))
            else:
                _start(store, collection)


def current_job(folder: Path) -> IntakeJob | None:
    """The last intake into the dataset in that folder, unless its result was dismissed."""
    return jobs.get(str(folder))


def show_job(job: IntakeJob) -> None:
    """Progress, running total and a cancel button; the page refreshes when the job is finished."""
    _show_running(job)


@st.fragment(run_every=0.5)
def _show_running(job: IntakeJob) -> None:
    if not job.running:
        st.rerun()
    progress = job.progress
    if progress is None:
        st.progress(0.0, text="Starting… This takes a few seconds.")
    else:
        done, total, kinds = progress
        words = ", ".join(filter(None, (f"{done} of {total} photos", in_words(kinds))))
        st.progress(done / max(total, 1), text=words)
    st.button(
        "Cancel",
        icon=":material/stop:",
        disabled=job.cancelled,
        help="Stops after the current photos. Samples added so far are kept.",
        on_click=job.cancel,
    )
    st.caption("You can close this window. The work continues in the background.")


def show_outcome(folder: Path, job: IntakeJob) -> tuple[Finding, ...]:
    """Say what a finished job did until the person dismisses it; return the files that gave no sample."""
    if job.error:
        st.error(plain(job.error))
    elif job.result:
        summary, problems = plain(job.result.summary.capitalize() + "."), job.result.problems
        if problems and len(problems) == len(job.result.findings):
            st.error(f"{summary} {plain(f'{problems[0].name}: {problems[0].reason or problems[0].kind}')}")
        else:
            (st.warning if problems else st.success)(summary)
    st.button("Dismiss", key="forget_job", on_click=_forget, args=(folder,))
    if job.result is None:
        return ()
    if renamed := job.result.renamed:
        with st.expander(changed_names(renamed)):
            st.dataframe([{"Before": was, "Now": now} for was, now in list(renamed.items())[:500]], hide_index=True)
    return job.result.problems


def _forget(folder: Path) -> None:
    jobs.pop(str(folder), None)


def _start_photos(store: DatasetStore, label: str, uploads: list[UploadedFile], name: str | None = None) -> None:
    photos = tuple(photo_of(label, name or upload.name, upload.getvalue()) for upload in uploads)
    _start(store, Collection(photos))


def _start(store: DatasetStore, collection: Collection, limit: int | None = None, again: bool = False) -> None:
    model = load_model("full") if collection.needs_model else None
    running = current_job(store.folder)
    if running and running.running:
        collection.close()
        st.warning("Another window is adding photos to this dataset. Wait until it is done, then try again.")
        return
    jobs[str(store.folder)] = IntakeJob(store, collection, model, limit=limit, again=again)
    st.session_state["intake_number"] += 1
    st.rerun()
