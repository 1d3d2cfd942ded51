"""The circumstances of a start: code, versions, devices."""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from typing import Any

import jax

PACKAGES = (
    "adrjax",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "orbax-checkpoint",
    "numpy",
    "tensorflow-datasets",
    "grain",
)


def provenance() -> dict[str, Any]:
    """Returns time, command, code, versions, devices and cores of this process."""
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": [*sys.orig_argv],
        "git": git(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": versions(*PACKAGES),
        "devices": [device.device_kind for device in jax.devices()],
        "processes": jax.process_count(),
        "cores": os.cpu_count(),
    }


def git() -> dict[str, Any] | None:
    """Returns the revision of the current directory, and whether files differ from it.

    None if the directory is not in a git repository, or git is not installed.
    """
    try:
        revision = _output("git", "rev-parse", "HEAD").strip()
        changed = _output("git", "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"revision": revision, "dirty": bool(changed)}


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def versions(*packages: str) -> dict[str, str]:
    """Returns the versions of packages by their names."""
    found = {}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:  # a checkout on the path
            found[package] = "not installed"
    return found
