"""Images that stay as the files they are, whatever feature holds them."""

import tensorflow_datasets as tfds


class Encoded(tfds.decode.SkipDecoding):
    """Leaves an image encoded, and those of a sequence."""

    def decode_batch_example_np(self, example):
        """Returns the encoded images of a sequence as they are."""
        return example


def decoders(features: tfds.features.FeaturesDict) -> dict[str, Encoded]:
    """Returns what leaves every image of an example encoded."""
    image = tfds.features.Image
    return {
        name: Encoded()
        for name, feature in features.items()
        if isinstance(getattr(feature, "feature", feature), image)
    }
