# SPDX-License-Identifier: Apache-2.0
"""A topology as a drawing that needs nothing but itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.planning.topology import Node, Path, Place, Topology

__all__ = ["svg"]

# All in pixels at the drawing's own size; it scales.
_WIDTH = 286
_GAP = 170
_MARGIN = 20
_LANE = 56
"""Above and below the columns, for paths that pass one or lead back."""
_LINE = 17
_INDENT = 12
_CHARACTERS = 34
_BOLD_CHARACTERS = 29
"""What fits on a line of a node at this size, in any usual font."""

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


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    width: float
    height: float
    column: int

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    @property
    def centre(self) -> float:
        return self.left + self.width / 2


def svg(topology: "Topology") -> str:
    """Return the drawing."""
    boxes = _boxes(topology)
    lowest = max(box.bottom for box in boxes.values())
    width = max(box.right for box in boxes.values()) + _MARGIN
    height = lowest + _LANE + _LINE * 2
    return "\n".join(_drawing(topology, boxes, lowest, width, height)) + "\n"


def _drawing(
    topology: "Topology", boxes: Mapping[str, _Box], lowest: float, width: float, height: float
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
    for path in topology.paths:
        yield _path(path, boxes[path.source], boxes[path.target], lowest)
    # Labels come last, so that no line crosses them.
    for path in topology.paths:
        yield from _label(path, boxes[path.source], boxes[path.target], lowest)
    yield from _legend(height)
    yield "</svg>"


def _in_words(topology: "Topology") -> str:
    paths = (
        f"{topology.name(path.source)} to {topology.name(path.target)}: {path.kind}, {path.label}."
        for path in topology.paths
    )
    return " ".join(paths)


def _columns(topology: "Topology") -> list[list["Place"]]:
    """Return the places by columns: what the instances reach shares the last one."""
    inner = [place for place in topology.places if place.key in _INNER]
    outside = [place for place in topology.places if place.key not in _INNER]
    return [*([place] for place in inner), *([outside] if outside else [])]


_INNER = ("callers", "network", "resources", "instances")


def _boxes(topology: "Topology") -> dict[str, _Box]:
    """Return where everything goes, by its key."""
    boxes = {}
    for column, places in enumerate(_columns(topology)):
        left = _MARGIN + column * (_WIDTH + _GAP)
        top = float(_MARGIN + _LANE)
        for place in places:
            inner = top + _INDENT + _LINE * len(_heading(place)) + _INDENT
            for node in place.nodes:
                height = _LINE * len(_lines(node)) + _INDENT
                boxes[node.key] = _Box(left + _INDENT, inner, _WIDTH - 2 * _INDENT, height, column)
                inner += height + _INDENT
            boxes[place.key] = _Box(left, top, _WIDTH, inner - top, column)
            top = inner + _INDENT
    return boxes


def _heading(place: "Place") -> list[str]:
    return [*wrap(place.title, _BOLD_CHARACTERS), *_wrapped(place.details)]


def _lines(node: "Node") -> list[str]:
    return [*wrap(node.title, _BOLD_CHARACTERS), *_wrapped(node.details)]


def _wrapped(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in wrap(text, _CHARACTERS)]


def _place(place: "Place", boxes: Mapping[str, _Box]) -> Iterator[str]:
    yield "<g>"
    yield _rectangle("place", boxes[place.key], radius=10)
    yield from _texts(_heading(place), len(wrap(place.title, _BOLD_CHARACTERS)), boxes[place.key])
    for node in place.nodes:
        yield _rectangle("node", boxes[node.key], radius=6)
        yield from _texts(_lines(node), len(wrap(node.title, _BOLD_CHARACTERS)), boxes[node.key])
    yield "</g>"


def _rectangle(kind: str, box: _Box, *, radius: int) -> str:
    return (
        f'<rect class="{kind}" x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="{radius}"/>'
    )


def _texts(lines: list[str], titles: int, box: _Box) -> Iterator[str]:
    for index, line in enumerate(lines):
        kind = "bold" if index < titles else "soft"
        y = box.top + _LINE * (index + 1) + 1
        yield f'<text class="{kind}" x="{box.left + _INDENT:g}" y="{y:g}">{escape(line)}</text>'


def _path(path: "Path", source: _Box, target: _Box, lowest: float) -> str:
    start, end = f"{source.right:g},{source.middle:g}", f"{target.left - 6:g},{target.middle:g}"
    if target.column == source.column + 1:
        bend = _GAP / 2
        way = (
            f"M{start} C{source.right + bend:g},{source.middle:g} "
            f"{target.left - bend:g},{target.middle:g} {end}"
        )
    elif target.column > source.column:  # over what is between
        lane, turn = _MARGIN + _LANE / 2, source.right + _GAP / 4
        way = f"M{start} H{turn:g} V{lane:g} H{target.centre:g} V{target.top - 6:g}"
    else:  # back, below everything
        lane = lowest + _LANE / 2
        way = f"M{source.centre:g},{source.bottom:g} V{lane:g} H{target.centre:g} "
        way += f"V{target.bottom + 6:g}"
    return f'<path class="path {path.kind}" d="{way}" marker-end="url(#{path.kind})"/>'


def _label(path: "Path", source: _Box, target: _Box, lowest: float) -> Iterator[str]:
    if target.column == source.column + 1:
        x, y = (source.right + target.left) / 2, (source.middle + target.middle) / 2
    else:
        x = (source.centre + target.centre) / 2
        y = _MARGIN + _LANE / 2 if target.column > source.column else lowest + _LANE / 2
    # Once as a border that keeps lines away from it, for not every program knows `paint-order`.
    for kind in ("label behind", "label"):
        yield f'<text class="{kind}" x="{x:g}" y="{y - 8:g}">{escape(path.label)}</text>'


def _legend(height: float) -> Iterator[str]:
    left, y = _MARGIN, height - _LINE
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
