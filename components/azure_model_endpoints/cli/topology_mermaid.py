# SPDX-License-Identifier: Apache-2.0
"""A topology as a Mermaid flow chart, which code hosts and wikis draw by themselves."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_model_endpoints.planning.topology_parts import Topology

__all__ = ["mermaid"]

_ARROWS = {"public": "-->", "private": "==>", "refused": "--x"}


def mermaid(topology: "Topology") -> str:
    """Return the text of the chart: thick arrows are private, a cross is a refusal."""
    return "\n".join(_lines(topology)) + "\n"


def _lines(topology: "Topology") -> Iterator[str]:
    yield "flowchart LR"
    yield f"  accTitle: {topology.title}"
    yield "  accDescr: Thick arrows are private paths, thin ones public, crosses are refusals."
    for place in topology.places:
        yield f"  subgraph {place.key}[{_text([place.title, *place.details])}]"
        for node in place.nodes:
            yield f"    {node.key}[{_text([node.title, *node.details])}]"
        yield "  end"
    for path in topology.paths:
        arrow = _ARROWS[path.kind]
        yield f"  {path.source} {arrow}|{_text([path.label])}| {path.target}"


def _text(lines: Iterable[str]) -> str:
    escaped = (line.replace("#", "#35;").replace('"', "#quot;") for line in lines)
    return f'"{"<br/>".join(line.replace("<", "#lt;").replace(">", "#gt;") for line in escaped)}"'
