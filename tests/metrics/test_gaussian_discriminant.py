"""Gaussian discriminant analysis against scikit-learn."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)

from adrjax.metrics import fit_gaussian_discriminant, gaussian_discriminant, top_k

RNG = np.random.default_rng(0)
CLASSES, FEATURES = 4, 3
LABELS = RNG.choice(CLASSES, 400, p=[0.1, 0.2, 0.3, 0.4])
MIX = RNG.normal(size=(CLASSES, FEATURES, FEATURES))
X = RNG.normal(size=(400, FEATURES))
X = np.einsum("nij,nj->ni", MIX[LABELS], X) + RNG.normal(size=(CLASSES, 3))[LABELS]
X = X.astype(np.float32)


def fit(x=X, labels=LABELS, num_classes=CLASSES, **options):
    return fit_gaussian_discriminant(x, labels, num_classes=num_classes, **options)


def test_a_shared_covariance_is_linear_discriminant_analysis():
    reference = LinearDiscriminantAnalysis(solver="lsqr").fit(X, LABELS)
    scores = gaussian_discriminant(X, fit(shared=True))
    np.testing.assert_allclose(
        jax.nn.softmax(scores), reference.predict_proba(X), atol=1e-4
    )


def test_a_covariance_for_each_class_is_quadratic_discriminant_analysis():
    """scikit-learn divides by n - 1, so that its log-likelihoods differ a little."""
    reference = QuadraticDiscriminantAnalysis().fit(X, LABELS)
    scores = gaussian_discriminant(X, fit())
    assert (scores.argmax(-1) == reference.predict(X)).mean() > 0.98
    np.testing.assert_allclose(
        jax.nn.softmax(scores), reference.predict_proba(X), atol=0.03
    )


def test_the_gaussians_are_the_maximum_likelihood_estimates():
    gaussians = fit()
    for k in range(CLASSES):
        own = X[k == LABELS]
        np.testing.assert_allclose(gaussians.means[k], own.mean(0), atol=1e-5)
        covariance = gaussians.factors[k] @ gaussians.factors[k].T
        np.testing.assert_allclose(
            covariance, np.cov(own.T, bias=True), rtol=1e-3, atol=1e-4
        )
    priors = np.bincount(LABELS) / 400
    np.testing.assert_allclose(gaussians.log_priors, np.log(priors), rtol=1e-5)


def test_the_scores_are_joint_log_likelihoods():
    gaussians = fit()
    log_density = jax.scipy.stats.multivariate_normal.logpdf
    for k in range(CLASSES):
        covariance = gaussians.factors[k] @ gaussians.factors[k].T
        joint = log_density(X, gaussians.means[k], covariance) + gaussians.log_priors[k]
        constant = FEATURES / 2 * np.log(2 * np.pi)
        scores = gaussian_discriminant(X, gaussians)[:, k]
        np.testing.assert_allclose(scores, joint + constant, rtol=1e-3, atol=1e-3)


def test_full_shrinkage_is_the_nearest_mean_but_for_priors():
    gaussians = fit(shrinkage=1.0)
    within = X - np.stack([X[k == LABELS].mean(0) for k in range(CLASSES)])[LABELS]
    np.testing.assert_allclose(
        gaussians.factors, np.eye(3) * np.ones((4, 1, 1)) * within.std(), rtol=1e-3
    )


@pytest.mark.parametrize("shared", [False, True])
def test_shrinkage_mixes_the_covariance_with_the_identity(shared):
    def covariances(shrinkage):
        factors = fit(shared=shared, shrinkage=shrinkage).factors
        return factors @ factors.mT

    np.testing.assert_allclose(
        covariances(0.3),
        0.7 * covariances(0.0) + 0.3 * covariances(1.0),
        rtol=1e-3,
        atol=1e-4,
    )


def test_with_shrinkage_classes_of_few_examples_are_finite():
    """One example of class 1, none of class 3: it is never predicted."""
    labels = np.array([0, 0, 1, 2, 2])
    gaussians = fit(X[:5], labels, shrinkage=0.1)
    scores = gaussian_discriminant(X, gaussians)
    assert np.isfinite(scores[:, :3]).all() and (scores[:, 3] == -np.inf).all()
    assert top_k(gaussian_discriminant(X[:5], gaussians), labels).all()


def test_any_leading_shape_and_jit():
    flat = gaussian_discriminant(X[:6], fit())
    square = jax.jit(lambda x, y, z: gaussian_discriminant(z, fit(x, y)))(
        X, LABELS, X[:6].reshape(2, 3, FEATURES)
    )
    np.testing.assert_allclose(square.reshape(6, CLASSES), flat, rtol=1e-4)
    alone = gaussian_discriminant(jnp.bfloat16(X[0]), fit())
    assert alone.shape == (CLASSES,) and alone.dtype == jnp.float32


def test_too_few_examples_are_refused():
    message = r"shrinkage .* those of class 0 span 1 of 3 dimensions"
    with pytest.raises(ValueError, match=message):
        fit(X[:8], np.array([0, 0, 1, 1, 2, 2, 3, 3]))
    with pytest.raises(ValueError, match=r"those of all classes span 2 of 3"):
        fit(X[:6], np.array([0, 0, 1, 1, 2, 3]), shared=True)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"\[n, num_features\] and labels \[n\], got"):
        fit(labels=LABELS[:5])
    with pytest.raises(ValueError, match=r"labels must lie in 0\.\.2 for 3 classes"):
        fit(num_classes=3)
    with pytest.raises(ValueError, match=r"shrinkage must be in \[0, 1\], got 2"):
        fit(shrinkage=2.0)
    with pytest.raises(ValueError, match=r"features must be \[\.\.\., 3\], got shape"):
        gaussian_discriminant(X[:, :2], fit())
    with pytest.raises(TypeError, match="features must be floating, got int"):
        fit(X.astype(int))
