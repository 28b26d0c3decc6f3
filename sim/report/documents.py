"""A briefing as a document: HTML, from which the PDF is made, and Word. Equal briefings give equal bytes."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.compare.comparison import Comparison
from sim.report.briefing import Briefing, Section, stamp_of
from sim.report.content import Paragraph, Table
from sim.report.panels import AnyPanel, BarPanel, Chart, DotsPanel
from sim.report.print import save
from sim.study.cells import model_version
from sim.study.whole import write_whole

if TYPE_CHECKING:
    from docx.document import Document

T = TypeVar("T")
_TEMPLATES = Path(__file__).parent / "templates"
_STAMP = "sliproadstamp"  # name of the piece of a document that binds it to its results
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of a zip archive: the date every entry is given
_WIDE, _TALLEST = 7.2, 2.6  # inches: of a chart, and of its dots
_PAGE, _TEXT, _MARGIN = (8.27, 11.69), 6.77, 0.75  # inches: A4 in Word, the width of its text, and its edges
_SMALL, _LONG_WORD, _PADDING = 8, 20, 3  # points of a Word table's text; letters: of a word that may break, and around
_LINES, _ROW, _BAR, _AROUND = 1.5, 0.22, 1.5, 0.6  # inches: of lines, of a row of dots, of a bar, and of an axis


def to_html(briefing: Briefing) -> bytes:
    """Lay *briefing* out as one HTML page that needs nothing beside it."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["picture"] = _as_data
    environment.tests |= {"paragraph": _is(Paragraph), "table": _is(Table), "chart": _is(Chart)}
    page = environment.get_template("briefing.html")
    return page.render(briefing=briefing, numbers=count(1), next=next, stamp_name=_STAMP).encode()


def to_pdf(briefing: Briefing) -> bytes:
    """Lay *briefing* out as tagged PDF (PDF/UA), by way of its HTML.

    Raises:
        OSError: the system has not the library that sets type.
    """
    try:
        import weasyprint
    except OSError:
        raise OSError(
            "PDF needs the system library Pango (Debian: apt install libpangoft2-1.0-0 libharfbuzz-subset0); "
            ".html and .docx need nothing more"
        ) from None

    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))  # nothing outside the page itself
    html = weasyprint.HTML(string=to_html(briefing).decode(), url_fetcher=fetcher)
    return html.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=briefing.stamp.encode()[:16], custom_metadata=True)


def to_word(briefing: Briefing) -> bytes:
    """Lay *briefing* out as a Word document with real headings and tables, and alternative texts."""
    import docx

    document = docx.Document()
    _describe(document, briefing)
    document.add_heading(briefing.title, 0)
    document.add_paragraph(briefing.about)
    if briefing.warning:
        document.sections[0].header.paragraphs[0].text = briefing.warning
    numbers = count(1)
    for section in briefing.sections:
        _add(document, section, numbers)
    written = io.BytesIO()
    document.save(written)
    return _undated(written.getvalue())


WRITERS: dict[str, Callable[[Briefing], bytes]] = {".pdf": to_pdf, ".html": to_html, ".docx": to_word}


def write(briefing: Briefing, path: Path) -> None:
    """Write *briefing* into the file *path*, whole or not at all; its ending says what kind.

    Raises:
        ValueError: the ending is none of WRITERS.
        OSError: it cannot be written.
    """
    write_whole(path, _of_kind(WRITERS, path)(briefing))


def verified(path: Path, comparison: Comparison | None = None) -> tuple[list[str], bool]:
    """Return what the document at *path* says of itself, in words, and whether all of it holds.

    Args:
        path: of a briefing.
        comparison: the results it is said to be made from; none compares nothing but the version.

    Raises:
        ValueError: it is no briefing, or its stamp is gone.
        OSError: it cannot be read.
    """
    stamp = stamp_in(path)
    is_ours = stamp["model"] == model_version()
    told = [
        f"Run {stamp['run']}, computed with {stamp['model']}: {'this version' if is_ours else 'another version'}.",
    ]
    if comparison is None:
        return told, True
    holds = stamp_of(comparison) == json.dumps(stamp)
    told.append("Its figures are those of the results." if holds else "Its figures are NOT those of the results.")
    return told, holds


def stamp_in(path: Path) -> dict[str, str]:
    """Return the stamp of the document at *path*: run, model and a hash of every figure.

    Raises:
        ValueError: it is no briefing, or was changed so that its stamp is gone.
        OSError: it cannot be read.
    """
    reader = _of_kind({".pdf": _stamp_of_pdf, ".html": _stamp_of_html, ".docx": _stamp_of_word}, path)
    content = path.read_bytes()
    try:
        stamp = json.loads(reader(content))
        return {part: str(stamp[part]) for part in ("run", "model", "figures")}
    except Exception as error:  # what reads PDF, Word and archives raises errors of any kind where one is damaged
        raise ValueError(f"{path}: no briefing of sliproad, or its stamp is gone") from error


def _of_kind(by_ending: dict[str, T], path: Path) -> T:
    try:
        return by_ending[path.suffix.lower()]
    except KeyError:
        raise ValueError(f"{path}: a briefing ends in {', '.join(by_ending)}") from None


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda piece: isinstance(piece, kind)


def _as_data(chart: Chart) -> str:
    """The picture of a chart as the address of an image; its title stands above it as text."""
    return f"data:image/svg+xml;base64,{base64.b64encode(_drawn(chart, 'svg')).decode()}"


def _drawn(chart: Chart, kind: str) -> bytes:
    written = io.BytesIO()
    save(chart, written, kind=kind, size=(_WIDE, _AROUND + sum(map(_height, chart.panels))), titled=False)
    return written.getvalue()


def _height(panel: AnyPanel) -> float:
    if isinstance(panel, DotsPanel):
        return max(_LINES, min(_ROW * len(panel.rows) * len(panel.dots) ** 0.5, _TALLEST))
    return _BAR if isinstance(panel, BarPanel) else _LINES


def _describe(document: Document, briefing: Briefing) -> None:
    """Title, language, date and stamp of a Word document, and the look of its pages."""
    from docx.oxml.ns import qn
    from docx.shared import Inches, Pt

    about, made = document.core_properties, datetime.combine(briefing.made, datetime.min.time(), UTC)
    about.title, about.language, about.author, about.comments = briefing.title, "en-GB", "sliproad", briefing.stamp
    about.created = about.modified = made
    page, normal = document.sections[0], document.styles["Normal"]
    page.page_width, page.page_height = map(Inches, _PAGE)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Inches(_MARGIN)
    for style in (normal, *(document.styles[name] for name in ("Title", "Heading 1", "Caption"))):
        style.font.name = "Arial"
    normal.font.size = Pt(10)
    language = document.styles.element.find(f".//{qn('w:lang')}")
    if language is not None:
        language.set(qn("w:val"), "en-GB")


def _add(document: Document, section: Section, numbers: Iterator[int]) -> None:
    document.add_heading(section.title, 1)
    for piece in section.pieces:
        if isinstance(piece, Paragraph):
            document.add_paragraph(f"{next(numbers)}. {piece.text}")
        elif isinstance(piece, Table):
            _add_table(document, piece)
        else:
            _add_chart(document, piece)


def _add_table(document: Document, table: Table) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Inches, Pt

    document.add_paragraph(table.title, "Caption").paragraph_format.keep_with_next = True
    widths, texts = _widths(table), (table.columns, *table.rows)
    made = document.add_table(len(texts), len(table.columns), "Light Grid Accent 1")
    made.style.font.size, made.autofit = Pt(_SMALL), False
    for of_column, width in zip(made.columns, widths, strict=True):
        of_column.width = Inches(width)
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row, of_row in zip(made.rows, texts, strict=True):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text, width in zip(row.cells, of_row, widths, strict=True):
            cell.text, cell.width = text, Inches(width)
    if table.note:
        document.add_paragraph(table.note)


def _widths(table: Table) -> list[float]:
    """Widths of a table's columns in inches: by their longest text, and none narrower than its longest word."""
    shares = []
    for column in zip(table.columns, *table.rows, strict=True):
        word = max(len(word) for text in column for word in text.split() or [""])
        shares.append(max(min(word, _LONG_WORD), max(map(len, column)) ** 0.5) + _PADDING)
    return [_TEXT * share / sum(shares) for share in shares]


def _add_chart(document: Document, chart: Chart) -> None:
    from docx.shared import Inches

    document.add_paragraph(f"{chart.title}. {chart.subtitle}.", "Caption").paragraph_format.keep_with_next = True
    picture = document.add_picture(io.BytesIO(_drawn(chart, "png")), Inches(_TEXT))
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    picture._inline.docPr.set("descr", chart.alt)
    document.add_paragraph(chart.note)


def _undated(archive: bytes) -> bytes:
    """The same zip archive, whose entries say nothing of when they were written."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _FIRST_DAY), old.read(name), zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _stamp_of_html(content: bytes) -> str:
    import html

    found = re.search(rf'<meta name="{_STAMP}" content="([^"]*)"', content.decode("utf-8", errors="replace"))
    return html.unescape(found[1]) if found else ""


def _stamp_of_pdf(content: bytes) -> str:
    from pypdf import PdfReader

    about: Any = PdfReader(io.BytesIO(content)).metadata
    return str(about[f"/{_STAMP}"])


def _stamp_of_word(content: bytes) -> str:
    import docx

    return docx.Document(io.BytesIO(content)).core_properties.comments
