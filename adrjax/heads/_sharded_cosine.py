"""The cosine head whose classes are split over devices."""

import functools

import flax.linen as nn
import jax
from jax.typing import ArrayLike

from adrjax._base import Outputs
from adrjax.heads._features import features_of
from adrjax.heads._shards import classes_per_shard
from adrjax.margins import cosines


class ShardedCosine(nn.Module):
    """`Cosine`, each device with the weights and cosines of its own classes only.

    It runs inside `jax.shard_map`, or `jax.pmap`. No device ever has the cosines of all
    classes: `margins` take this device's with the labels of `labels_on_shard`, and
    losses with a `class_axis` take the statistics of a row over all devices.

        mesh = jax.make_mesh((2, 4), ("batch", "classes"))

        def loss(params, features, labels):     # within shard_map over the mesh
            cosines = head.apply({"params": params}, features).logits
            here = heads.labels_on_shard(labels, num_classes=n, axis_name="classes")
            logits = margins.arcface(cosines, here)
            return losses.cross_entropy(logits, here, class_axis="classes").mean()

    Where the batch is split over the axis of the classes too, `gather` comes first.

    The parameters are those of `Cosine`: outside of the map, `init` gives all rows,
    `PartitionSpec("classes")` splits them, a checkpoint of any number of devices is
    one of any other, and `Cosine` takes them on one. The gradients of the weights need
    a mean over the axis of the batch, none over that of the classes.

    Attributes:
        num_classes: The number of classes on all devices.
        axis_name: The device axis that the classes are split over.
    """

    num_classes: int
    axis_name: str

    @nn.compact
    def __call__(
        self, features: ArrayLike, *, classes: jax.Array | None = None
    ) -> Outputs:
        """Returns the features as they came, and the cosines of this device's classes.

        Args:
            features: The output of a backbone, `[..., num_features]`, the same on all
                devices along `axis_name`; so is the gradient they get, that of all
                classes. Not from `jax.lax.all_gather`, which would sum it once more.
            classes: Which of this device's classes to take, int `[num_sampled]`, from
                `sample_classes`; None for all.

        Returns:
            The features and float32 cosines, `[..., num_classes / devices]` or
            `[..., num_sampled]`.

        Raises:
            TypeError: If the features are not floating.
            ValueError: If the features have no axis, or the devices do not divide the
                classes.
        """
        features = features_of(features)
        rows = (
            self.num_classes
            if self.is_initializing()
            else classes_per_shard(self.num_classes, self.axis_name)
        )
        weights = self.param(
            "weights", nn.initializers.normal(0.01), (rows, features.shape[-1])
        )
        if self.is_initializing():
            return Outputs(features, cosines(features, weights))
        if classes is not None:
            weights = weights[classes]
        return Outputs(features, cosines(_shared(features, self.axis_name), weights))


# Own rule because every device has the gradient of its own classes only, and autodiff
# sums them under shard_map with check_vma=True but not without, nor under pmap.
@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def _shared(features, axis_name):
    return jax.lax.pcast(features, axis_name, to="varying")


def _fwd(features, axis_name):
    return _shared(features, axis_name), None


def _bwd(axis_name, _, cotangent):
    return (jax.lax.psum(cotangent, axis_name),)


_shared.defvjp(_fwd, _bwd)
