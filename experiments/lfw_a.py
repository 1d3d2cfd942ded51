"""LFW-a: small pages of faces, trained and tested on Labeled Faces in the Wild alone.

    python -m experiments.lfw_a --images FOLDER --pairs pairs.txt --out FACES
    python -m adrjax.data casia_webface_folder --manual-dir FACES --data-dir DATA
    python -m adrjax.data lfw_pairs --manual-dir FACES --data-dir DATA

prepare the data of the reduced variants of ADR's Table 6 and IE's Table 6, which run with
`--data-dir DATA`. The files of CASIA-WebFace are not needed, but DATA must not hold CASIA-WebFace.

FOLDER holds aligned photos of LFW, NAME_0001.jpg and so on, in folders or not, such as LFW-a or
LFW funneled (http://vis-www.cs.umass.edu/lfw), cropped to the faces; pairs.txt is LFW's list of its
6,000 pairs in ten folds. The photos are scaled to 64 x 64 pixels and written as JPEG.

No person is in two of LFW's folds, so the set can be its own training set. Trained on are the people
with three photos or more who are in no pair of the first fold: 810 people, 6,853 photos. Tested
are the 600 pairs of the first fold, with the threshold that is best on the pairs of the other
folds. Many of those people are trained on, so that the threshold, too, is that of known people.
This is not LFW's protocol with outside data, and none of the papers' numbers compares with it.

The network is a Wide ResNet of 10 layers and 16, 32 and 64 channels, trained for 20 epochs of
batches of 128, which are 1,060 steps.
"""

import collections
import dataclasses
import pathlib
import shutil
from typing import Literal

import flax.linen as nn
import tyro

from adrjax import backbones, data, heads
from experiments.command import DataError, command_line
from experiments.harness import Data, Epochs, Recipe, Verification

PEOPLE, PHOTOS, SIDE = 810, 3, 64
FEATURES = 64
DATASET = dataclasses.replace(
    data.casia_webface_folder(data.augment.flip, num_classes=PEOPLE),
    shape=(SIDE, SIDE, 3),
)


def verification(
    protocol: Literal["threshold", "pca"] = "threshold", *, by_l2: bool = False
) -> Verification:
    """Returns the verification of the pairs of the first fold."""
    return Verification(data.lfw_pairs(), protocol, by_l2=by_l2, fold=0)


def reduced(
    recipe: Recipe,
    head: nn.Module,
    evaluations: dict,
    order: data.ClassBalanced | None = None,
) -> Recipe:
    """Returns the variant of a recipe for faces that two CPU cores can run.

    Args:
        recipe: The recipe.
        head: The head for 810 people and 64 features.
        evaluations: What the network is measured by.
        order: The order of the images; None shuffles them.
    """
    backbone = backbones.WideResNet(depth=10, widen=1, axis_name="batch")
    return dataclasses.replace(
        recipe,
        name="lfw-a wrn-10-1",
        data=Data(dataset=DATASET, order=order),
        model=heads.Classifier(backbone, head),
        batch_size=128,
        length=Epochs(20),
        evaluations=evaluations,
        smoke=None,
    )


def write(images: pathlib.Path, pairs: pathlib.Path, out: pathlib.Path) -> str:
    """Writes the photos as `casia_webface_folder` and `lfw_pairs` read them.

    Args:
        images: The folder of the aligned photos.
        pairs: LFW's pairs.txt.
        out: The folder to write to.

    Returns:
        How many people and photos there are to train on.

    Raises:
        DataError: If there are no photos in the folder, or there are files in `out`.
    """
    if out.exists() and any(out.iterdir()):
        raise DataError(f"{out} must be empty or new, and it holds files")
    photos = collections.defaultdict(list)
    for path in sorted(images.rglob("*_[0-9][0-9][0-9][0-9].*")):
        photos[path.stem[:-5]].append(path)
    if not photos:
        raise DataError(f"{images} must hold photos NAME_0001.jpg, and has none")
    for person, paths in photos.items():
        for path in paths:
            _write(path, out / "lfw" / person / f"{path.stem}.jpg")
    text = pairs.read_text("utf-8")
    (out / "pairs.txt").write_text(text, "utf-8")
    tested = people_of_the_first_fold(text)
    trained = {
        person: paths
        for person, paths in photos.items()
        if person not in tested and len(paths) >= PHOTOS
    }
    for person, paths in trained.items():
        for path in paths:
            name = f"{path.stem}.jpg"
            target = out / "CASIA-WebFace" / person / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(out / "lfw" / person / name, target)
    number = sum(map(len, trained.values()))
    return f"{len(trained):,} people and {number:,} photos to train on, in {out}"


def people_of_the_first_fold(pairs: str) -> set[str]:
    """Returns the names in the pairs of the first fold.

    Args:
        pairs: The text of pairs.txt: the numbers of folds and of pairs of one person in a
            fold, then a line a pair.
    """
    header, *lines = pairs.splitlines()
    fields = [line.split("\t") for line in lines[: 2 * int(header.split()[1])]]
    return {field for line in fields for field in line if not field.isdigit()}


def _write(path: pathlib.Path, target: pathlib.Path) -> None:
    """Writes a photo as JPEG, scaled."""
    from PIL import Image

    image = Image.open(path).convert("RGB")
    if image.size != (SIDE, SIDE):
        image = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    target.parent.mkdir(parents=True, exist_ok=True)
    image.save(target, quality=95, subsampling=0)


def main(
    *,
    images: pathlib.Path,
    pairs: pathlib.Path,
    out: pathlib.Path = pathlib.Path("faces"),
) -> None:
    """Writes aligned photos of LFW as the reduced pages of faces read them.

    Args:
        images: The folder of the aligned photos.
        pairs: LFW's pairs.txt.
        out: The folder to write to.
    """
    with command_line():
        print(write(images, pairs, out))


if __name__ == "__main__":
    tyro.cli(main, prog="python -m experiments.lfw_a", description=__doc__)
