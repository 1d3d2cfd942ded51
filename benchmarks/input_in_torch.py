"""The input of benchmarks.input as a torch DataLoader: each image in a worker."""

import io
from typing import Any

import numpy as np
from PIL import Image
import torch

PADDING = 4


class Images:
    """A torch data set: decoded, cropped, flipped and normalised one by one."""

    def __init__(self, examples, mean, std, crop):
        """Keeps how images are read and what becomes of them."""
        self.examples, self.crop = examples, crop
        self.mean = torch.tensor(mean)[:, None, None]
        self.std = torch.tensor(std)[:, None, None]

    def __len__(self):
        """Returns the number of images."""
        return len(self.examples)

    def __getitems__(self, places):
        """Returns images, float32 `[channels, height, width]`, read at once."""
        return [self._image(e["image"]) for e in self.examples.__getitems__(places)]

    def _image(self, encoded):
        image = Image.open(io.BytesIO(encoded)).convert("RGB")
        pixels = self._pad_crop(image) if self.crop is None else self._cropped(image)
        tensor = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)
        if torch.rand(()) < 0.5:
            tensor = tensor.flip(-1)
        return (tensor.float() / 255 - self.mean) / self.std

    def _pad_crop(self, image):
        around = (PADDING, PADDING)
        padded = np.pad(np.asarray(image), (around, around, (0, 0)))
        y, x = torch.randint(0, 2 * PADDING + 1, (2,)).tolist()
        return padded[y : y + image.height, x : x + image.width]

    def _cropped(self, image):
        rng = np.random.default_rng(int(torch.randint(2**31, ())))
        box = self.crop.box(image.width, image.height, rng)
        size = (self.crop.size, self.crop.size)
        return image.resize(size, Image.Resampling.BILINEAR, box)


def batches(examples, mean, std, crop, batch_size, workers):
    """Yields shuffled batches without end."""
    images: Any = Images(examples, mean, std, crop)
    loader = torch.utils.data.DataLoader(
        images,
        batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=True,
        multiprocessing_context="spawn",
    )
    while True:
        yield from loader
