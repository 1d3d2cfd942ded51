"""Gaussian discriminant analysis against scikit-learn."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)

from adrjax.metrics import fit_gaussian_discriminant, gaussian_discriminant

RNG = np.random.default_rng(0)
CLASSES, FEATURES = 4, 3
LABELS = RNG.choice(CLASSES, 400, p=[0.1, 0.2, 0.3, 0.4])
MIX = RNG.normal(size=(CLASSES, FEATURES, FEATURES))
X = RNG.normal(size=(400, FEATURES))
X = np.einsum("nij,nj->ni", MIX[LABELS], X) + RNG.normal(size=(CLASSES, 3))[LABELS]
X = X.astype(np.float32)
COUNTS = np.bincount(LABELS)
MEANS = np.stack([X[k == LABELS].mean(0) for k in range(CLASSES)])
COVARIANCES = np.stack([np.cov(X[k == LABELS].T, bias=True) for k in range(CLASSES)])

compiled = jax.jit(fit_gaussian_discriminant, static_argnames=("num_classes", "shared"))
score = jax.jit(gaussian_discriminant)


def fit(x=X, labels=LABELS, num_classes=CLASSES, shared=False, shrinkage=0.0):
    return compiled(
        x, labels, num_classes=num_classes, shared=shared, shrinkage=shrinkage
    )


def covariances(gaussians):
    return gaussians.factors @ gaussians.factors.mT


def test_gda_with_a_shared_covariance_is_scikit_learns_lda():
    reference = LinearDiscriminantAnalysis(solver="lsqr").fit(X, LABELS)
    np.testing.assert_allclose(
        jax.nn.softmax(score(X, fit(shared=True))),
        reference.predict_proba(X),
        atol=1e-4,
    )


def test_gda_with_a_covariance_for_each_class_is_scikit_learns_qda():
    """scikit-learn divides by n - 1, which changes its log-likelihoods a little."""
    reference = QuadraticDiscriminantAnalysis().fit(X, LABELS)
    scores = score(X, fit())
    assert (scores.argmax(-1) == reference.predict(X)).mean() > 0.98
    np.testing.assert_allclose(
        jax.nn.softmax(scores), reference.predict_proba(X), atol=0.03
    )


def test_gda_fits_the_maximum_likelihood_estimates():
    gaussians = fit()
    np.testing.assert_allclose(gaussians.means, MEANS, atol=1e-5)
    np.testing.assert_allclose(
        covariances(gaussians), COVARIANCES, rtol=1e-3, atol=1e-4
    )
    np.testing.assert_allclose(gaussians.log_priors, np.log(COUNTS / 400), rtol=1e-5)


def test_gda_scores_are_joint_log_likelihoods():
    gaussians = fit()
    expected = [
        multivariate_normal(MEANS[k], COVARIANCES[k]).logpdf(X)
        + np.log(COUNTS[k] / 400)
        for k in range(CLASSES)
    ]
    constant = FEATURES / 2 * np.log(2 * np.pi)
    np.testing.assert_allclose(
        score(X, gaussians), np.stack(expected, 1) + constant, rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("shared", [False, True])
def test_gda_shrinkage_mixes_the_covariance_with_the_identity(shared):
    within = X - MEANS[LABELS]
    plain = np.cov(within.T, bias=True)[None] if shared else COVARIANCES
    np.testing.assert_allclose(
        covariances(fit(shared=shared, shrinkage=0.3)),
        0.7 * plain + 0.3 * within.var() * np.eye(3),
        rtol=1e-3,
        atol=1e-4,
    )


def test_gda_with_shrinkage_of_few_examples_is_finite():
    """One example of class 1, none of class 3: it is never predicted."""
    labels = np.full(400, -1)  # left out
    labels[:5] = 0, 0, 1, 2, 2
    scores = score(X, fit(labels=labels, shrinkage=0.1))
    assert np.isfinite(scores[:, :3]).all() and (scores[:, 3] == -np.inf).all()
    np.testing.assert_array_equal(scores[:5].argmax(1), labels[:5])


def test_gda_of_any_leading_shape_and_in_half_precision():
    square = score(X.reshape(2, 200, FEATURES), fit())
    np.testing.assert_allclose(
        square.reshape(400, CLASSES), score(X, fit()), rtol=1e-4, atol=1e-5
    )
    alone = jax.eval_shape(gaussian_discriminant, jnp.bfloat16(X[0]), fit())
    assert alone.shape == (CLASSES,) and alone.dtype == jnp.float32


@pytest.mark.parametrize("shared", [False, True])
def test_gda_leaves_out_traced_labels_outside_of_the_classes(shared):
    is_known = np.arange(400) % 2 == 0
    labels = np.where(is_known, LABELS, np.where(np.arange(400) % 4 == 1, -1, 9))
    traced = fit(np.where(is_known[:, None], X, 100), labels, shared=shared)
    known = fit(np.where(is_known[:, None], X, -7), labels, shared=shared)
    for a, b in zip(traced, known, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    priors = np.bincount(LABELS[is_known]) / is_known.sum()
    np.testing.assert_allclose(traced.log_priors, np.log(priors), rtol=1e-5)


def test_gda_of_nan_is_nan():
    x = np.where(np.arange(400)[:, None] == 7, np.nan, X)
    gaussians = fit_gaussian_discriminant(x, LABELS, num_classes=CLASSES)
    assert np.isnan(score(X, gaussians)).all()


@pytest.mark.long
def test_gda_of_a_million_examples_keeps_its_digits():
    x = np.full((3_000_000, 1), 0.9, np.float32)
    x[::2] += 1
    gaussians = fit(x, np.zeros(len(x), int), 1)
    np.testing.assert_allclose(gaussians.means, 1.4, rtol=1e-6)
    np.testing.assert_allclose(gaussians.factors, 0.5, rtol=1e-5)


def test_gda_refuses_too_few_examples():
    labels = np.where(np.arange(400) < 2, 0, 1 + LABELS % 3)
    message = r"class 0 is singular.* span 1 of 3 dimensions; set shrinkage"
    with pytest.raises(ValueError, match=message):
        fit_gaussian_discriminant(X, labels, num_classes=CLASSES)
    with pytest.raises(ValueError, match=r"all classes is singular.* span 2 of 3"):
        fit_gaussian_discriminant(
            X[:6], np.array([0, 0, 1, 1, 2, 3]), num_classes=4, shared=True
        )


def constant(x):
    return np.where(np.arange(FEATURES) == 1, 5, x)


def collinear(x):
    return x @ np.array([[1, 0, 2], [0, 1, -3], [0, 0, 0]], np.float32)


def constant_in_a_class(x):
    return np.where((LABELS == 2)[:, None], constant(x), x)


@pytest.mark.parametrize(
    "change, shared, whose",
    [
        (constant, False, "class 0"),
        (collinear, True, "all classes"),
        (constant_in_a_class, False, "class 2"),
    ],
)
def test_gda_refuses_a_constant_or_collinear_feature(change, shared, whose):
    x = change(X).astype(np.float32)
    message = f"covariance of {whose} is singular: a feature.*set shrinkage above 0"
    with pytest.raises(ValueError, match=message):
        fit_gaussian_discriminant(x, LABELS, num_classes=CLASSES, shared=shared)
    assert np.isnan(fit(x, shared=shared).factors).any()
    assert np.isfinite(fit(x, shared=shared, shrinkage=1e-3).factors).all()


def test_gda_refuses_wrong_arguments():
    def fit(x=X, labels=LABELS, num_classes=CLASSES, **options):
        fit_gaussian_discriminant(x, labels, num_classes=num_classes, **options)

    with pytest.raises(ValueError, match=r"\[n, num_features\] and labels \[n\], got"):
        fit(labels=LABELS[:5])
    with pytest.raises(ValueError, match=r"labels must lie in 0\.\.2 for 3 classes"):
        fit(num_classes=3)
    for shrinkage in (2.0, np.nan):
        with pytest.raises(ValueError, match=r"shrinkage must be in \[0, 1\], got"):
            fit(shrinkage=shrinkage)
    with pytest.raises(ValueError, match=r"shrinkage must be one number, got shape"):
        fit(shrinkage=[0.1, 0.2])
    with pytest.raises(ValueError, match=r"must hold an example, got shape \(0, 3\)"):
        fit(X[:0], LABELS[:0], shrinkage=0.1)
    with pytest.raises(TypeError, match="features must be floating, got int"):
        fit(X.astype(int))
    with pytest.raises(ValueError, match=r"constant.*shrinkage=0.1 is too small"):
        fit(np.ones_like(X) * LABELS[:, None].astype(np.float32), shrinkage=0.1)
    with pytest.raises(ValueError, match=r"features must be \[\.\.\., 3\], got shape"):
        gaussian_discriminant(X[:, :2], compiled(X, LABELS, num_classes=CLASSES))
