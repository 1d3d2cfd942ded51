"""Lists the data sets, or prepares one: `python -m adrjax.data cifar10`."""

import dataclasses
import pathlib
import textwrap

import tyro

from adrjax import data
from adrjax.data import _prepare, _prepared
from adrjax.data._contact_sheet import contact_sheet as draw

DATASETS = {
    "agedb_30": data.agedb_30(),
    "bsds500": data.bsds500(),
    "calfw": data.calfw(),
    "casia_webface": data.casia_webface(),
    "casia_webface_folder": data.casia_webface_folder(),
    "cfp_ff": data.cfp_ff(),
    "cfp_fp": data.cfp_fp(),
    "cifar10": data.cifar10(),
    "cifar100": data.cifar100(),
    "cifar100_n": data.cifar100_n(),
    "cifar10_n": data.cifar10_n(),
    "clothing1m": data.clothing1m(),
    "cplfw": data.cplfw(),
    "digits": data.digits(),
    "facescrub": data.facescrub(),
    "fashion_mnist": data.fashion_mnist(),
    "fer2013": data.fer2013(),
    "imagenet2012": data.imagenet2012(),
    "imagenette": data.imagenette(),
    "lfw": data.lfw(),
    "lfw_aligned": data.lfw_aligned(),
    "lfw_pairs": data.lfw_pairs(),
    "mars": data.mars(),
    "mnist": data.mnist(),
    "ntu_rgbd": data.ntu_rgbd(),
    "oxford_flowers102": data.oxford_flowers102(),
    "tiny_imagenet": data.tiny_imagenet(),
    "vehicles10": data.vehicles10(),
    "voc_segmentation": data.voc_segmentation(),
    "ytf": data.ytf(),
}


def main(
    name: tyro.conf.Positional[str | None] = None,
    /,
    *,
    data_dir: pathlib.Path | None = None,
    manual_dir: pathlib.Path | None = None,
    contact_sheet: pathlib.Path | None = None,
    split: str = "train",
) -> None:
    """Prepares a data set for reading without TensorFlow; without a name, lists them.

    Args:
        name: One of those listed.
        data_dir: The folder of all prepared data sets. By default that of tfds,
            $TFDS_DATA_DIR or ~/tensorflow_datasets.
        manual_dir: A folder that has the files the data set is made of.
        contact_sheet: A PNG to draw 64 images of a split in, with their labels.
        split: The split that is drawn.
    """
    if name is None:
        print(f"In {_prepared.root(data_dir)}:")
        for known, dataset in DATASETS.items():
            print(f"  {known:21}{_state(known, dataset, data_dir)}")
        return
    dataset = _find(name)
    try:
        _prepare_if_missing(dataset, data_dir, manual_dir)
        print(f"In {_prepared.root(data_dir)}:")
        print(f"  {name:21}{_state(name, dataset, data_dir)}")
        if contact_sheet is not None:
            draw(dataset, split, contact_sheet, data_dir)
    except (ModuleNotFoundError, OSError, ValueError) as error:
        raise SystemExit(str(error)) from error


def _find(name):
    base, _, configuration = name.partition("/")
    if base not in DATASETS:
        raise SystemExit(
            f"There is no data set {name!r} here, only {', '.join(DATASETS)}."
        )
    dataset = DATASETS[base]
    return dataclasses.replace(dataset, name=name) if configuration else dataset


def _prepare_if_missing(dataset, data_dir, manual_dir):
    missing = _prepared.find(dataset.name, data_dir) is None
    if missing and dataset.files is not None and manual_dir is None:
        raise FileNotFoundError(
            f"{dataset.name} is made of files that are not downloaded for you.\n"
            f"{_prepared.how_to(dataset.name, data_dir, dataset.files)}"
        )
    if dataset.prepare is not None:
        dataset.prepare(_prepared.root(data_dir), manual_dir)
    else:
        _prepare.prepare(dataset.name, data_dir, manual_dir)


def _state(name, dataset, data_dir):
    folder = _prepared.find(dataset.name, data_dir)
    if folder is None and dataset.files is not None:
        wanted = f"not prepared; --manual-dir wants {dataset.files}"
        lines = textwrap.wrap(wanted, 68, break_on_hyphens=False)
        return f"\n{'':23}".join(lines)
    if folder is None and dataset.prepare is not None:
        return "not prepared yet, done without network when it is first read"
    if folder is None:
        return f"not prepared: {_prepared.command(name, data_dir)}"
    if not _prepared.has_array_record(folder):
        return f"prepared as tfrecord only: {_prepared.command(name, data_dir)}"
    import tensorflow_datasets as tfds

    info = tfds.builder_from_directory(folder).info
    counts = ", ".join(
        _count(dataset, split, data_dir, {*info.splits}) for split in dataset.sizes
    )
    return f"{counts}, {info.dataset_size}, version {info.version}"


def _count(dataset, split, data_dir, prepared):
    full = dataset.sizes[split]
    if not {*dataset.splits.get(split, split).split("+")} <= prepared:
        return f"no {split}"
    try:
        n = len(dataset.examples(split, data_dir))
    except (OSError, ValueError) as error:
        return f"broken {split}: {str(error).splitlines()[0]}"
    return f"{n:,} {split}" if n == full else f"{n:,} of {full:,} {split}"


if __name__ == "__main__":
    tyro.cli(main, prog="python -m adrjax.data")
