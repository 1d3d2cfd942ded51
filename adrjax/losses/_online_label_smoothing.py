"""Online label smoothing (OLS)."""

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._base import StatefulLoss
from adrjax._devices import psum
from adrjax._labels import add_rows, is_valid_label, label_mask, take_rows
from adrjax._softmax import moments, softmax
from adrjax.losses._cross_entropy import cross_entropy


class OnlineLabelSmoothingState(NamedTuple):
    """The soft labels of this epoch, and the sums for the next ones.

    Attributes:
        soft_labels: Row k is the target of class k, `[num_classes, num_classes]`.
        sums: The sum of the correct predictions of each class, like `soft_labels`.
        counts: The number of correct predictions of each class, `[num_classes]`.
    """

    soft_labels: jax.Array
    sums: jax.Array
    counts: jax.Array


def online_label_smoothing(
    num_classes: int,
    *,
    alpha: ArrayLike = 0.5,
    axis_name: str | None = None,
    initial: Literal["uniform", "zeros"] = "uniform",
    absent: Literal["uniform", "zeros"] = "uniform",
    freeze: ArrayLike | None = None,
) -> StatefulLoss:
    r"""Online label smoothing (OLS): cross entropy with soft labels of the last epoch.

    The soft label of a class is the mean prediction of the last epoch over its
    correctly classified examples. Unlike in plain label smoothing, similar classes have
    a larger share.

    .. math:: L = -\alpha \log p_y - (1 - \alpha) \sum_j S_{yj} \log p_j,

    where row k of S is the soft label of class k. Call `end_epoch` after each epoch.
    The paper leaves some details open, in which public code differs:

    | code | keywords |
    |---|---|
    | the authors' for CIFAR | initial="zeros": the first epoch has no soft term |
    | the authors' for fine-grained classes | freeze=0.88, and twice this loss |
    | the port of Kurumi233 | absent="zeros" |

    An example whose traced label is not a class has the loss NaN and the gradient 0,
    and does not change the state.

    Args:
        num_classes: The number of classes.
        alpha: The weight of the label, in [0, 1]; the soft label has 1 - alpha.
        axis_name: The device axis over which the batch is split.
        initial: The soft labels of the first epoch: uniform distributions or zeros.
        absent: The next soft label of a class without a correctly classified example.
        freeze: If given, a soft label whose largest probability is at least this does
            not change any more, unless its class is absent.

    Returns:
        A `StatefulLoss` of logits, `[..., num_classes]`, and integer labels, `[...]`.

    Raises:
        TypeError: If `num_classes` is not an integer; in `apply`, if the logits are not
            floating or the labels not integers.
        ValueError: If `num_classes` is less than 1, alpha or freeze is outside [0, 1]
            or an option unknown; in `apply`, if the shapes do not fit or a label is not
            a class.

    Example:
        >>> from adrjax import losses
        >>> loss = losses.online_label_smoothing(3)
        >>> state = loss.init()
        >>> value, state = loss.apply(state, [[2.0, 1.0, 0.0]], [0])
        >>> state = loss.end_epoch(state)
        >>> print(f"{value[0]:.3f}, {state.soft_labels[0, 0]:.3f}")
        0.908, 0.665

    Reference:
        Zhang et al., Delving Deep into Label Smoothing, section III.
    """
    num_classes = _checks.count("num_classes", num_classes, low=1)
    alpha = _checks.between("alpha", alpha, 0, 1)
    _checks.one_of("initial", initial, ("uniform", "zeros"))
    _checks.one_of("absent", absent, ("uniform", "zeros"))
    if freeze is not None:
        freeze = _checks.between("freeze", freeze, 0, 1)
    share = {"uniform": 1 / num_classes, "zeros": 0.0}

    def init() -> OnlineLabelSmoothingState:
        soft_labels = jnp.full((num_classes, num_classes), share[initial], float)
        return OnlineLabelSmoothingState(
            soft_labels, jnp.zeros_like(soft_labels), jnp.zeros_like(soft_labels[0])
        )

    def apply(
        state: OnlineLabelSmoothingState, logits: ArrayLike, labels: ArrayLike
    ) -> tuple[jax.Array, OnlineLabelSmoothingState]:
        logits, labels = _checks.logits_and_labels(logits, labels)
        _checks.num_classes_of(logits, num_classes)
        weight = alpha.astype(logits.dtype)
        soft_labels = take_rows(state.soft_labels.astype(logits.dtype), labels)
        target = jnp.where(label_mask(logits, labels), weight, 0)
        target += (1 - weight) * soft_labels
        is_valid = is_valid_label(logits, labels)
        target = jnp.where(is_valid[..., None], target, jnp.nan)

        z = jax.lax.stop_gradient(logits)
        is_right = jnp.argmax(z, axis=-1).astype(labels.dtype) == labels
        probs = softmax(z, moments(z)).astype(state.sums.dtype)
        probs = jnp.where(is_right[..., None], probs, 0)
        sums = add_rows(probs, labels, num_classes)
        counts = add_rows(is_right.astype(jnp.int32), labels, num_classes)
        state = state._replace(
            sums=state.sums + psum(sums, axis_name),
            counts=state.counts + psum(counts, axis_name).astype(state.counts.dtype),
        )
        return cross_entropy(logits, target), state

    def end_epoch(state: OnlineLabelSmoothingState) -> OnlineLabelSmoothingState:
        is_present = state.counts[:, None] > 0
        means = state.sums / jnp.where(is_present, state.counts[:, None], 1)
        if freeze is not None:
            largest = jnp.max(state.soft_labels, axis=-1, keepdims=True)
            is_frozen = largest >= freeze.astype(largest.dtype)
            means = jnp.where(is_frozen, state.soft_labels, means)
        soft_labels = jnp.where(is_present, means, share[absent])
        return OnlineLabelSmoothingState(
            soft_labels, jnp.zeros_like(state.sums), jnp.zeros_like(state.counts)
        )

    return StatefulLoss(init, apply, end_epoch)
