"""A plan's booklet as a page: readable without JavaScript, by keyboard and aloud; nothing of it from another host."""

import base64
import functools
import hashlib
from pathlib import Path

import jinja2
from markupsafe import Markup

from rules.booklet import Booklet, heading, opening
from rules.booklet_teller import Section

PAGES = Path(__file__).parent / "pages"
STYLE = (PAGES / "booklet.css").read_text(encoding="utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# The one style is named by its hash, so that nothing else that stands in the page can be a style or a script.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MOST_SHOWN = 6  # values of other times; more of them are folded away


def page(told: Booklet) -> str:
    """The booklet as one HTML page. Footnotes are links to the sources; each source links back to where it is cited."""
    cited: dict[int, list[str]] = {}

    def cite(number: int) -> str:
        places = cited.setdefault(number, [])
        places.append(f"cite-{number}-{len(places) + 1}")
        return places[-1]

    return _template().render(
        booklet=told,
        heading=heading(told),
        opening=opening,
        anchor=anchor,
        cite=cite,
        cited=lambda number: cited.get(number, []),
        style=Markup(STYLE),  # noqa: S704 (our own file)
        most=MOST_SHOWN,
    )


def anchor(section: Section) -> str:
    """The name by which links lead to a section."""
    return f"section-{section.name.replace('.', '-')}"


@functools.cache
def _template() -> jinja2.Template:
    world = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False
    )
    return world.get_template("booklet.html")
