"""Preparing tfds's own data sets, once, for reading without TensorFlow."""

import importlib.util
import os
import pathlib
from typing import Any
import urllib.error
import urllib.request

from adrjax.data import _prepared
from adrjax.data._convert import add_array_record


def prepare(
    name: str,
    data_dir: str | os.PathLike | None = None,
    manual_dir: str | os.PathLike | None = None,
) -> None:
    """Downloads a data set and writes it as array_record files.

    What is prepared as tfrecord gets array_record files beside it.

    Args:
        name: Its name in tfds.
        data_dir: The folder of all data sets; None for that of tfds.
        manual_dir: A folder that has the archive already.

    Raises:
        ModuleNotFoundError: If there is no TensorFlow, which tfds's builders need.
        ConnectionError: If the archive is not in `manual_dir` and cannot be downloaded.
        ValueError: If it is not the one it should be.
        OSError: If the examples cannot be written, as on a full disk.
    """
    folder = _prepared.find(name, data_dir)
    if folder is not None:
        if not _prepared.has_array_record(folder):
            add_array_record(folder)
        return
    if importlib.util.find_spec("tensorflow") is None:
        raise ModuleNotFoundError(
            f"Preparing {name} runs tfds's builder, which needs TensorFlow; reading it "
            "does not.\nInstall it and try again:\n\n    pip install 'adrjax[tf]'\n"
            f"    {_prepared.command(name, data_dir)}"
        )
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import (
        NonMatchingChecksumError,
    )
    from tensorflow_datasets.core.download.extractor import ExtractError

    builder: Any = tfds.builder(
        name, data_dir=_prepared.root(data_dir), file_format="array_record"
    )
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS is None:
        for url, info in builder.url_infos.items():
            _check_reachable(url, info.filename, name, data_dir, manual_dir)
    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    try:
        builder.download_and_prepare(download_config=config)
    except NonMatchingChecksumError as error:
        raise ValueError(f"{name} cannot be prepared: {error}") from error
    except (ExtractError, RuntimeError) as error:  # for a full disk
        raise OSError(f"{name} cannot be written: {error}") from error


def _check_reachable(url, archive, name, data_dir, manual_dir):
    # Offline, tfds itself gives up only after ten retries and more than three minutes.
    if manual_dir is not None and (pathlib.Path(manual_dir) / archive).exists():
        return
    try:
        request = urllib.request.Request(url, method="HEAD")
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError:
        return  # somebody answered
    except OSError as error:
        raise ConnectionError(
            f"No network: {url}\ncannot be reached ({error}).\nFetch it on another "
            f"machine, put it as {archive} into a folder here, and\n\n"
            f"    {_prepared.command(name, data_dir)} --manual-dir FOLDER"
        ) from error
