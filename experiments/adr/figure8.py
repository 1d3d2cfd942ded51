"""ADR, Fig. 8 (and GSC, Fig. 8): unsupervised segmentation of photos of BSDS500.

    python -m experiments.adr.figure8              # five photos of full size, up to 1000 steps
    python -m experiments.adr.figure8 --reduced    # half their size, up to 200 steps
    python -m experiments.adr.figure8 --smoke      # two steps on a random image

Each row of the picture is a photo, the segmentation of one person, and the methods: "superpixels"
(Kanezaki, 2018), "continuity" (Kim et al., 2020), cross entropy alone, and with GSC or ADR. The
number below a segmentation is its mIoU: each segment that a person drew is matched with the
connected segment of the best IoU, and their mean is averaged over the people. The last column of
the table, "segments", is the mean over the drawn segments of all photos and people, as Kim et al.
average; photos with many small segments count more in it.

Not in the paper: which photos (it says wolf and waterfowl), so wolves and birds of the validation
split are taken, none of them waterfowl; which gamma and tau belong to which picture (it says gamma
in [0.1, 0.5] and tau in {7, 9}); the network and the optimizer, which are those of Kim et al.'s
code; numbers. PASCAL VOC's photos are left out. The picture shows the person whose number of
segments is the median.

A step takes 0.9 CPU seconds with `--reduced`. From this follow, for 2 cores that do nothing else,
about 40 minutes with `--reduced`, and at most 13 hours at full size.
"""

from collections.abc import Callable, Mapping
import pathlib
import time

import numpy as np

from experiments.harness import Context, Figure, main
from experiments.segmentation import (
    Method,
    Panel,
    Photo,
    Superpixels,
    ce,
    ce_adr,
    ce_continuity,
    ce_gsc,
    draw,
    ious,
    mean_iou,
    read_bsds500,
    scaled,
    segmented,
)

IMAGES = {
    "167062": "wolf",
    "109053": "wolf",
    "8023": "partridge",
    "103070": "boobies",
    "106024": "penguin",
}
GAMMAS, TAUS = (0.1, 0.5), (7, 9)
SUPERPIXELS = 10_000  # of a photo of full size
STEPS, REDUCED_STEPS = 1000, 200


def methods(
    *, gamma: float = GAMMAS[0], tau: int = TAUS[0], superpixels: int = SUPERPIXELS
) -> dict[str, Method]:
    """Returns the methods by name.

    Args:
        gamma: The weight of GSC and of ADR.
        tau: The number of classes that GSC and ADR take.
        superpixels: The number of superpixels of an image.
    """
    return {
        "superpixels": Method(ce, superpixels=Superpixels(superpixels)),
        "continuity": Method(ce_continuity, {"weight": 1.0}),
        "CE": Method(ce),
        "CE + GSC": Method(ce_gsc, {"gamma": gamma, "top_c": tau}),
        "CE + ADR": Method(ce_adr, {"gamma": gamma, "tau": tau}),
    }


# The IoUs of each person's segments, by image and method.
Found = dict[str, dict[str, list[np.ndarray]]]


def run(
    directory: pathlib.Path,
    images: Mapping[str, Photo],
    *,
    scale: float = 1.0,
    steps: int = STEPS,
    seed: int = 0,
    gamma: float = GAMMAS[0],
    tau: int = TAUS[0],
    say: Callable[[str], None] = print,
) -> Found:
    """Segments the images with each method and draws the figure.

    Segmentations are stored in the directory as they are made; the next run reads them.

    Args:
        directory: Where to store the segmentations and to write the figure and the table.
        images: The photos by name.
        scale: The factor of the sides of a photo. The number of superpixels scales with its
            area. The ground truth keeps its size.
        steps: The largest number of steps.
        seed: The seed of the network's first parameters.
        gamma: The weight of GSC and of ADR.
        tau: The number of classes that GSC and ADR take.
        say: Prints a line for each segmentation.

    Returns:
        The matched IoUs of the segments of each person, by image and method.
    """
    superpixels = max(1, round(SUPERPIXELS * scale**2))
    compared = methods(gamma=gamma, tau=tau, superpixels=superpixels)
    found: Found = {name: {} for name in images}
    rows = []
    for name, photo in images.items():
        image = scaled(photo.image, scale)
        drawn = sorted(photo.truth, key=lambda segments: np.unique(segments).size)
        row = {
            "image": Panel(photo.image, name),
            "ground truth": Panel(drawn[len(drawn) // 2]),
        }
        for title, method in compared.items():
            start = time.perf_counter()
            result = segmented(
                directory / "segmentations", image, method, seed=seed, steps=steps
            )
            seconds = time.perf_counter() - start
            found[name][title] = ious(result.labels, photo.truth)
            mean = mean_iou(found[name][title])
            row[title] = Panel(result.labels, f"mIoU {mean:.3f}")
            say(
                f"{name}, {title}: mIoU {mean:.3f}, {result.num_labels[-1]} clusters, "
                f"{len(result.loss)} steps, {seconds:.0f} s"
            )
        rows.append(row)
        draw(directory / "figure8.png", rows)  # again after each image
    (directory / "table.md").write_text(table(found), "utf-8")
    return found


def table(found: Found) -> str:
    """Returns the mIoUs of each method in Markdown.

    The columns are the images, the mean over the images, and the mean over all segments.
    """
    lines = [
        ["mIoU", *found, "mean", "segments"],
        ["---", *["---:"] * (len(found) + 2)],
    ]
    for method in next(iter(found.values())):
        of_images = [mean_iou(of_method[method]) for of_method in found.values()]
        segments = [values for x in found.values() for values in x[method]]
        means = [*of_images, np.mean(of_images), np.concatenate(segments).mean()]
        lines.append([method, *(f"{mean:.3f}" for mean in means)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def random_photo() -> Photo:
    """Returns a small random image, of which one person drew the two halves."""
    image = np.random.default_rng(0).integers(0, 256, (24, 16, 3), np.uint8)
    halves = np.repeat([[0], [1]], 12, axis=0).repeat(16, axis=1)
    return Photo(image, [halves.astype(np.int32)])


def draw_page(context: Context) -> list[pathlib.Path]:
    """Segments the photos, draws the figure and prints the table."""
    if context.smoke:
        found = run(context.directory, {"random": random_photo()}, steps=2)
    else:
        photos = read_bsds500([*IMAGES], context.runner.settings.data_dir)
        found = run(
            context.directory / ("reduced" if context.is_reduced else "full"),
            {f"{IMAGES[name]} {name}": photo for name, photo in photos.items()},
            scale=0.5 if context.is_reduced else 1.0,
            steps=REDUCED_STEPS if context.is_reduced else STEPS,
            say=context.say,
        )
    context.say(table(found))
    folder = "" if context.smoke else "reduced" if context.is_reduced else "full"
    return [context.directory / folder / "figure8.png"]


PAGE = Figure(
    needs="BSDS500",
    full="at most 13 hours on 2 CPU cores",
    reduced="40 minutes on 2 CPU cores",
    draw=draw_page,
)

if __name__ == "__main__":
    main(PAGE)
