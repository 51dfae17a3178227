"""`nox -s bench`: print tables of medians; each is measured here and now, and none is a test."""

import argparse

from tests.bench import builds, kernels, widgets

SUITES = {"builds": builds.measure, "kernels": kernels.measure, "widgets": widgets.measure}


def main() -> None:
    """Run the suites that were named, or all."""
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="suite", help=f"which to run, of {', '.join(SUITES)} (all)")
    arguments = parser.parse_args()
    if unknown := set(arguments.suites) - set(SUITES):
        parser.error(f"no suite {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    for suite in arguments.suites or SUITES:
        SUITES[suite]()


main()
