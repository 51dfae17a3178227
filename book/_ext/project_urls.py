"""Where the book lives: one place for both addresses. Until they are set, links that need them are left out, never guessed."""

import os
import tomllib
from pathlib import Path


def _project_url(root: Path, name: str) -> str:
    with (root / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"].get("urls", {}).get(name, "").rstrip("/")


def repository_url(root: Path) -> str:
    """Give the address of the public repository: Read the Docs' own variable, else pyproject's `Repository`, else ''."""
    return os.environ.get("READTHEDOCS_GIT_CLONE_URL", "").removesuffix(".git") or _project_url(root, "Repository")


def site_url(root: Path) -> str:
    """Give the address of the hosted book with a slash at its end: Read the Docs' own, else pyproject's `Documentation`, else ''."""
    url = os.environ.get("READTHEDOCS_CANONICAL_URL", "").rstrip("/") or _project_url(root, "Documentation")
    return url + "/" if url else ""
