"""What Neovim shows, kept from its redraw events (`:help ui-linegrid`), and drawn as an SVG picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any

WIDTH, HEIGHT = 8.4, 19.0
"""Of a cell, in pixels, at the font size below."""
FONT = "14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


@dataclass
class Screen:
    """The grid: of each cell its text and the number of its highlight."""

    foreground: int = 0xE0E2EA
    background: int = 0x14161B
    highlights: dict[int, dict[str, Any]] = field(default_factory=dict)
    cells: list[list[tuple[str, int]]] = field(default_factory=list)

    def take(self, events: list[Any]) -> None:
        for name, *calls in events:
            for arguments in calls:
                if (taken := getattr(self, f"_{name}", None)) is not None:
                    taken(*arguments)

    def lines(self) -> list[str]:
        return ["".join(text for text, _ in row).rstrip() for row in self.cells]

    def svg(self) -> str:
        """The picture, with a title bar as of a window."""
        rows, columns = len(self.cells), len(self.cells[0])
        width, height = round(columns * WIDTH + 16), round(rows * HEIGHT + 40)
        dots = "".join(
            f'<circle cx="{18 + 18 * number}" cy="15" r="5.5" fill="{colour}"/>'
            for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        )
        drawn = "".join(self._row(number, row) for number, row in enumerate(self.cells))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">'
            f'<rect width="{width}" height="{height}" rx="8" fill="{colour(self.background)}"/>{dots}'
            f'<g style="font: {FONT}; white-space: pre">{drawn}</g></svg>\n'
        )

    def _row(self, number: int, row: list[tuple[str, int]]) -> str:
        parts: list[str] = []
        column = 0
        top = 30 + number * HEIGHT
        for id_, cells in groupby(row, key=lambda cell: cell[1]):
            run = list(cells)
            text = "".join(cell for cell, _ in run)
            left, wide = 8 + column * WIDTH, len(run) * WIDTH
            column += len(run)
            front, back = self._colours(id_)
            if back != self.background:
                parts.append(
                    f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{HEIGHT}" fill="{colour(back)}"/>'
                )
            if text.strip():
                style = ' font-weight="bold"' if self.highlights.get(id_, {}).get("bold") else ""
                style += ' font-style="italic"' if self.highlights.get(id_, {}).get("italic") else ""
                parts.append(
                    f'<text x="{left:.1f}" y="{top + 14:.1f}" textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs"'
                    f' fill="{colour(front)}"{style} xml:space="preserve">{escape(text)}</text>'
                )
        return "".join(parts)

    def _colours(self, id_: int) -> tuple[int, int]:
        found = self.highlights.get(id_, {})
        front, back = found.get("foreground", self.foreground), found.get("background", self.background)
        return (back, front) if found.get("reverse") else (front, back)

    def _default_colors_set(self, foreground: int, background: int, *_: int) -> None:
        self.foreground, self.background = foreground, background

    def _hl_attr_define(self, id_: int, attributes: dict[str, Any], *_: Any) -> None:
        self.highlights[id_] = attributes

    def _grid_resize(self, _: int, columns: int, rows: int) -> None:
        self.cells = [[(" ", 0)] * columns for _ in range(rows)]

    def _grid_clear(self, _: int) -> None:
        self.cells = [[(" ", 0)] * len(row) for row in self.cells]

    def _grid_line(self, _: int, row: int, column: int, cells: list[list[Any]], *__: Any) -> None:
        highlight = 0
        for text, *more in cells:
            highlight = more[0] if more else highlight
            for _ in range(more[1] if len(more) > 1 else 1):
                self.cells[row][column] = (text, highlight)
                column += 1

    def _grid_scroll(self, _: int, top: int, bottom: int, left: int, right: int, rows: int, __: int) -> None:
        whole = range(top, bottom - rows) if rows > 0 else range(bottom - 1, top - rows - 1, -1)
        for row in whole:
            self.cells[row][left:right] = self.cells[row + rows][left:right]


def colour(rgb: int) -> str:
    return f"#{rgb:06x}"
