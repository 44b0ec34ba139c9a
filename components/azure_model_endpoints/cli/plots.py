# SPDX-License-Identifier: Apache-2.0
"""The plots of a report, as pieces of HTML; the only module that loads plotly."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.cli.rows import whole
from azure_model_endpoints.cli.tables import milliseconds, number, usd

if TYPE_CHECKING:
    from azure_model_endpoints.planning.candidates import Candidate
    from azure_model_endpoints.planning.cost import BreakEven

__all__ = ["break_evens", "frontier", "library"]

_HEIGHT_PIXELS = 480
_HOURS_PER_DAY = 24
_DECADES = 4
_POINTS_PER_DECADE = 8
_INK, _ACCENT = "#1a1a1a", "#0b6e2e"
# Told apart without their colours too.
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def library() -> str:
    """Return the script that draws the plots, which the page brings along."""
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    # The page is searched for the end of the script before anything of it is run.
    return script.replace("</script", "<\\/script")


def frontier(candidates: "Iterable[Candidate]") -> str:
    """Return the plot of price against the wait for the first token.

    The line joins the candidates that no other beats in both.
    """
    points = [
        (each.price_usd_per_hour, each.time_to_first_token_ms, each.sku)
        for each in candidates
        if each.price_usd_per_hour is not None and each.time_to_first_token_ms is not None
    ]
    best = _unbeaten(points)
    traces = [
        _trace(
            [point[0] for point in best],
            [point[1] for point in best],
            name="frontier",
            mode="lines",
            line={"color": _ACCENT, "dash": "dot"},
            hoverinfo="skip",
        ),
        _trace(
            [point[0] for point in points],
            [point[1] for point in points],
            name="SKUs that hold the load",
            mode="markers+text",
            text=[point[2].removeprefix("Standard_") for point in points],
            textposition="top center",
            marker={
                "size": 11,
                "color": [_ACCENT if point in best else "#777" for point in points],
                "symbol": ["circle" if point in best else "circle-open" for point in points],
            },
            hovertext=[
                f"{sku}<br>{usd(price)} USD per hour<br>{milliseconds(wait)}"
                for price, wait, sku in points
            ],
            hoverinfo="text",
        ),
    ]
    said = "; ".join(f"{sku}, {usd(price)} USD, {milliseconds(wait)}" for price, wait, sku in best)
    return _figure(
        "frontier",
        traces,
        x="USD per hour, all instances",
        y="wait for the first token, ms",
        summary=f"Price per hour against the wait for the first token. Unbeaten in both: {said}.",
    )


def break_evens(chosen: "Candidate", found: "Sequence[BreakEven]") -> str:
    """Return the plot of what a day costs by the tokens that are answered in it."""
    from azure_model_endpoints.planning.cost import most_per_day

    hourly = chosen.price_usd_per_hour
    if hourly is None:
        return ""
    daily, most = hourly * _HOURS_PER_DAY, most_per_day(chosen)
    crossings = [each.output_tokens_per_day for each in found]
    last = max(most, *crossings) * 2
    tokens = [
        last * 10 ** (step / _POINTS_PER_DECADE - _DECADES)
        for step in range(_DECADES * _POINTS_PER_DECADE + 1)
    ]
    label = f"{chosen.instances} × {chosen.sku}"
    traces = [
        _trace(
            [tokens[0], most],
            [daily, daily],
            name=f"{label}, up to what it can answer in a day",
            line={"color": _ACCENT, "width": 4},
        )
    ]
    for index, each in enumerate(found):
        traces.append(
            _trace(
                tokens,
                [count * each.usd_per_million_output_tokens / 1e6 for count in tokens],
                name=escape(each.alternative.name),
                line={"dash": _DASHES[index % len(_DASHES)]},
            )
        )
    reached = [each for each in found if each.reachable]
    said = "; ".join(
        f"{each.alternative.name} from {number(whole(each.output_tokens_per_day))} tokens a day on"
        for each in reached
    )
    return _figure(
        "break-even",
        traces,
        x="tokens of answers per day",
        y="USD per day",
        summary=f"Price of a day by its tokens of answers. Cheaper than {said or 'nothing here'}.",
    )


def _unbeaten(points: "Iterable[tuple[float, float, str]]") -> list[tuple[float, float, str]]:
    """Return the points than which none is both cheaper and faster, the cheapest first."""
    best: list[tuple[float, float, str]] = []
    for point in sorted(points):
        if not best or point[1] < best[-1][1]:
            best.append(point)
    return best


def _trace(x: Sequence[float], y: Sequence[float], **looks: Any) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), **looks}


def _axis(title: str) -> dict[str, Any]:
    return {"title": {"text": title}, "type": "log", "gridcolor": "#ddd", "automargin": True}


def _figure(name: str, traces: list[dict[str, Any]], *, x: str, y: str, summary: str) -> str:
    from plotly.io import to_html

    layout = {
        "xaxis": _axis(x),
        "yaxis": _axis(y),
        "legend": {"orientation": "h", "y": -0.25},
        "font": {"color": _INK, "size": 14},
        "plot_bgcolor": "#fff",
        "paper_bgcolor": "#fff",
        "margin": {"t": 20},
        "height": _HEIGHT_PIXELS,
    }
    drawn = to_html(
        {"data": traces, "layout": layout},
        config={"displaylogo": False, "responsive": True, "topojsonURL": ""},
        include_plotlyjs=False,
        full_html=False,
        validate=False,
        div_id=name,
    )
    return (
        f'<figure>\n<div role="img" aria-label="{escape(summary)}">{drawn}</div>\n'
        f"<figcaption>{escape(summary)}</figcaption>\n</figure>\n"
    )
