"""The losses of several pages: named functions of logits, with their settings by name."""

from typing import Literal

import jax

from adrjax import losses, regularizers
from adrjax.targets import smooth_labels

Parts = dict[str, jax.Array]


def label_smoothing(logits: jax.Array, labels: jax.Array, *, alpha: float) -> jax.Array:
    """Label smoothing (LS) of classes, or of the distributions that mixup makes."""
    num_classes = logits.shape[-1]
    if labels.ndim == logits.ndim:
        smooth = (1 - alpha) * labels + alpha / num_classes
    else:
        smooth = smooth_labels(labels, num_classes=num_classes, alpha=alpha)
    return losses.cross_entropy(logits, smooth)


def ce_entropy(logits: jax.Array, labels: jax.Array, *, gamma: float) -> Parts:
    """Cross entropy and the entropy, in units of log(num_classes)."""
    base = losses.cross_entropy(logits, labels)
    entropy = regularizers.entropy(logits, normalize=True)
    return {"base": base, "regularizer": gamma * entropy}


def ce_adr(
    logits: jax.Array,
    labels: jax.Array,
    *,
    gamma: float,
    tau: int,
    form: Literal["eq4", "kernel"] = "eq4",
    stop_uncertainty: bool = False,
) -> Parts:
    """Cross entropy and ADR: Eq. (4), or a variant that always sharpens."""
    base = losses.cross_entropy(logits, labels)
    penalty = regularizers.adr(
        logits, tau=tau, form=form, stop_uncertainty=stop_uncertainty
    )
    return {"base": base, "regularizer": gamma * penalty}


def ce_gsc(logits: jax.Array, labels: jax.Array, *, gamma: float, top_c: int) -> Parts:
    """Cross entropy and GSC, the form that ADR's rows were trained with."""
    base = losses.cross_entropy(logits, labels)
    return {"base": base, "regularizer": gamma * regularizers.gsc(logits, top_c=top_c)}


def ls_adr(
    logits: jax.Array, labels: jax.Array, *, alpha: float, gamma: float, tau: int
) -> Parts:
    """Label smoothing and ADR, Eq. (4)."""
    base = label_smoothing(logits, labels, alpha=alpha)
    return {"base": base, "regularizer": gamma * regularizers.adr(logits, tau=tau)}


def ls_gsc(
    logits: jax.Array, labels: jax.Array, *, alpha: float, gamma: float, top_c: int
) -> Parts:
    """Label smoothing and GSC."""
    base = label_smoothing(logits, labels, alpha=alpha)
    return {"base": base, "regularizer": gamma * regularizers.gsc(logits, top_c=top_c)}


def focal_gsc(
    logits: jax.Array, labels: jax.Array, *, eta: float, gamma: float, top_c: int
) -> Parts:
    """Focal loss and GSC."""
    base = losses.focal(logits, labels, gamma=eta)
    return {"base": base, "regularizer": gamma * regularizers.gsc(logits, top_c=top_c)}
