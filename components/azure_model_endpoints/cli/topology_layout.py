# SPDX-License-Identifier: Apache-2.0
"""Where the boxes, paths and labels of a topology's drawing go: none covers another."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.planning.topology_parts import Node, Path, Place, Topology

__all__ = [
    "INDENT",
    "LANE",
    "LINE",
    "MARGIN",
    "Box",
    "Label",
    "Route",
    "boxes_of",
    "heading",
    "lines_of",
    "routes_of",
    "titles",
]

# All in pixels at the drawing's own size; it scales.
MARGIN = 20
LANE = 56
"""Above and below the columns, for paths that pass one."""
LINE = 17
INDENT = 12
_WIDTH = 286
_GAP = 250
_LEVEL = 165
"""How far before its target a path runs level, under its label."""
_CHARACTERS = 34
_BOLD_CHARACTERS = 29
_LABEL_CHARACTERS = 22
"""What fits on a line of a node, or above a level path, at this size, in any usual font."""
_LABEL_HEIGHT = 24
"""From one label to the next, where several paths enter one node."""
_TURNS = {"above": 20, "below": 44}
"""How far behind a column paths turn to a lane."""
_TIP = 6
"""How far before a target a path ends, for its arrow."""
_TOP = MARGIN + LANE

Arrivals = Mapping[str, int]
"""How many paths lead to a box, by its key."""

_COLUMNS = (("callers",), ("network",), ("resources", "monitoring"), ("instances",))
"""Keys of places by columns, one below the other; what the instances reach has the last one."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place or a node."""

    left: float
    top: float
    width: float
    height: float
    column: int

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """The height at its half."""
        return self.top + self.height / 2

    @property
    def centre(self) -> float:
        """The width at its half."""
        return self.left + self.width / 2


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text, by its centre and its base."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Route:
    """How a path is drawn."""

    way: str
    """As an SVG path has it."""
    labels: tuple[Label, ...]


def boxes_of(topology: "Topology") -> dict[str, Box]:
    """Return where every place and node goes, by its key."""
    boxes = {}
    columns = _columns(topology)
    arrivals = Counter(path.target for path in topology.paths)
    for column, places in enumerate(columns):
        top = float(_TOP)
        following = [place for each in columns[column + 1 :] for place in each]
        for place in places:
            height = _height_beside(place, following, topology, arrivals)
            boxes[place.key] = Box(_left(column), top, _WIDTH, height, column)
            boxes.update(_nodes(place, boxes[place.key], arrivals))
            top += height + INDENT
    return boxes


def routes_of(topology: "Topology", boxes: Mapping[str, Box]) -> list[Route]:
    """Return how each path is drawn."""
    lowest = max(box.bottom for box in boxes.values())
    ends = [(boxes[path.source], boxes[path.target]) for path in topology.paths]
    leaving, entering = {}, {}
    for index, (path, (source, target)) in enumerate(zip(topology.paths, ends, strict=True)):
        if target.column > source.column:
            leaving[index] = (path.source, target.middle)
        if target.column == source.column + 1:
            entering[index] = (path.target, source.middle)
    starts, stops = _spread(leaving, boxes), _spread(entering, boxes)
    routes = []
    for index, (path, (source, target)) in enumerate(zip(topology.paths, ends, strict=True)):
        if index in stops:
            route = _across(path, source, target, starts[index], stops[index])
        elif index in starts:
            route = _past(path, source, target, starts[index], lowest)
        else:
            route = _back(path, source, target)
        routes.append(route)
    return routes


def heading(place: "Place") -> list[str]:
    """Return the lines above the nodes of a place."""
    return [*wrap(place.title, _BOLD_CHARACTERS), *_wrapped(place.details)]


def lines_of(node: "Node") -> list[str]:
    """Return the lines of a node."""
    return [*wrap(node.title, _BOLD_CHARACTERS), *_wrapped(node.details)]


def titles(title: str) -> int:
    """Return how many of those lines are a title."""
    return len(wrap(title, _BOLD_CHARACTERS))


def _wrapped(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in wrap(text, _CHARACTERS)]


def _columns(topology: "Topology") -> list[list["Place"]]:
    inner = [[place for place in topology.places if place.key in keys] for keys in _COLUMNS]
    known = {key for keys in _COLUMNS for key in keys}
    outside = [place for place in topology.places if place.key not in known]
    return [places for places in (*inner, outside) if places]


def _left(column: int) -> float:
    return MARGIN + column * (_WIDTH + _GAP)


def _height_beside(
    place: "Place", following: Iterable["Place"], topology: "Topology", arrivals: Arrivals
) -> float:
    """Return the height of a place; what is led back to reaches below what leads there."""
    leading = {path.source for path in topology.paths if path.target == place.key}
    beside = [_height(other, arrivals) + LANE for other in following if other.key in leading]
    return max([_height(place, arrivals), *beside])


def _height(place: "Place", arrivals: Arrivals) -> float:
    nodes = sum(_node_height(node, arrivals) + INDENT for node in place.nodes)
    return 2 * INDENT + LINE * len(heading(place)) + nodes


def _node_height(node: "Node", arrivals: Arrivals) -> float:
    """Return the height of a node, which has room for the label of each path that enters it."""
    labels = _LABEL_HEIGHT * (arrivals.get(node.key, 0) + 1)
    return max(LINE * len(lines_of(node)) + INDENT, labels)


def _nodes(place: "Place", box: Box, arrivals: Arrivals) -> Iterator[tuple[str, Box]]:
    top = box.top + 2 * INDENT + LINE * len(heading(place))
    for node in place.nodes:
        height = _node_height(node, arrivals)
        yield node.key, Box(box.left + INDENT, top, _WIDTH - 2 * INDENT, height, box.column)
        top += height + INDENT


def _spread(
    touching: Mapping[int, tuple[str, float]], boxes: Mapping[str, Box]
) -> dict[int, float]:
    """Return at which height each path touches its box, so that no two do at the same.

    Args:
        touching: the box that a path touches, and where it comes from or goes to.
        boxes: where they are.
    """
    by_box: dict[str, list[int]] = {}
    for index, (key, _) in touching.items():
        by_box.setdefault(key, []).append(index)
    heights = {}
    for key, indices in by_box.items():
        box, share = boxes[key], len(indices) + 1
        for order, index in enumerate(sorted(indices, key=lambda i: touching[i][1]), 1):
            heights[index] = box.top + box.height * order / share
    return heights


def _across(path: "Path", source: Box, target: Box, start: float, end: float) -> Route:
    """Lead to the next column: a curve, and then level to the target."""
    edge = _left(target.column)
    level = edge - _LEVEL
    bend = (level - source.right) / 2
    way = (
        f"M{source.right:g},{start:g} C{source.right + bend:g},{start:g} "
        f"{level - bend:g},{end:g} {level:g},{end:g} H{target.left - _TIP:g}"
    )
    # One line above the path and the others below, where the next path is not near.
    lines = wrap(path.label, _LABEL_CHARACTERS)
    x = edge - _LEVEL / 2
    bases = [end - 8, *(end + LINE * number for number in range(1, len(lines)))]
    return Route(way, tuple(Label(x, y, text) for y, text in zip(bases, lines, strict=True)))


def _past(path: "Path", source: Box, target: Box, start: float, lowest: float) -> Route:
    """Lead past a column: above everything, or below where something is above the target."""
    is_above = target.top <= _TOP
    lane = MARGIN + LANE / 2 if is_above else lowest + LANE / 2
    turn = _left(source.column) + _WIDTH + _TURNS["above" if is_above else "below"]
    end = target.top - _TIP if is_above else target.bottom + _TIP
    way = f"M{source.right:g},{start:g} H{turn:g} V{lane:g} H{target.centre:g} V{end:g}"
    return Route(way, (Label((turn + target.centre) / 2, lane - 8, path.label),))


def _back(path: "Path", source: Box, target: Box) -> Route:
    """Lead back to the column before, below the source."""
    lane = source.bottom + LANE / 2
    way = f"M{source.centre:g},{source.bottom:g} V{lane:g} H{target.right + _TIP:g}"
    return Route(way, (Label((source.centre + target.right) / 2, lane - 8, path.label),))
