"""Pictures of counts as SVG: bars side by side, with the figures written on them, and words for who cannot see them."""

from collections.abc import Sequence
from html import escape

LEFT, TOP, ROW, BAR, WIDTH, RIGHT = 210, 64, 40, 15, 420, 80
COLOURS = ("#1b6ca8", "#d1495b")  # told apart in print and by who sees no red


def bars(title: str, names: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> str:
    """A picture of one or two counts for each row, longest bar full; ``names`` say which colour is which."""
    most = max((count for _, counts in rows for count in counts), default=0) or 1
    height = TOP + ROW * len(rows) + 12
    told = "; ".join(f"{label}: {_told(names, counts)}" for label, counts in rows)
    size = LEFT + WIDTH + RIGHT
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" viewBox="0 0 {size} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(told)}</desc>',
        f'<rect width="{size}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for place, name in enumerate(names):
        x = 12 + 210 * place
        made.append(f'<rect x="{x}" y="34" width="14" height="14" fill="{COLOURS[place]}"/>')
        made.append(f'<text x="{x + 20}" y="46">{escape(name)}</text>')
    for number, (label, counts) in enumerate(rows):
        top = TOP + ROW * number
        made.append(f'<text x="{LEFT - 8}" y="{top + 20}" text-anchor="end">{escape(label)}</text>')
        for place, count in enumerate(counts):
            y, width = top + place * (BAR + 2), max(1, WIDTH * count // most)
            made.append(f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" fill="{COLOURS[place]}"/>')
            made.append(f'<text x="{LEFT + width + 6}" y="{y + 12}">{count:,}</text>')
    return "\n".join([*made, "</svg>"]) + "\n"


def _told(names: Sequence[str], counts: Sequence[int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in zip(names, counts, strict=True))
