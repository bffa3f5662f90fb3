"""Line charts and stacked bars as SVG: text that any browser draws, without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, NamedTuple, TypeAlias

Points: TypeAlias = Sequence[tuple[float, float]]

WIDTH: Final = 640
HEIGHT: Final = 240
LEFT: Final = 64
RIGHT: Final = 12
TOP: Final = 28
BOTTOM: Final = 28
COLOURS: Final = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#9ca3af")
GRID: Final = 4


class Scale(NamedTuple):
    """From values to places: x to the right, y upwards from zero."""

    x_low: float
    x_high: float
    y_high: float

    def place(self, x: float, y: float) -> str:
        """Return `x,y` on the drawing."""
        across = (x - self.x_low) / (self.x_high - self.x_low)
        left = LEFT + across * (WIDTH - LEFT - RIGHT)
        return f"{left:.1f},{HEIGHT - BOTTOM - y / self.y_high * (HEIGHT - TOP - BOTTOM):.1f}"


def chart(title: str, lines: Mapping[str, Points], unit: str, ticks: Sequence[tuple[float, str]]) -> str:
    """Return a drawing of lines over one scale; `ticks` are `(x, label)`. Without any point it says so."""
    every = [point for points in lines.values() for point in points]
    if not every:
        return _drawing(title, f'<text x="{LEFT}" y="{HEIGHT // 2}">nothing was recorded</text>')
    low, high = min(x for x, _ in every), max(x for x, _ in every)
    scale = Scale(low, high if high > low else low + 1, max(max(y for _, y in every), 1e-9) * 1.05)
    drawn = [_line(points, scale, colour) for points, colour in zip(lines.values(), COLOURS, strict=False)]
    return _drawing(f"{title} ({unit})", _grid(scale, ticks), *drawn, _legend(lines))


def bar(title: str, parts: Mapping[str, float], unit: str) -> str:
    """Return one bar of the parts side by side, as wide as they are long. What is below zero has no width."""
    whole = sum(max(0.0, part) for part in parts.values()) or 1.0
    left, drawn = float(LEFT), []
    for part, colour in zip(parts.values(), COLOURS, strict=False):
        width = max(0.0, part) / whole * (WIDTH - LEFT - RIGHT)
        drawn.append(f'<path d="M{left:.1f},{TOP + 16} h{width:.1f} v40 h-{width:.1f} z" fill="{colour}"/>')
        left += width
    return _drawing(
        title, *drawn, _legend({f"{name} {part:.2f} {unit}": () for name, part in parts.items()}), height=110
    )


def _drawing(title: str, *parts: str, height: int = HEIGHT) -> str:
    name = escape(title)
    opening = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}">'
    return f'{opening}<text x="{LEFT}" y="14" class="title">{name}</text>{"".join(parts)}</svg>'


def _line(points: Points, scale: Scale, colour: str) -> str:
    if not points:
        return ""
    places = " L".join(scale.place(x, y) for x, y in points)
    return f'<path d="M{places}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _grid(scale: Scale, ticks: Sequence[tuple[float, str]]) -> str:
    drawn = []
    for step in range(GRID + 1):
        value = scale.y_high * step / GRID
        _, _, y = scale.place(scale.x_low, value).partition(",")
        drawn.append(f'<path d="M{LEFT},{y} H{WIDTH - RIGHT}" class="grid"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y}" class="y">{_short(value)}</text>')
    for x, label in ticks:
        if scale.x_low <= x <= scale.x_high:
            place, _, _ = scale.place(x, 0).partition(",")
            drawn.append(f'<text x="{place}" y="{HEIGHT - 10}" class="x">{escape(label)}</text>')
    return "".join(drawn)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _legend(names: Mapping[str, Points]) -> str:
    """Return the names in their colours, in a row below the title."""
    room = (WIDTH - LEFT - RIGHT) / max(len(names), 1)
    return "".join(
        f'<text x="{LEFT + room * number:.0f}" y="28" fill="{colour}">{escape(name)}</text>'
        for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False))
    )
