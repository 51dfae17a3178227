"""Nothing here is a test: `nox -s bench` runs it."""

collect_ignore_glob = ["*.py"]
