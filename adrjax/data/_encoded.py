"""tfds decoders that leave images encoded."""

import numpy as np
import tensorflow_datasets as tfds


class Encoded(tfds.decode.SkipDecoding):
    """Returns an image, or each image of a sequence, as the bytes of its file."""

    def decode_batch_example_np(self, example: np.ndarray) -> np.ndarray:
        """Returns the encoded images of a sequence unchanged."""
        return example


def decoders(features: tfds.features.FeaturesDict) -> dict[str, Encoded]:
    """Returns an `Encoded` for each image feature of an example."""
    image = tfds.features.Image
    return {
        name: Encoded()
        for name, feature in features.items()
        if isinstance(getattr(feature, "feature", feature), image)
    }
