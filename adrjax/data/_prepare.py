"""Preparing a data set: writing its examples as array_record files, once."""

import importlib.util
import pathlib
import pkgutil
from typing import Any
import urllib.error
import urllib.request

from adrjax._extras import needs_extra
from adrjax.data import _prepared
from adrjax.data._convert import add_array_record
from adrjax.data._prepared import Folder


def prepare(
    name: str,
    builder: str | None,
    files: str | None,
    data_dir: Folder = None,
    manual_dir: Folder = None,
) -> None:
    """Writes a data set as array_record files, unless they are there.

    A data set that is prepared as tfrecord gets array_record files beside them.

    Args:
        name: The name of the data set in tfds.
        builder: The tfds builder, `"module:Class"`; None means the builder in tfds.
        files: The files that `manual_dir` must hold, or None if there are none.
        data_dir: The folder of all prepared data sets; None means the folder of tfds.
        manual_dir: The folder of the files as they are distributed.

    Raises:
        FileNotFoundError: If a file that the builder needs is missing.
        ModuleNotFoundError: If TensorFlow is missing, which builders in tfds need.
        ConnectionError: If an archive is not in `manual_dir` and cannot be downloaded.
        ValueError: If a file is damaged or is not the expected one.
        OSError: If the examples cannot be written, as on a full disk.
    """
    folder = _prepared.find(name, data_dir)
    if folder is not None:
        if not _prepared.has_array_record(folder):
            add_array_record(folder)
        return
    if files is not None and manual_dir is None:
        raise FileNotFoundError(
            f"{name} is made from files that cannot be downloaded automatically.\n"
            f"{_prepared.how_to(name, data_dir, files)}"
        )
    root = _prepared.root(data_dir)
    if manual_dir is not None:
        manual_dir = pathlib.Path(manual_dir).expanduser()
    if builder is None:
        _download_and_write(name, root, manual_dir)
    else:
        with needs_extra("adrjax.data", "experiments"):
            from adrjax.data import builders  # imports tfds, which takes 0.4 s
        builders.write(pkgutil.resolve_name(builder), root, manual_dir)


def _download_and_write(
    name: str, root: pathlib.Path, manual_dir: pathlib.Path | None
) -> None:
    """Runs the builder of a data set in tfds."""
    if importlib.util.find_spec("tensorflow") is None:
        raise ModuleNotFoundError(
            f"Preparing {name} runs its builder in tfds, which needs TensorFlow; "
            "reading it does not.\nInstall TensorFlow and try again:\n\n"
            f"    pip install 'adrjax[tf]'\n    {_prepared.command(name, root)}"
        )
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import (
        NonMatchingChecksumError,
    )
    from tensorflow_datasets.core.download.extractor import ExtractError

    builder: Any = tfds.builder(name, data_dir=root, file_format="array_record")
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS is None:
        for url, info in builder.url_infos.items():
            _check_reachable(url, info.filename, name, root, manual_dir)
    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    try:
        builder.download_and_prepare(download_config=config)
    except NonMatchingChecksumError as error:
        raise ValueError(f"{name} cannot be prepared: {error}") from error
    except (ExtractError, RuntimeError) as error:  # of a full disk
        raise OSError(f"{name} cannot be written: {error}") from error


def _check_reachable(
    url: str,
    archive: str,
    name: str,
    root: pathlib.Path,
    manual_dir: pathlib.Path | None,
) -> None:
    # Offline, tfds gives up only after ten retries and more than three minutes.
    if manual_dir is not None and (manual_dir / archive).exists():
        return
    try:
        request = urllib.request.Request(url, method="HEAD")
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError:
        return  # the server is there
    except OSError as error:
        raise ConnectionError(
            f"No network: {url}\ncannot be reached ({error}).\nDownload it on another "
            f"machine, copy it as {archive} into a folder here, and run\n\n"
            f"    {_prepared.command(name, root)} --manual-dir FOLDER"
        ) from error
