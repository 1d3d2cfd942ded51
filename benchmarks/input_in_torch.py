"""The input of benchmarks.input as a torch DataLoader, with one image at a time."""

from collections.abc import Iterator, Sequence
import importlib
import importlib.util
import io
from typing import Any

import numpy as np
from PIL import Image

from adrjax import data

has_torch = importlib.util.find_spec("torch") is not None
torch: Any = importlib.import_module("torch") if has_torch else None

PADDING = 4


class Images:
    """A torch data set: images decoded, cropped, flipped and normalized one by one."""

    def __init__(
        self,
        examples: data.Examples,
        mean: Sequence[float],
        std: Sequence[float],
        crop: data.RandomResizedCrop | None,
    ):
        """Stores the examples and the options."""
        self.examples, self.crop = examples, crop
        self.mean = torch.tensor(mean)[:, None, None]
        self.std = torch.tensor(std)[:, None, None]

    def __len__(self) -> int:
        """Returns the number of images."""
        return len(self.examples)

    def __getitems__(self, places: Sequence[int]) -> list[Any]:
        """Returns images, float32 `[channels, height, width]`, with one read."""
        return [self._image(e["image"]) for e in self.examples.__getitems__(places)]

    def _image(self, encoded: bytes) -> Any:
        image = Image.open(io.BytesIO(encoded)).convert("RGB")
        pixels = self._pad_crop(image) if self.crop is None else self._cropped(image)
        tensor = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)
        if torch.rand(()) < 0.5:
            tensor = tensor.flip(-1)
        return (tensor.float() / 255 - self.mean) / self.std

    def _pad_crop(self, image: Image.Image) -> np.ndarray:
        around = (PADDING, PADDING)
        padded = np.pad(np.asarray(image), (around, around, (0, 0)))
        y, x = torch.randint(0, 2 * PADDING + 1, (2,)).tolist()
        return padded[y : y + image.height, x : x + image.width]

    def _cropped(self, image: Image.Image) -> Image.Image:
        assert self.crop is not None
        rng = np.random.default_rng(int(torch.randint(2**31, ())))
        box = self.crop.box(image.width, image.height, rng)
        size = (self.crop.size, self.crop.size)
        return image.resize(size, Image.Resampling.BILINEAR, box)


def batches(
    examples: data.Examples,
    mean: Sequence[float],
    std: Sequence[float],
    crop: data.RandomResizedCrop | None,
    batch_size: int,
    workers: int,
) -> Iterator[Any]:
    """Yields shuffled batches without end."""
    loader = torch.utils.data.DataLoader(
        Images(examples, mean, std, crop),
        batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=True,
        multiprocessing_context="spawn",
    )
    while True:
        yield from loader
