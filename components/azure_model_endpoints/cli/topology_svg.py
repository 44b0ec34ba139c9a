# SPDX-License-Identifier: Apache-2.0
"""A topology as a drawing that needs nothing but itself."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from azure_model_endpoints.cli.topology_layout import (
    INDENT,
    LANE,
    LINE,
    MARGIN,
    Box,
    Label,
    boxes_of,
    heading,
    lines_of,
    routes_of,
    titles,
)

if TYPE_CHECKING:
    from azure_model_endpoints.planning.topology_parts import Place, Topology

__all__ = ["svg"]

# The colours have a contrast of at least 4.5 to their background, and none says anything alone:
# refused paths are dashed and end in a cross, private ones are thick.
# Written out, since drawing programs know no variables.
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1a1a1a; }
.bold { font-weight: 600; }
.soft { font-size: 12px; fill: #4a4f57; }
.page { fill: #ffffff; }
.place { fill: #f4f5f7; stroke: #8a9099; }
.node { fill: #ffffff; stroke: #8a9099; }
.path { fill: none; stroke-width: 1.5px; }
.public { stroke: #9a4a00; }
.private { stroke: #005a9e; stroke-width: 3px; }
.refused { stroke: #b00020; stroke-dasharray: 6 4; }
.label { font-size: 12px; text-anchor: middle; }
.behind { stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
.tip { stroke: none; }
.tip.public { fill: #9a4a00; }
.tip.private { fill: #005a9e; }
.cross { stroke: #b00020; stroke-width: 2px; fill: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f2f5; }
  .soft { fill: #c2c8d1; }
  .page { fill: #16181d; }
  .place { fill: #20242b; stroke: #7c8594; }
  .node { fill: #2b3038; stroke: #7c8594; }
  .public { stroke: #ffb066; }
  .private { stroke: #7cc4ff; }
  .refused, .cross { stroke: #ff8a93; }
  .behind { stroke: #16181d; }
  .tip.public { fill: #ffb066; }
  .tip.private { fill: #7cc4ff; }
}
"""
_MEANINGS = {
    "private": "private: by addresses of a private network alone",
    "public": "public: over the internet",
    "refused": "refused",
}


def svg(topology: "Topology") -> str:
    """Return the drawing."""
    boxes = boxes_of(topology)
    width = max(box.right for box in boxes.values()) + MARGIN
    height = max(box.bottom for box in boxes.values()) + LANE + LINE * 2
    return "\n".join(_drawing(topology, boxes, width, height)) + "\n"


def _drawing(
    topology: "Topology", boxes: Mapping[str, Box], width: float, height: float
) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-labelledby="title description">'
    )
    yield f'<title id="title">{escape(topology.title)}</title>'
    yield f'<desc id="description">{escape(_in_words(topology))}</desc>'
    yield f"<style>{_STYLE}</style>"
    yield f"<defs>{_marker('public')}{_marker('private')}{_CROSS}</defs>"
    yield f'<rect class="page" width="{width:g}" height="{height:g}"/>'
    for place in topology.places:
        yield from _place(place, boxes)
    routes = routes_of(topology, boxes)
    for path, route in zip(topology.paths, routes, strict=True):
        yield f'<path class="path {path.kind}" d="{route.way}" marker-end="url(#{path.kind})"/>'
    # Labels come last, so that no line crosses them.
    for route in routes:
        yield from _labels(route.labels)
    yield from _legend(height)
    yield "</svg>"


def _in_words(topology: "Topology") -> str:
    paths = (
        f"{topology.name(path.source)} to {topology.name(path.target)}: {path.kind}, {path.label}."
        for path in topology.paths
    )
    return " ".join(paths)


def _place(place: "Place", boxes: Mapping[str, Box]) -> Iterator[str]:
    yield "<g>"
    yield _rectangle("place", boxes[place.key], radius=10)
    yield from _texts(heading(place), titles(place.title), boxes[place.key])
    for node in place.nodes:
        yield _rectangle("node", boxes[node.key], radius=6)
        yield from _texts(lines_of(node), titles(node.title), boxes[node.key])
    yield "</g>"


def _rectangle(kind: str, box: Box, *, radius: int) -> str:
    return (
        f'<rect class="{kind}" x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="{radius}"/>'
    )


def _texts(lines: list[str], titles: int, box: Box) -> Iterator[str]:
    for index, line in enumerate(lines):
        kind = "bold" if index < titles else "soft"
        y = box.top + LINE * (index + 1) + 1
        yield f'<text class="{kind}" x="{box.left + INDENT:g}" y="{y:g}">{escape(line)}</text>'


def _labels(labels: Iterable[Label]) -> Iterator[str]:
    # Once as a border that keeps lines away from it, for not every program knows `paint-order`.
    for kind in ("label behind", "label"):
        for label in labels:
            text = escape(label.text)
            yield f'<text class="{kind}" x="{label.x:g}" y="{label.y:g}">{text}</text>'


def _legend(height: float) -> Iterator[str]:
    left, y = MARGIN, height - LINE
    for kind, meaning in _MEANINGS.items():
        yield (
            f'<path class="path {kind}" d="M{left:g},{y:g} H{left + 40:g}" '
            f'marker-end="url(#{kind})"/>'
        )
        yield f'<text class="soft" x="{left + 54:g}" y="{y + 4:g}">{meaning}</text>'
        left += 80 + 7 * len(meaning)


def _marker(kind: str) -> str:
    return (
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="9" '
        f'markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="tip {kind}" d="M0,0 L8,4 L0,8 Z"/></marker>'
    )


_CROSS = (
    '<marker id="refused" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="13" '
    'markerHeight="13" markerUnits="userSpaceOnUse" orient="auto">'
    '<path class="cross" d="M1,1 L9,9 M9,1 L1,9"/></marker>'
)
