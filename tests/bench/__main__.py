"""`nox -s bench`: print tables of medians; each is measured here and now, and none is a test."""

import argparse

from tests.bench import builds

SUITES = {"builds": builds.measure}


def main() -> None:
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"which to run, of {', '.join(SUITES)} (all)")
    arguments = parser.parse_args()
    for suite in arguments.suites or SUITES:
        SUITES[suite]()


main()
