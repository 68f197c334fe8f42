"""The text of a PowerPoint file."""

from collections.abc import Iterator

from .office_markup import Markup
from .office_package import Package, Part, attribute


def read_slides(package: Package, presentation: Part) -> Iterator[str]:
    """The slides in order, each with its notes and comments."""
    names = package.related(presentation.name, "slide")
    for number, entry in enumerate(presentation.root.iterfind("{*}sldIdLst/{*}sldId"), 1):
        if not (slide := package.part(names.get(attribute(entry, "id") or ""))):
            continue
        lines = list(_lines(package, slide))
        for kind, title in (("notesSlide", "Notes"), ("comments", "Comments")):
            for part in package.parts(slide.name, kind):
                lines += _titled(title, _lines(package, part))
        if lines:
            yield "\n".join((f"Slide {number}", *lines))


def _lines(package: Package, part: Part) -> Iterator[str]:
    """The paragraphs and tables of a slide, without the fields for its number."""
    for field in [*part.root.iter("{*}fld")]:
        if field.get("type") == "slidenum":
            field.getparent().remove(field)
    yield from filter(None, Markup(package, part).blocks(part.root))
    for text in part.root.iter("{*}text"):  # a comment in the format until 2021
        if text.text:
            yield text.text.strip()


def _titled(title: str, lines: Iterator[str]) -> list[str]:
    text = "\n".join(lines)
    return [f"{title}: {text}"] if text else []
