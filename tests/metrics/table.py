"""Every public function of metrics: a call, and every keyword moved off its default."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from adrjax import losses
from adrjax.metrics import GaussianDiscriminant

RNG = np.random.default_rng(0)
LABELS = RNG.integers(6, size=60)
NOISY = np.where(RNG.random(60) < 0.3, (LABELS + 1) % 6, LABELS)
LOGITS = RNG.normal(size=(60, 6)).astype(np.float32) + 2 * np.eye(6)[LABELS]
LOGITS = LOGITS.astype(np.float32)
PROBS = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
FEATURES, OTHERS = RNG.normal(size=(2, 60, 4)).astype(np.float32)
FEATURES[:, 0] += LABELS % 2
SAME = np.arange(60) % 3 > 0
SIMILARITIES = RNG.normal(SAME).astype(np.float32)
QUERIES, GALLERY = RNG.integers(6, size=20), RNG.integers(5, size=30)
RANKING = RNG.normal(size=(20, 30)).astype(np.float32)
RANKING += QUERIES[:, None] == GALLERY[None]
WHERE = RNG.random((20, 30)) < 0.7
CAMERAS = RNG.integers(1, 4, size=20), RNG.integers(1, 4, size=30)
SEGMENTS = RNG.integers(4, size=(2, 8, 9))
GAUSSIANS = GaussianDiscriminant(
    np.eye(3, 4, dtype=np.float32),
    np.eye(4, dtype=np.float32)[None],
    np.log(np.array([0.2, 0.3, 0.5], np.float32)),
)


class Case(NamedTuple):
    """A call of a function.

    Attributes:
        arguments: Its positional arguments: arrays, and the loss of `example_weights`.
        required: Keywords without a default.
        moved: Another value for every keyword with a default.
        on_host: Whether it runs on the host only.
    """

    arguments: tuple
    required: Mapping[str, Any] = {}
    moved: Mapping[str, Any] = {}
    on_host: bool = False


CASES = {
    "top_k": Case((LOGITS, LABELS), moved={"k": 3}),
    "expected_calibration_error": Case((PROBS, LABELS), moved={"bins": 4}),
    "calibration_error": Case((PROBS.max(-1), LABELS > 2), moved={"bins": 4}),
    "example_weights": Case((losses.cross_entropy, LOGITS, LABELS)),
    "emphasis_focus": Case((PROBS[:, 0], PROBS[:, 1])),
    "emphasis_spread": Case((PROBS[:, 0],)),
    "fitting": Case((LOGITS, NOISY, LABELS)),
    "fit_gaussian_discriminant": Case(
        (FEATURES, LABELS % 2),
        {"num_classes": 2},
        {"shared": True, "shrinkage": 0.3},
    ),
    "gaussian_discriminant": Case((FEATURES, GAUSSIANS)),
    "norm_split_accuracy": Case((LOGITS, LABELS, FEATURES)),
    "mean_average_precision": Case(
        (RANKING, QUERIES, GALLERY), moved={"where": WHERE, "trapezoid": True}
    ),
    "cumulative_matching": Case((RANKING, QUERIES, GALLERY), moved={"where": WHERE}),
    "cross_camera": Case((QUERIES, CAMERAS[0], GALLERY, CAMERAS[1]), moved={"junk": 2}),
    "roc_curve": Case((SIMILARITIES, SAME)),
    "matched_ious": Case((*SEGMENTS,), {"num_estimated": 5, "num_truth": 4}),
    "connected_segments": Case((SEGMENTS[0],), on_host=True),
    "cosine_similarity": Case((FEATURES, OTHERS)),
    "squared_distance": Case((FEATURES, OTHERS)),
    "verification_accuracy": Case(
        (SIMILARITIES, SAME),
        moved={
            "folds": 4,
            "fold": 3,
            "thresholds": np.linspace(-1, 1, 5, dtype=np.float32),
        },
    ),
    "pca_verification_accuracy": Case(
        (FEATURES, OTHERS + FEATURES * SAME[:, None], SAME),
        moved={"components": 2, "similarity": "l2", "folds": 4, "fold": 3},
    ),
    "validation_rate": Case((SIMILARITIES, SAME), moved={"far": 0.5, "folds": 4}),
}
