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


async def run(jobs: list[Job], store: Callable[[Job], None], timeout: float, bar: tqdm) -> list[str]:
    """Execute notebooks one after another in one kernel, with nothing but imported modules left between; give the failures."""
    with tempfile.TemporaryDirectory() as sockets:
        client = NotebookClient(
            jobs[0].notebook,
            timeout=timeout,
            kernel_name=jobs[0].notebook.metadata.get("kernelspec", {}).get("name", "python3"),
            resources={"metadata": {"path": str(jobs[0].folder)}},
            record_timing=False,  # times in a cell's metadata would change the notebook's hash: no match, a second run
        )
        client.create_kernel_manager()
        if os.name == "posix":
            # No ports, so kernels that start together cannot take each other's.
            client.km.transport, client.km.ip = "ipc", os.path.join(sockets, "kernel")
        failures, started, spent = [], time.monotonic(), 0.0
        async with client.async_setup_kernel():
            reply = await client.async_wait_for_reply(client.kc.kernel_info())
            for job in jobs:
                client.nb = job.notebook
                client.reset_execution_trackers()
                job.notebook.metadata["language_info"] = reply["content"]["language_info"]
                bar.set_postfix_str(job.name)
                try:
                    if failure := await run_cells(client, job, bar):
                        failures.append(failure)
                        continue
                    cpu = float((await aside(client, CPU_SECONDS)).outputs[0].text)
                except DeadKernelError as error:
                    return [*failures, f"{job.name}: the kernel died: {error}"]
                job.cpu_seconds, spent = cpu - spent, cpu
                job.wall_seconds, started = time.monotonic() - started, time.monotonic()
                store(job)  # one event loop, so one writer: sqlite never sees two
                await aside(client, "%reset -f")
    return failures


async def run_cells(client: NotebookClient, job: Job, bar: tqdm) -> str | None:
    """Execute the cells of the client's notebook; give what the first that failed raised, or None."""
    for index, cell in enumerate(job.notebook.cells):
        if cell.cell_type == "code":
            try:
                await client.async_execute_cell(cell, index)
            except (CellExecutionError, CellTimeoutError) as error:
                await aside(client, "%reset -f")
                return describe_failure(job, index, error)
        bar.update()
    client.set_widgets_metadata()
    return None


async def aside(client: NotebookClient, source: str) -> NotebookNode:
    """Execute a cell that does not belong to the notebook; give it with its outputs."""
    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    await client.async_execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    client.nb.cells.pop()
    return cell


async def run_all(jobs: list[Job], store: Callable[[Job], None], *, timeout: float, at_once: int) -> list[str]:
    """Execute the jobs, longest first, `at_once` kernels at a time; `store` each that succeeds. Give the failures.

    A page has a kernel of its own. Cells that extensions handed in are few and quick: they share one, or starting JAX
    again for each would cost more than all they compute.
    """
    gate = asyncio.Semaphore(at_once)
    groups = [[job] for job in jobs if job.page] + [[job for job in jobs if not job.page]]
    groups = sorted(filter(None, groups), key=lambda group: -sum(job.expected for job in group))
    cells = sum(len(job.notebook.cells) for job in jobs)
    with tqdm(total=cells, desc="executing cells", unit="cell", leave=False) as bar:

        async def one(group: list[Job]) -> list[str]:
            async with gate:
                return await run(group, store, timeout, bar)

        return [failure for failures in await asyncio.gather(*map(one, groups)) for failure in failures]
