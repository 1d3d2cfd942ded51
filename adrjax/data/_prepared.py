"""Where prepared data sets lie, and what to say when they do not."""

import json
import os
import pathlib
import shlex
from typing import Any

from adrjax.data._examples import check_whole


def root(data_dir: str | os.PathLike | None) -> pathlib.Path:
    """Returns the folder of all data sets; that of tfds for None."""
    default = os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")
    return pathlib.Path(default if data_dir is None else data_dir).expanduser()


def find(name: str, data_dir: str | os.PathLike | None) -> pathlib.Path | None:
    """Returns the folder of the newest prepared version, None if there is none."""
    files = (root(data_dir) / name).glob("*.*.*/dataset_info.json")
    folders = [f.parent for f in files if f.parent.name.replace(".", "").isdecimal()]
    return max(folders, key=lambda f: [*map(int, f.name.split("."))], default=None)


def has_array_record(folder: pathlib.Path) -> bool:
    """Tells whether a prepared version has files for random access."""
    info = json.loads((folder / "dataset_info.json").read_text())
    formats = [info.get("fileFormat"), *info.get("alternativeFileFormats", ())]
    return "array_record" in formats


def command(name: str, data_dir: str | os.PathLike | None) -> str:
    """Returns the command line that prepares a data set."""
    return f"python -m adrjax.data {name} --data-dir {shlex.quote(str(root(data_dir)))}"


def how_to(name: str, data_dir: str | os.PathLike | None, files: str | None) -> str:
    """Returns how to prepare a data set, from the files that it wants, if any."""
    if files is None:
        return f"Prepare it once with\n\n    {command(name, data_dir)}\n"
    return (
        f"Prepare it once with\n\n    {command(name, data_dir)} --manual-dir FOLDER"
        f"\n\nwhere FOLDER holds {files}"
    )


def source(
    name: str,
    split: str,
    data_dir: str | os.PathLike | None,
    files: str | None = None,
) -> Any:
    """Returns the tfds data source of a split, its images still encoded.

    Args:
        name: The data set's name in tfds.
        split: One of its splits, or several and parts of them as tfds writes them.
        data_dir: The folder of all prepared data sets; None for that of tfds.
        files: What preparing it needs, for the error.

    Raises:
        FileNotFoundError: If the data set is not prepared there, or a file is missing.
        ValueError: If there is no such split, or a file is truncated.
    """
    folder = find(name, data_dir)
    if folder is None:
        raise FileNotFoundError(
            f"{name} is not prepared in {root(data_dir)}\n"
            f"{_what_lies_there(name, root(data_dir))}\n"
            f"{how_to(name, data_dir, files)}\n"
            "or name the folder that has it as the data_dir (--data-dir)."
        )
    if not has_array_record(folder):
        raise FileNotFoundError(
            f"{name} in {folder} is prepared as tfrecord, which has no random access.\n"
            "Put array_record files beside it, once, with\n\n"
            f"    {command(name, data_dir)}"
        )
    import tensorflow_datasets as tfds

    from adrjax.data._encoded import decoders

    builder: Any = tfds.builder_from_directory(folder)
    if not builder.info.splits[split].num_examples:
        raise ValueError(f"{name} has no example in {split}")
    found = builder.as_data_source(split, decoders=decoders(builder.info.features))
    check_whole(found)
    return found


def class_names(folder: pathlib.Path, label: str) -> list[str]:
    """Returns the names of the classes of a prepared version."""
    import tensorflow_datasets as tfds

    features: Any = tfds.builder_from_directory(folder).info.features
    named = features["label"]  # CIFAR-N names the classes here alone
    if named.num_classes != features[label].num_classes:
        named = features[label]
    return named.names


def _what_lies_there(name: str, folder: pathlib.Path) -> str:
    if not folder.is_dir():
        return "There is no such folder."
    if (folder / name).is_dir():
        folder /= name
    found = sorted(path.name for path in folder.iterdir())
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return f"{folder} holds: {', '.join(found[:8]) or 'nothing'}{more}"
