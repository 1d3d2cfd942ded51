"""Prepared data sets on disk: where they lie, and the errors if they do not."""

import json
import os
import pathlib
import shlex
from typing import Any

from adrjax._extras import needs_extra
from adrjax.data._records import check_records

Folder = str | os.PathLike | None


def root(data_dir: Folder) -> pathlib.Path:
    """Returns the folder of all data sets; None means the folder of tfds."""
    default = os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")
    return pathlib.Path(default if data_dir is None else data_dir).expanduser()


def find(name: str, data_dir: Folder) -> pathlib.Path | None:
    """Returns the folder of the newest prepared version, or None."""
    files = (root(data_dir) / name).glob("*.*.*/dataset_info.json")
    folders = [f.parent for f in files if f.parent.name.replace(".", "").isdecimal()]
    return max(folders, key=lambda f: [*map(int, f.name.split("."))], default=None)


def has_array_record(folder: pathlib.Path) -> bool:
    """Returns whether a prepared version has files for random access."""
    info = read_info(folder)
    formats = [info.get("fileFormat"), *info.get("alternativeFileFormats", ())]
    return "array_record" in formats


def read_info(folder: pathlib.Path) -> dict[str, Any]:
    """Returns the contents of `dataset_info.json`.

    Raises:
        ValueError: If the file is truncated or not a JSON object.
    """
    file = folder / "dataset_info.json"
    try:
        info = json.loads(file.read_text())
    except ValueError as error:
        raise _damaged(file, error) from error
    if not isinstance(info, dict) or "splits" not in info:
        raise _damaged(file, "it must be a JSON object that lists the splits")
    return info


def builder_from(folder: pathlib.Path) -> Any:
    """Returns the read-only tfds builder of a prepared version.

    Raises:
        ValueError: If a file that describes the examples is missing or damaged.
    """
    with needs_extra("adrjax.data", "experiments"):
        import tensorflow_datasets as tfds
    read_info(folder)
    try:
        return tfds.builder_from_directory(folder)
    except Exception as error:  # tfds raises many kinds for a damaged JSON file
        raise _damaged(folder, error) from error


def command(name: str, data_dir: Folder) -> str:
    """Returns the command line that prepares a data set."""
    return f"python -m adrjax.data {name} --data-dir {shlex.quote(str(root(data_dir)))}"


def how_to(name: str, data_dir: Folder, files: str | None) -> str:
    """Returns the instructions to prepare a data set, with the files it needs."""
    if files is None:
        return f"Prepare it once with\n\n    {command(name, data_dir)}\n"
    return (
        f"Prepare it once with\n\n    {command(name, data_dir)} --manual-dir FOLDER"
        f"\n\nwhere FOLDER holds {files}"
    )


def source(name: str, split: str, data_dir: Folder, files: str | None = None) -> Any:
    """Returns the tfds data source of a split, with encoded images.

    Args:
        name: The name of the data set in tfds.
        split: The name of a split, or several and slices of them, as tfds writes them.
        data_dir: The folder of all prepared data sets; None means the folder of tfds.
        files: The files that preparing needs, for the error.

    Raises:
        FileNotFoundError: If the data set is not prepared there, or a file is missing.
        ValueError: If there is no such split, it is empty, or a file is damaged.
    """
    folder = find(name, data_dir)
    if folder is None:
        raise FileNotFoundError(
            f"{name} is not prepared in {root(data_dir)}\n"
            f"{_contents(name, root(data_dir))}\n"
            f"{how_to(name, data_dir, files)}\n"
            "or pass the folder that has it as data_dir (--data-dir)."
        )
    if not has_array_record(folder):
        raise FileNotFoundError(
            f"{name} in {folder} is prepared as tfrecord, which has no random access.\n"
            "Add array_record files to it, once, with\n\n"
            f"    {command(name, data_dir)}"
        )
    from adrjax.data._encoded import decoders

    builder = builder_from(folder)
    if not builder.info.splits[split].num_examples:
        raise ValueError(f"{name} has no examples in the split {split}")
    found = builder.as_data_source(split, decoders=decoders(builder.info.features))
    check_records(found)
    return found


def class_names(folder: pathlib.Path, label: str) -> list[str]:
    """Returns the names of the classes of a prepared version."""
    features: Any = builder_from(folder).info.features
    named = features["label"]  # CIFAR-N has names for this feature only
    if named.num_classes != features[label].num_classes:
        named = features[label]
    return named.names


def _damaged(file: pathlib.Path, error: Exception | str) -> ValueError:
    return ValueError(
        f"{file} is damaged: {error}\nRemove its folder and prepare the data set again."
    )


def _contents(name: str, folder: pathlib.Path) -> str:
    if not folder.is_dir():
        return "There is no such folder."
    if (folder / name).is_dir():
        folder /= name
    found = sorted(path.name for path in folder.iterdir())
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return f"{folder} holds: {', '.join(found[:8]) or 'nothing'}{more}"
