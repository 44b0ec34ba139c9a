# SPDX-License-Identifier: Apache-2.0
"""A topology as one page that needs nothing from the network: the drawing, and it in words."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING

from azure_model_endpoints.cli.topology_svg import svg

if TYPE_CHECKING:
    from azure_model_endpoints.planning.topology_parts import Topology

__all__ = ["page"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; }
.scrolls { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #888; text-align: left;
         vertical-align: top; }
"""


def page(topology: "Topology") -> str:
    """Return the page."""
    return "".join(_parts(topology))


def _parts(topology: "Topology") -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escape(topology.title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
    yield f"<body>\n<main>\n<h1>{escape(topology.title)}</h1>\n"
    yield f'<div class="scrolls" tabindex="0" role="region" aria-label="Drawing">{svg(topology)}'
    yield "</div>\n<h2>Who may reach what</h2>\n"
    yield from _table(
        ("from", "to", "kind", "how"),
        (
            (topology.name(path.source), topology.name(path.target), path.kind, path.label)
            for path in topology.paths
        ),
    )
    yield "<h2>What will exist</h2>\n"
    yield from _table(
        ("where", "what", "notes"),
        (
            (place.title, node.title, "; ".join(node.details))
            for place in topology.places
            for node in place.nodes
        ),
    )
    yield "</main>\n</body>\n</html>\n"


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    yield '<div class="scrolls" tabindex="0"><table>\n<thead><tr>'
    yield from (f'<th scope="col">{heading}</th>' for heading in headings)
    yield "</tr></thead>\n<tbody>\n"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n"
    yield "</tbody>\n</table></div>\n"
