"""Generator of the simulated extracts: seeded, sized, labelled 模拟数据, calibrated to what was published."""

from __future__ import annotations

from fuyou_pipeline.samples.generate import CORE_DATASETS, dataset_names, generate

__all__ = ["CORE_DATASETS", "dataset_names", "generate"]
