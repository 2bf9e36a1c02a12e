"""Prints the oldest releases of its dependencies that the package allows, as constraints for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def main() -> None:
    """Print a line for each."""
    with (Path(__file__).parent.parent / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    for wanted in [*project["dependencies"], *project["optional-dependencies"]["embedded"]]:
        name, release = re.match(r"([A-Za-z0-9._-]+)>=([0-9.]+)", wanted).groups()  # type: ignore[union-attr]  # or fail
        print(f"{name}=={release}")


if __name__ == "__main__":
    main()
