"""`python -m nnbook devices` and `python -m nnbook run CHAPTER`: the book without Sphinx or Jupyter."""

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Sequence

import nnbook
from nnbook.cells import ChapterError
from nnbook.chapters import BOOK, chapter_names, find_chapter, how_to_get_chapters

WRONG_REQUEST = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; 0 if all went well, 1 if a cell, check or device failed, 2 for a wrong request."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot print ✓ should not stop a chapter
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except ChapterError as error:
        print(f"nnbook: {error}", file=sys.stderr)
        return WRONG_REQUEST
    except KeyboardInterrupt:
        print("\nnnbook: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nnbook", description="The code of the book, at the command line.")
    parser.add_argument("--version", action="version", version=f"nnbook {nnbook.__version__}")
    platform = argparse.ArgumentParser(add_help=False)
    platform.add_argument("--platform", choices=("cpu", "gpu", "tpu"), help="compute there (default: JAX chooses)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    devices = commands.add_parser(
        "devices", parents=[platform], help="what JAX sees, and whether it computes right there"
    )
    devices.set_defaults(command=_devices)

    run = commands.add_parser("run", parents=[platform], help="run the cells of a chapter and its checks")
    which = run.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "chapter", nargs="?", metavar="CHAPTER", help="neuron, foundations/neuron, or the path of a file"
    )
    which.add_argument("--all", action="store_true", help="every chapter, each in a process of its own")
    run.set_defaults(command=_run)
    return parser


def _devices(options: argparse.Namespace) -> int:
    from nnbook import devices

    return _choose(options.platform) or (0 if devices.report() else 1)


def _run(options: argparse.Namespace) -> int:
    if options.all:
        return _run_all(options.platform)
    name, path = find_chapter(options.chapter, BOOK)
    if failure := _choose(options.platform):
        return failure
    os.environ["MPLBACKEND"] = "Agg"  # figures open no windows
    from nnbook.running import run_chapter

    return 0 if run_chapter(name, path) else 1


def _run_all(platform: str | None) -> int:
    chapters = chapter_names(BOOK)
    if not chapters:
        raise ChapterError(how_to_get_chapters())
    failed = []
    for name, path in chapters.items():
        # A process each, as each has a kernel of its own in the book. This one must not start JAX: a TPU has one user.
        command = [sys.executable, "-m", "nnbook", "run", str(path), *(["--platform", platform] if platform else [])]
        code = subprocess.run(command, check=False).returncode
        if code == WRONG_REQUEST:
            return code
        if code:
            failed.append(name)
    print(f"\n{len(chapters) - len(failed)} of {len(chapters)} chapters ran to the end")
    for name in failed:
        print(f"  failed: {name}")
    return 1 if failed else 0


def _choose(platform: str | None) -> int:
    """Make JAX compute there; an exit status other than 0 if it cannot."""
    if platform is None:
        return 0
    from nnbook.devices import PlatformError, choose

    try:
        choose(platform)
    except PlatformError as error:
        print(f"nnbook: {error}", file=sys.stderr)
        return WRONG_REQUEST
    return 0


if __name__ == "__main__":
    sys.exit(main())
