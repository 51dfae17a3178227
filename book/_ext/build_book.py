"""`sphinx-build`, but a mistake in the book ends the output with what is wrong, where, and what to do.

Sphinx puts its versions, its extensions, a traceback and a request to report to its developers after every error, also
after those that a writer made and can mend. Whatever is no mistake of the book's is told as Sphinx tells it.
"""

import sys

from sphinx._cli.util import errors
from sphinx.cmd import build
from sphinx.errors import SphinxError

sphinx_tells = errors.handle_exception


def tell(exception: BaseException, /, **details) -> None:
    """Print an error that a writer can mend by itself; leave any other to Sphinx."""
    if isinstance(exception, SphinxError) and not details.get("use_pdb") and not details.get("print_traceback"):
        print(f"\n{exception.category}:\n\n{exception}\n", file=details.get("stderr", sys.stderr))
    else:
        sphinx_tells(exception, **details)


if __name__ == "__main__":
    errors.handle_exception = tell
    sys.exit(build.main(sys.argv[1:]))
