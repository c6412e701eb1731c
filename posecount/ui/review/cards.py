"""Reviewing samples: what is known of a dataset, cards of doubtful samples, grids, and what can be done with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from posecount.datasets.dataset import PoseDataset
from posecount.datasets.records import SampleId
from posecount.datasets.store import DatasetStore
from posecount.errors import PosecountError
from posecount.review.neighbours import Neighbours, find_neighbours
from posecount.review.outliers import OUTLIER_KINDS, Outlier, find_outliers
from posecount.review.quality import Quality, assess
from posecount.shipped import STARTER_DATASET
from posecount.ui.choices import load_classifier
from posecount.ui.datasets.gallery import cells, portrait
from posecount.ui.markdown import plain
from posecount.ui.review.map import show_confusion

CARDS = 6
"""Doubtful samples on a page."""
CELLS = 24
"""Samples on a page of a grid."""
_THUMBNAILS = 5
_NEW = "A new class…"


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What is known of a dataset as it is now.

    Attributes:
        key: what it was made from: the dataset and its version.
        before: the accuracy when this browser session first looked at the dataset.
    """

    key: tuple[str, str]
    neighbours: Neighbours
    outliers: tuple[Outlier, ...]
    quality: Quality
    before: float


def review_of(store: DatasetStore) -> Review:
    """Find outliers and assess quality, anew only where the dataset has changed, and then only what has changed."""
    key = (str(store.folder), store.version)
    last: Review | None = st.session_state.get("review")
    if last and last.key == key:
        return last
    same = last is not None and last.key[0] == key[0]
    with st.spinner("Comparing all samples…"):
        neighbours = find_neighbours(store.dataset.landmarks, last.neighbours if last and same else None)
        kept = [index for index, sample in enumerate(store.samples) if sample in store.kept]
        outliers = find_outliers(store.dataset, neighbours=neighbours, visibility=store.visibility, kept=kept)
        quality = assess(store.dataset, neighbours=neighbours, reference=_reference(store))
    first: dict[str, float] = st.session_state.setdefault("review_before", {})
    before = first.setdefault(key[0], quality.accuracy)
    st.session_state["review"] = review = Review(key, neighbours, outliers, quality, before)
    return review


def _reference(store: DatasetStore) -> PoseDataset | None:
    if store.folder == STARTER_DATASET or not STARTER_DATASET.is_dir():
        return None
    return load_classifier(STARTER_DATASET).dataset


def show_quality(review: Review) -> None:
    """The dataset's quality, before and after, with confusion between classes."""
    quality = review.quality
    {"good": st.success, "fair": st.info, "poor": st.warning}[quality.verdict](plain(quality.summary))
    gain = round(quality.accuracy - review.before, 4)
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "Recognised", f"{quality.accuracy:.1%}", f"{gain:+.1%} since you began" if gain else None, width="content"
        )
        st.metric("Doubtful", len(review.outliers), width="content")
        st.metric("Samples", quality.samples, width="content")
    with st.expander("Quality per class, and confusion between classes"):
        st.dataframe(
            [
                {
                    "Class": each.name,
                    "Recognised": f"{each.accuracy:.0%}",
                    "Samples": each.samples,
                    "Unlike the rest": each.unlike,
                    "Near-duplicates": each.duplicates,
                }
                for each in quality.classes
            ],
            hide_index=True,
            height="content",
        )
        st.caption("Each sample is left out and named by the others. Rows: its class; columns: their name for it.")
        show_confusion(quality)


def show_said() -> None:
    """What the last action did."""
    if said := st.session_state.pop("review_said", None):
        (st.error if said[0] else st.success)(plain(said[1]))


def act(words: str, edit: Callable[[], object]) -> None:
    """Make an edit, as a widget's callback; what it did is said by `show_said`."""
    try:
        edit()
    except PosecountError as error:
        st.session_state["review_said"] = (True, str(error))
    else:
        st.session_state["review_said"] = (False, words)


def keep(store: DatasetStore, samples: Sequence[SampleId]) -> None:
    """Keep samples: they are not asked about again."""
    act(f"Kept {_count(samples)}; not asked again.", lambda: store.keep(samples))


def remove(store: DatasetStore, samples: Sequence[SampleId], reason: str = "removed in review") -> None:
    """Move samples to the bin."""
    act(f"Removed {_count(samples)}, to the bin.", lambda: store.remove(samples, reason))


def move(store: DatasetStore, samples: Sequence[SampleId], class_name: str) -> None:
    """Move samples to a class."""
    act(f"Moved {_count(samples)} to {class_name}.", lambda: store.relabel(samples, class_name))


def undo(store: DatasetStore) -> None:
    """Undo the last action."""
    act("Undone.", store.undo)


def _count(samples: Sequence[SampleId]) -> str:
    return str(samples[0]) if len(samples) == 1 else f"{len(samples)} samples"


def show_pager(key: str, count: int, size: int) -> slice:
    """Buttons to go through `count` things a page at a time, also by the arrow keys; return those of this page."""
    pages = max(-(-count // size), 1)
    page = min(st.session_state.get(f"{key}_page", 0), pages - 1)
    st.session_state[f"{key}_page"] = page

    def go(to: int) -> None:
        st.session_state[f"{key}_page"] = to

    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Back", key=f"{key}_back", disabled=page == 0, on_click=go, args=(page - 1,), shortcut="Left")
            st.markdown(f"{page * size + 1}–{min((page + 1) * size, count)} of {count}", width="content")
            st.button(
                "Next", key=f"{key}_next", disabled=page == pages - 1, on_click=go, args=(page + 1,), shortcut="Right"
            )
    return slice(page * size, (page + 1) * size)


def choose_class(store: DatasetStore, own: str | None, key: str) -> str | None:
    """Choose a class to move samples to, an existing or a new one."""
    classes = [name for name in store.dataset.classes if name != own]
    chosen = st.selectbox("Class", [*classes, _NEW], key=f"{key}_class")
    if chosen != _NEW:
        return chosen
    return st.text_input("Name", key=f"{key}_new", placeholder="lunges_down", max_chars=300).strip() or None


def show_card(store: DatasetStore, outlier: Outlier, first: bool) -> None:
    """A doubtful sample: picture, reason, votes, neighbours, and what to do; keys act on the first card."""
    sample = store.samples[outlier.index]
    key = f"card_{sample}"
    with st.container(border=True):
        left, right = st.columns(2, gap="medium")
        with left:
            st.image(portrait(store, outlier.index), width="stretch", alt=f"{sample}: picture, and from above")
        with right:
            st.markdown(f"**{plain(sample.class_name)}** {plain(sample.name)}")
            st.markdown(plain(outlier.reason))
            votes = ", ".join(f"{name} {n}" for name, n in sorted(outlier.votes.items(), key=lambda item: -item[1]))
            st.caption(f"Votes of its neighbours: {plain(votes) or 'none'}. Margin {outlier.margin:+.2f}.")
            near = outlier.neighbours[:_THUMBNAILS]
            with st.container(horizontal=True, gap="small"):
                for index, distance in near:
                    caption = f"{plain(store.dataset.labels[index])}, {distance:.0f} %"
                    st.image(portrait(store, index, above=False), caption=caption, width=110)
            if not store.read_only:
                _show_actions(store, outlier, sample, key, first)


def _show_actions(store: DatasetStore, outlier: Outlier, sample: SampleId, key: str, first: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.checkbox("Select", key=f"select_{sample}")
        st.button("Keep", key=f"{key}_keep", on_click=keep, args=(store, [sample]), shortcut="K" if first else None)
        if outlier.suggested:
            st.button(
                f"Move to {plain(outlier.suggested)}",
                key=f"{key}_move",
                type="primary",
                on_click=move,
                args=(store, [sample], outlier.suggested),
                shortcut="M" if first else None,
            )
        st.button(
            "Remove", key=f"{key}_remove", on_click=remove, args=(store, [sample], outlier.reason),
            shortcut="X" if first else None,
        )  # fmt: skip
        with st.popover("Other class"):
            target = choose_class(store, sample.class_name, key)
            st.button(
                "Move", key=f"{key}_other", disabled=not target, on_click=move, args=(store, [sample], target or "")
            )


def show_bulk(store: DatasetStore, shown: Sequence[SampleId], key: str) -> None:
    """Actions on the samples that are selected among those shown."""
    if store.read_only or not shown:
        return
    selected = [sample for sample in shown if st.session_state.get(f"select_{sample}")]

    def select(value: bool) -> None:
        st.session_state.update({f"select_{sample}": value for sample in shown})

    with st.container(horizontal=True, vertical_alignment="center"):
        if selected:
            st.button("Select none", key=f"{key}_none", on_click=select, args=(False,))
        else:
            st.button("Select all on this page", key=f"{key}_all", on_click=select, args=(True,))
        if selected:
            st.button(f"Keep {len(selected)}", key=f"{key}_bulk_keep", on_click=keep, args=(store, selected))
            st.button(f"Remove {len(selected)}", key=f"{key}_bulk_remove", on_click=remove, args=(store, selected))
            with st.popover(f"Move {len(selected)}"):
                target = choose_class(store, None, f"{key}_bulk")
                st.button(
                    "Move",
                    key=f"{key}_bulk_move",
                    disabled=not target,
                    on_click=move,
                    args=(store, selected, target or ""),
                )


def show_grid(store: DatasetStore, indices: Sequence[int], key: str) -> None:
    """Samples as a grid, a page at a time; each can be selected, or removed with a click."""
    page = indices[show_pager(key, len(indices), CELLS)]
    show_bulk(store, [store.samples[index] for index in page], key)
    for cell, index in zip(cells(len(page)), page, strict=True):
        sample = store.samples[index]
        with cell, st.container(border=True):
            st.image(portrait(store, index), width="stretch", alt=f"{sample}: picture, and from above")
            st.caption(f"**{plain(sample.class_name)}** {plain(sample.name)}")
            if not store.read_only:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.checkbox("Select", key=f"select_{sample}")
                    st.button(
                        "Remove", key=f"{key}_remove_{sample}", icon=":material/delete:", on_click=remove,
                        args=(store, [sample]),
                    )  # fmt: skip


@st.dialog("Remove all of these?", width="large")
def confirm_removal(store: DatasetStore, outliers: Sequence[Outlier]) -> None:
    """Show what would go, and remove it when that is confirmed."""
    if st.session_state.get("confirm_removal"):  # the callback has removed them: close before their pictures are drawn
        st.rerun()
    counts = sorted(Counter(outlier.class_name for outlier in outliers).items())
    st.markdown("\n".join(f"- {plain(name)}: {n} of {store.dataset.labels.count(name)}" for name, n in counts))
    reasons = Counter(OUTLIER_KINDS[outlier.kind] for outlier in outliers)
    st.caption("; ".join(f"{reason}: {count}" for reason, count in reasons.items()))
    with st.container(horizontal=True, gap="small", height=320):
        for outlier in outliers[:60]:
            st.image(portrait(store, outlier.index, above=False), caption=plain(outlier.class_name), width=130)
    if len(outliers) > 60:
        st.caption(f"The first 60 of {len(outliers)}.")
    st.caption("They go to the bin, from which each can be restored; the whole can be undone.")
    samples = [store.samples[outlier.index] for outlier in outliers]
    arguments = (store, samples, "removed with all outliers")
    st.button(f"Remove {len(outliers)}", type="primary", key="confirm_removal", on_click=remove, args=arguments)


def show_bin(store: DatasetStore) -> None:
    """What was removed, with a button to restore each."""
    removed = store.bin()
    if not removed:
        st.info("The bin is empty.")
        return
    page = removed[show_pager("bin", len(removed), CELLS)]

    def restore(*which: int) -> None:
        chosen = [each for each in removed if each.number in which]
        act(f"Restored {_count([each.sample for each in chosen])}.", lambda: store.restore(chosen))

    st.button(f"Restore all {len(page)} on this page", on_click=restore, args=[each.number for each in page])
    for cell, each in zip(cells(len(page)), page, strict=True):
        with cell, st.container(border=True):
            path = store.bin_image_path(each)
            if path:
                st.image(str(path), width="stretch", alt=str(each.sample))
            st.caption(f"**{plain(each.sample.class_name)}** {plain(each.sample.name)}: {plain(each.reason)}")
            st.button("Restore", key=f"restore_{each.number}", on_click=restore, args=(each.number,))
