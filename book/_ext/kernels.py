"""Drive Jupyter kernels in parallel from one event loop, with a progress bar and what each notebook cost."""

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

CPU_SECONDS = "import time as _time; print(_time.process_time())"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Job:
    """One notebook to execute in place; `expected` CPU seconds decide the order, the two costs are filled in.

    page is the file the cells come from, None for cells that an extension handed in.
    """

    name: str
    notebook: NotebookNode
    page: Path | None
    folder: Path
    expected: float
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


def describe_failure(job: Job, index: int, error: Exception) -> str:
    """Say which chapter, which cell, which line of the file, and what it raised."""
    cell = job.notebook.cells[index]
    number = sum(c.cell_type == "code" for c in job.notebook.cells[: index + 1])
    if isinstance(error, CellExecutionError):
        raised, shown = f"{error.ename}: {error.evalue}", ANSI.sub("", error.traceback)
        inside = re.findall(r"Cell In\[\d+\], line (\d+)|<ipython-input[^>]*>[^\n]*?line (\d+)", shown)
        offset = int(next(filter(None, inside[-1]))) if inside else 1
    else:
        raised, shown, offset = f"{type(error).__name__}: {error}", "", 1
    source = cell.source.splitlines()
    page = job.page.read_text(encoding="utf-8").splitlines() if job.page else []
    start = job.notebook.metadata.get("source_map", [0] * (index + 1))[index]
    # The options of a cell stand between its fence and its source: look for the source itself. Cells that were handed in
    # say where they come from.
    first = next((n for n in range(start, len(page)) if page[n : n + len(source)] == source), start + 1)
    at = f"{job.name}, line {first + offset}"
    culprit = source[offset - 1].strip() if 0 < offset <= len(source) else ""
    return f"{at}: cell {number} raised {raised}\n    {culprit}\n{shown}".rstrip()


async def run(job: Job, timeout: float, bar: tqdm) -> str | None:
    """Execute one notebook in its own kernel; give what failed, or None."""
    with tempfile.TemporaryDirectory() as sockets:
        return await run_over(sockets, job, timeout, bar)


async def run_over(sockets: str, job: Job, timeout: float, bar: tqdm) -> str | None:
    client = NotebookClient(
        job.notebook,
        timeout=timeout,
        kernel_name=job.notebook.metadata.get("kernelspec", {}).get("name", "python3"),
        resources={"metadata": {"path": str(job.folder)}},
        record_timing=False,  # times in a cell's metadata would change the notebook's hash: no match, and a second run
    )
    client.create_kernel_manager()
    if os.name == "posix":
        # No ports, so kernels that start together cannot take each other's.
        client.km.transport, client.km.ip = "ipc", os.path.join(sockets, "kernel")
    started = time.monotonic()
    async with client.async_setup_kernel():
        reply = await client.async_wait_for_reply(client.kc.kernel_info())
        job.notebook.metadata["language_info"] = reply["content"]["language_info"]
        for index, cell in enumerate(list(job.notebook.cells)):
            try:
                if cell.cell_type == "code":
                    await client.async_execute_cell(cell, index)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                return describe_failure(job, index, error)
            bar.update()
        client.set_widgets_metadata()
        probe = nbformat.v4.new_code_cell(CPU_SECONDS)
        job.notebook.cells.append(probe)
        await client.async_execute_cell(probe, len(job.notebook.cells) - 1, store_history=False)
        job.notebook.cells.pop()
        job.cpu_seconds = float(probe.outputs[0].text)
        job.wall_seconds = time.monotonic() - started
    return None


async def run_all(jobs: list[Job], store: Callable[[Job], None], *, timeout: float, at_once: int) -> list[str]:
    """Execute the jobs, longest first, `at_once` kernels at a time; `store` each that succeeds. Give the failures."""
    gate = asyncio.Semaphore(at_once)
    failures = []
    with tqdm(
        total=sum(len(job.notebook.cells) for job in jobs), desc="executing cells", unit="cell", leave=False
    ) as bar:

        async def one(job: Job) -> None:
            async with gate:
                bar.set_postfix_str(job.name)
                failure = await run(job, timeout, bar)
                # One event loop, so one writer: sqlite never sees two.
                failures.append(failure) if failure else store(job)

        await asyncio.gather(*(one(job) for job in sorted(jobs, key=lambda job: -job.expected)))
    return failures
