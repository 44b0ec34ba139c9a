# SPDX-License-Identifier: Apache-2.0
"""``python -m bench``: measures and prints; it never judges."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator

from bench import imports, planner, preflight, previews, scale, stand_in
from bench.measure import Comparison, Series

BENCHMARKS: dict[str, Callable[[int], Iterator[Comparison]]] = {
    "imports": imports.compare,
    "planner": planner.compare,
    "previews": previews.compare,
    "preflight": preflight.compare,
    "stand-in": stand_in.compare,
    "scale": scale.compare,
}


def main() -> int:
    """Run the benchmarks that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=15, help="pairs of runs; default: 15")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    comparisons = []
    for name in options.names or BENCHMARKS:
        for comparison in BENCHMARKS[name](options.rounds):
            comparisons.append(comparison)
            if not options.json:
                print(_text(comparison), flush=True)
    if options.json:
        print(json.dumps({"cpus": os.cpu_count(), "comparisons": [*map(_json, comparisons)]}))
    return 0


def _text(comparison: Comparison) -> str:
    limit = "" if comparison.limit is None else f", to stay below {comparison.limit:.2f}"
    rows = [
        f"  {series.name:<34}{series.seconds:>8.3f} s{series.peak_mib:>7.0f} MiB"
        for series in (comparison.subject, comparison.reference)
    ]
    ratios = f"  {'ratio':<34}{comparison.ratio:>8.3f}{limit} (CPU {comparison.cpu_ratio:.3f})"
    return "\n".join([f"{comparison.title}", *rows, ratios])


def _json(comparison: Comparison) -> dict[str, object]:
    return {
        "title": comparison.title,
        "subject": _series(comparison.subject),
        "reference": _series(comparison.reference),
        "ratio": round(comparison.ratio, 4),
        "cpu_ratio": round(comparison.cpu_ratio, 4),
        "limit": comparison.limit,
    }


def _series(series: Series) -> dict[str, object]:
    return {
        "name": series.name,
        "runs": len(series.runs),
        "median_seconds": round(series.seconds, 4),
        "peak_mib": round(series.peak_mib, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
