# SPDX-License-Identifier: Apache-2.0
"""`ame topology`: the picture of a stack, in each of its forms."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from azure_model_endpoints.cli.topology_mermaid import mermaid
from azure_model_endpoints.planning.topology_parts import Node, PathKind, Place, Topology
from azure_model_endpoints.planning.topology_parts import Path as Way
from tests.unit.cli.running import Ame
from tests.unit.planning.catalogs import REGION

STACK = f"""
config:
  azure-model-endpoints:region: {REGION}
  azure-model-endpoints:endpoints:
    chat: {{model: plain-model}}
"""
SVG = "{http://www.w3.org/2000/svg}"

pytestmark = pytest.mark.usefixtures("small_catalog")


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    """A project with an environment of each kind."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    for stack in ("dev", "staging", "prod"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(STACK)


def parsed(drawing: str) -> ET.Element:
    """A drawing as a tree."""
    return ET.fromstring(drawing)  # noqa: S314  (it is our own)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_drawing_is_sound_and_fits_its_frame(ame: Ame, stack: str) -> None:
    """Whatever the environment, nothing is outside of what is shown."""
    run = ame("topology", "--stack", stack, "--svg")

    drawing = parsed(run.out)
    width, height = (float(drawing.attrib[side]) for side in ("width", "height"))
    boxes = [
        tuple(float(box.attrib[name]) for name in ("x", "y", "width", "height"))
        for box in drawing.iter(f"{SVG}rect")
        if "x" in box.attrib
    ]
    assert (0, "") == (run.status, run.err)
    assert boxes
    assert all(0 < x < x + w < width and 0 < y < y + h < height for x, y, w, h in boxes)


GUEST = f"""
config:
  azure-model-endpoints:region: {REGION}
  azure-model-endpoints:profile: staging
  azure-model-endpoints:workspace: {{existing: {{name: mlw-theirs, resource_group_name: rg}}}}
  azure-model-endpoints:endpoints: {{guest: {{model: plain-model}}, chat: {{model: plain-model}}}}
"""
SIX = f"""
config:
  azure-model-endpoints:region: {REGION}
  azure-model-endpoints:profile: staging
  azure-model-endpoints:endpoints:
    one: {{model: plain-model}}
    two: {{model: plain-model}}
    three: {{model: plain-model, deployments: {{blue: {{}}, green: {{}}}}, traffic: {{blue: 100}}}}
    four: {{model: plain-model}}
    five: {{model: plain-model}}
    six: {{model: plain-model}}
"""
Area = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def areas(drawing: ET.Element) -> tuple[list[Area], list[Area], list[Area]]:
    """Where the labels, the boxes, and the level ends of paths are."""
    labels = [
        (x - 3.5 * len(label.text), y - 10, x + 3.5 * len(label.text), y + 2)
        for label in drawing.iter(f"{SVG}text")
        if label.attrib["class"] == "label" and label.text
        for x, y in [(float(label.attrib["x"]), float(label.attrib["y"]))]
    ]
    boxes = [
        (x, y, x + width, y + height)
        for box in drawing.iter(f"{SVG}rect")
        if "x" in box.attrib
        for x, y, width, height in [
            [float(box.attrib[name]) for name in ("x", "y", "width", "height")]
        ]
    ]
    ends = [
        (float(match[1]), float(match[2]) - 1, float(match[3]), float(match[2]) + 1)
        for path in drawing.iter(f"{SVG}path")
        for match in [re.search(r"([\d.]+),([\d.]+) H([\d.]+)$", path.attrib["d"])]
        if match
    ]
    return labels, boxes, ends


def overlap(one: Area, other: Area) -> bool:
    """Whether two areas have something in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "guest", "six"])
def test_labels_cover_nothing(ame: Ame, tmp_path: Path, stack: str) -> None:
    """Neither boxes nor each other, nor the ends of their neighbours' paths."""
    (tmp_path / "Pulumi.guest.yaml").write_text(GUEST)
    (tmp_path / "Pulumi.six.yaml").write_text(SIX)

    labels, boxes, ends = areas(parsed(ame("topology", "--stack", stack, "--svg").out))

    assert labels
    assert ends
    assert [] == [(one, box) for one in labels for box in boxes if overlap(one, box)]
    assert [] == [(one, end) for one in labels for end in ends if overlap(one, end)]
    assert [] == [
        (one, other) for i, one in enumerate(labels) for other in labels[:i] if overlap(one, other)
    ]


def test_drawing_can_be_heard(ame: Ame) -> None:
    """A screen reader tells the title and every path."""
    drawing = parsed(ame("topology", "--stack", "prod", "--svg").out)

    named = {element.attrib["id"]: element.text for element in drawing if "id" in element.attrib}
    assert "img" == drawing.attrib["role"]
    assert set(drawing.attrib["aria-labelledby"].split()) <= set(named)
    assert "Internet to Resource group rg-models-prod: refused, public access is off." in str(
        named["description"]
    )


@pytest.mark.parametrize("form", ["--html", "--svg"])
def test_picture_needs_nothing_from_the_network(ame: Ame, form: str) -> None:
    """It can be opened where there is none, years later."""
    text = ame("topology", "--stack", "prod", form).out

    links = re.findall(r'(?<![-\w])(?:href|src|url\(|@import)[="( ]*([^")\s]+)', text)
    assert [] == [link for link in links if not link.startswith("#")]
    assert [] == re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)


def test_page_says_all_of_it_in_words(ame: Ame) -> None:
    """For whoever does not see the drawing, or searches it."""
    page = ame("topology", "--stack", "prod", "--html").out

    assert '<html lang="en">' in page
    assert "default-src 'none'" in page
    assert (
        "<tr><td>Internet</td><td>Resource group rg-models-prod</td><td>refused</td>"
        "<td>public access is off</td></tr>"
    ) in page


def test_chart_is_the_default(ame: Ame) -> None:
    """It is text, for documents and pull requests."""
    chart = ame("topology", "--stack", "dev").out

    assert ame("topology", "--stack", "dev", "--mermaid").out == chart
    assert chart.startswith("flowchart LR\n  accTitle: models, dev, eastus\n")
    assert '  internet -->|"HTTPS"| resources\n' in chart


def test_chart_escapes_what_would_end_its_texts() -> None:
    """A quote or a bracket in a name stays one."""
    node = Node("a", 'say "hi" <b> #1')
    picture = Topology("t", (Place("p", "P", (node,)),), (Way("a", "p", PathKind.REFUSED, "no"),))

    chart = mermaid(picture)

    assert 'a["say #quot;hi#quot; #lt;b#gt; #35;1"]' in chart
    assert 'a --x|"no"| p' in chart


def test_json_has_places_and_paths(ame: Ame) -> None:
    """For pictures of one's own."""
    document = ame("topology", "--stack", "dev", "--json").document()

    assert ["title", "places", "paths"] == list(document)
    assert {"source": "internet", "target": "resources", "kind": "public", "label": "HTTPS"} in (
        document["paths"]
    )


def test_picture_is_written_to_a_file(ame: Ame, tmp_path: Path) -> None:
    """And nothing to the terminal."""
    run = ame("topology", "--stack", "dev", "--json", "-o", tmp_path / "dev.json")

    assert (0, "", "") == (run.status, run.out, run.err)
    assert "models, dev, eastus" == json.loads((tmp_path / "dev.json").read_text())["title"]


def test_file_that_cannot_be_written_is_told(ame: Ame, tmp_path: Path) -> None:
    """In one paragraph."""
    run = ame("topology", "--stack", "dev", "-o", tmp_path / "no" / "dev.mmd")

    assert 1 == run.status
    assert "could not be written" in run.err


def test_one_picture_at_a_time(ame: Ame) -> None:
    """Two forms into one file would be neither."""
    assert 2 == ame("topology", "--stack", "dev", "--svg", "--html").status
