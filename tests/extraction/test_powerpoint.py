"""Slides are read in order, with all their text and their notes."""

from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from doubles.files import changed

SIZE = [Inches(1)] * 4


def test_all_that_stands_on_a_slide_is_read(text_of):
    show = Presentation()
    slide: Any = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Plan"
    slide.placeholders[1].text = "First\nSecond"
    table = slide.shapes.add_table(2, 2, *SIZE).table
    for place, text in enumerate(["Oslo", "1", "Bergen", "2"]):
        table.cell(place // 2, place % 2).text = text
    data: Any = CategoryChartData()
    data.categories = ["East", "West"]
    data.add_series("Q1", (19.2, 21.4))
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, *SIZE, data)
    slide.notes_slide.notes_text_frame.text = "Say hello"
    group = show.slides.add_slide(show.slide_layouts[6]).shapes.add_group_shape()
    group.shapes.add_textbox(*SIZE).text_frame.text = "Grouped"
    file = BytesIO()
    show.save(file)

    assert text_of(file.getvalue(), "pptx") == (
        "Slide 1\nPlan\nFirst\nSecond\nOslo | 1\nBergen | 2\nQ1 | East, West | 19.2, 21.4\nNotes: Say hello"
        "\n\nSlide 2\nGrouped"
    )


def test_slides_come_in_the_order_of_the_show(text_of):
    show = Presentation()
    for text in ("a", "b"):
        show.slides.add_slide(show.slide_layouts[6]).shapes.add_textbox(*SIZE).text_frame.text = text
    file = BytesIO()
    show.save(file)
    ids = [f'r:id="{relation.rId}"' for relation in show.part.rels.values() if relation.reltype.endswith("/slide")]

    swapped = changed(file.getvalue(), (ids[0], "~"), (ids[1], ids[0]), ("~", ids[1]), only="ppt/presentation.xml")

    assert text_of(swapped, "pptx") == "Slide 1\nb\n\nSlide 2\na"
