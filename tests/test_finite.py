"""Every function of logits is finite everywhere. The next one is one line."""

import functools

from hypothesis import given
import jax.numpy as jnp
import pytest

from adrjax import losses, regularizers, targets
from adrjax.losses import cross_entropy
from tests import battery, finite
from tests.battery import CLASSES, LABELS


def noise(rate):
    eye = jnp.eye(CLASSES)
    return (1 - rate) * eye + rate * (1 - eye) / (CLASSES - 1)


def corrected(loss, rate=None):
    return lambda z, y, rate=rate: loss(z, y, transition=noise(rate))


def distillation(z, y, temperature):
    """The teacher has the same classes masked."""
    other = jnp.where(z > -jnp.inf, jnp.maximum(jnp.roll(z, 1), -8192), -jnp.inf)
    return losses.distillation(z, other, temperature=temperature)


def online_label_smoothing(z, y, alpha):
    loss = losses.online_label_smoothing(CLASSES, alpha=alpha)
    return loss.apply(loss.init(), z, y)[0]


def to_target_of_labels(target, **options):
    return lambda z, y, **hyper: cross_entropy(
        z, target(y, num_classes=CLASSES, **options, **hyper)
    )


def to_target_of_logits(target, **options):
    def loss(z, y, **hyper):
        # Promoted once, so that two gradients are added before they are rounded.
        z = z.astype(jnp.promote_types(z.dtype, jnp.float32))
        return cross_entropy(z, target(z, y, **options, **hyper))

    return loss


def of_logits(regularizer, **options):
    return lambda z, y, **hyper: regularizer(z, **options, **hyper)


def of_a_column(z, y):
    return regularizers.spatial_continuity(z[:, None, None])


adr, gsc = (
    functools.partial(of_logits, f) for f in (regularizers.adr, regularizers.gsc)
)

# name -> (function of logits, label and hyper-parameters, the range of each of these)
FUNCTIONS = {
    "cross_entropy": (cross_entropy,),
    "focal": (losses.focal, ("gamma", 0.0, 5.0)),
    "mean_absolute_error": (losses.mean_absolute_error,),
    "generalized_cross_entropy": (losses.generalized_cross_entropy, ("q", 0.0, 1.0)),
    "truncated_generalized_cross_entropy": (
        losses.truncated_generalized_cross_entropy,
        ("threshold", 0.01, 1.0),
        ("q", 0.0, 1.0),
    ),
    "reverse_cross_entropy": (
        losses.reverse_cross_entropy,
        ("log_zero", -10.0, 0.0),
    ),
    "symmetric_cross_entropy": (
        losses.symmetric_cross_entropy,
        ("alpha", 0.0, 6.0),
        ("beta", 0.0, 1.0),
        ("log_zero", -10.0, 0.0),
    ),
    "gradient_rescaling": (
        losses.gradient_rescaling,
        ("beta", 0.0, 8.0),
        ("lam", 0.0, 2.0),
        ("eps", 0.0, 1e-3),
    ),
    "gradient_rescaling, identity": (
        functools.partial(losses.gradient_rescaling, g=lambda x: x),
        ("beta", 0.0, 8.0),
        ("lam", 0.0, 2.0),
    ),
    "forward_correction": (
        corrected(losses.forward_correction),
        ("rate", 0.0, 0.99),
    ),
    "forward_correction, rate 1": (corrected(losses.forward_correction, 1.0),),
    "backward_correction": (
        corrected(losses.backward_correction),
        ("rate", 0.0, 0.5),
    ),
    "backward_correction, rate 1": (corrected(losses.backward_correction, 1.0),),
    "complement_entropy": (losses.complement_entropy,),
    "distillation": (distillation, ("temperature", 0.1, 20.0)),
    "online_label_smoothing": (online_label_smoothing, ("alpha", 0.0, 1.0)),
    "smooth_labels": (to_target_of_labels(targets.smooth_labels), ("alpha", 0.0, 1.0)),
    "bootstrap_soft": (to_target_of_logits(targets.bootstrap_soft), ("beta", 0.0, 1.0)),
    "bootstrap_soft, stopped": (
        to_target_of_logits(targets.bootstrap_soft, stop_gradient=True),
        ("beta", 0.0, 1.0),
    ),
    "bootstrap_hard": (to_target_of_logits(targets.bootstrap_hard), ("beta", 0.0, 1.0)),
    "virtual_teacher": (
        to_target_of_labels(targets.virtual_teacher),
        ("correct_prob", 0.0, 1.0),
        ("temperature", 0.1, 20.0),
    ),
    "virtual_teacher, soften_probs": (
        to_target_of_labels(targets.virtual_teacher, soften_probs=True),
        ("correct_prob", 0.0, 1.0),
        ("temperature", 0.1, 20.0),
    ),
    "entropy": (of_logits(regularizers.entropy),),
    "variance": (of_logits(regularizers.variance),),
    "exponential_variance": (of_logits(regularizers.exponential_variance),),
    "spatial_continuity": (of_a_column,),
    "adr": (adr(),),
    "adr, tau = c": (adr(tau=CLASSES),),
    "adr, eq14, tau = c": (adr(form="eq14", tau=CLASSES),),
    "adr, kernel, tau = 1": (adr(form="kernel", tau=1),),
    "adr, threshold": (adr(), ("threshold", 0.01, 1.0)),
    "adr, l1": (adr(statistic="l1"),),
    "adr, stopped": (adr(stop_uncertainty=True),),
    "gsc": (gsc(), ("mean", 0.0, 1.0)),
    # Of one class and the mean 1 it is infinite where that is certain.
    "gsc, top_c = 1": (gsc(top_c=1), ("mean", 0.0, 0.9)),
    "gsc, top_c = c": (gsc(top_c=CLASSES), ("mean", 0.0, 1.0)),
    "gsc, threshold": (gsc(), ("threshold", 0.01, 1.0)),
    "gsc, in nats, stopped": (gsc(normalize=False, stop_uncertainty=True),),
}
# Infinite where a class is masked: all are asked for some probability or, at the rate
# 1, the label alone can have none.
OF_ALL_CLASSES = {
    "backward_correction",
    "backward_correction, rate 1",
    "forward_correction, rate 1",
    "online_label_smoothing",
    "smooth_labels",
    "spatial_continuity",
    "virtual_teacher",
    "virtual_teacher, soften_probs",
}
# The terms of value and gradient where they are larger than 1 and cancel: products with
# the logits, probabilities times temperature, and slopes by the uncertainty and by T.
SIZES = {
    "distillation": (20.0, 20.0),
    "backward_correction": (1e5, 1.0),
    "backward_correction, rate 1": (1e5, 1.0),
    "adr, tau = c": (5.0, 50.0),
    "gsc, top_c = 1": (5.0, 20.0),
}


@pytest.mark.parametrize("dtype", finite.LARGEST)
@pytest.mark.parametrize("name", FUNCTIONS)
@given(drawn=finite.LOGITS)
def test_is_finite_and_close_to_float64(name, dtype, drawn):
    z, y, shares = finite.rows_of_logits(
        drawn, finite.LARGEST[dtype], masked=name not in OF_ALL_CLASSES
    )
    finite.is_finite_and_close_to_float64(
        finite.of_shares(*FUNCTIONS[name]),
        dtype,
        z,
        y,
        *shares.T,
        sizes=SIZES.get(name, (1.0, 1.0)),
    )


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if FUNCTIONS[name][1:]])
def test_traced_hyper_parameters_are_those_known(name):
    finite.traced_hyper_parameters_are_those_known(
        *FUNCTIONS[name], x=battery.logits()[0], y=LABELS[0]
    )


# Of batches of logits and labels, one value a batch.
COUPLED = {
    "gradient_rescaling, normalized": lambda z, y, share: losses.gradient_rescaling(
        z, y, beta=8 * share, normalize=True
    ).mean(),
    "adr, batch": lambda z, y, share: regularizers.adr(z, scope="batch").mean(),
}


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("name", COUPLED)
@given(drawn=finite.LOGITS)
def test_is_finite_and_close_to_float64_in_a_batch(name, batch, drawn):
    z, y, shares = finite.rows_of_logits(drawn, finite.LARGEST["float32"], masked=True)
    finite.is_finite_and_close_to_float64(
        COUPLED[name],
        "float32",
        z.reshape(-1, batch, CLASSES),
        y.reshape(-1, batch),
        shares[::batch, 0],
    )
