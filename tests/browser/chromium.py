"""The one place that finds a browser and says how it is started."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import BrowserType

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
