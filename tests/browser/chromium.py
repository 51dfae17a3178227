"""The one place that finds a browser, installs one where it can, and says how it is started.

`python -m tests.browser.chromium` does the first two, before the page tests begin.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import BrowserType, Error, sync_playwright

# Nothing of the browser's own may reach the network while pages are judged by their requests.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
WHAT_TO_DO = (
    "No browser was found for the page tests. Run `playwright install chromium`, "
    "or on Debian `apt-get install chromium`, or set NNBOOK_BROWSER to the path of a Chrome or Chromium."
)


class NoBrowserError(RuntimeError):
    """No Chrome or Chromium on this machine; the message says what to do."""


def find(chromium: BrowserType) -> str:
    """Give the path of a browser: NNBOOK_BROWSER, else playwright's own, else a Chrome or Chromium on the PATH."""
    named = os.environ.get("NNBOOK_BROWSER")
    if named:
        if not Path(named).is_file():
            raise NoBrowserError(f"NNBOOK_BROWSER names {named}, which is not there. {WHAT_TO_DO}")
        return named
    if Path(chromium.executable_path).is_file():
        return chromium.executable_path
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise NoBrowserError(WHAT_TO_DO)
    return found


def start(chromium: BrowserType) -> str:
    """Start the browser that is found, once, and give its path: one that lacks its libraries is no browser."""
    path = find(chromium)
    try:
        chromium.launch(executable_path=path, args=FLAGS).close()
    except Error as error:
        raise NoBrowserError(f"{path} does not start: {error.message}\n{WHAT_TO_DO}") from error
    return path


def install() -> None:
    """Install a browser: playwright's own if it can be fetched, else Debian's where apt may be used."""
    print("No browser found; trying `playwright install chromium`.", flush=True)
    fetched = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False
    )
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        if not fetched.returncode:
            print("It is here; trying `playwright install-deps chromium` for the libraries it needs.", flush=True)
            subprocess.run(
                [sys.executable, "-m", "playwright", "install-deps", "chromium"], stdout=subprocess.DEVNULL, check=False
            )
            return
        print("That failed; trying `apt-get install chromium`.", flush=True)
        subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
            stdout=subprocess.DEVNULL,
            check=False,
        )


def main() -> None:
    """Print which browser the tests will use; install one if there is none; fail with what to do if that fails too."""
    with sync_playwright() as playwright:
        try:
            browser = start(playwright.chromium)
        except NoBrowserError:
            if os.environ.get("NNBOOK_BROWSER"):
                raise  # a wrong name is for the reader to mend
            install()
            browser = start(playwright.chromium)
    print(f"Page tests use {browser}")


if __name__ == "__main__":
    try:
        main()
    except NoBrowserError as error:
        sys.exit(str(error))
