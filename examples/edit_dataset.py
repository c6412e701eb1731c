"""Find the doubtful samples of a dataset, move the worst one to the bin, undo that, and export the dataset."""

import sys
from pathlib import Path

import posecount as pc

output = Path(sys.argv[1] if len(sys.argv) > 1 else "my-dataset")

# A copy, as the starter dataset is read-only.
pc.PoseDataset.load(pc.STARTER_DATASET).save(output)
store = pc.DatasetStore(output)
print(f"{len(store.samples)} samples. {pc.assess(store.dataset).summary}")

outliers = pc.find_outliers(store.dataset, visibility=store.visibility)
for outlier in outliers[:3]:
    print(f"{outlier.class_name}/{outlier.name}: {outlier.reason}")
worst = store.samples[outliers[0].index]

store.remove([worst], reason="doubtful")
print(f"{len(store.samples)} samples, {len(store.bin())} in the bin")
store.undo()
print(f"{len(store.samples)} samples after undo")
plan = pc.export_mlkit(store.dataset, output.with_suffix(".csv"))
print(f"Exported {len(plan.dataset)} samples of {len(plan.counts)} classes")
