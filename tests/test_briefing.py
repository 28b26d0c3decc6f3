"""The briefing: the answer in its own words, bound to its results, the same bytes each time, readable by everybody."""

import ast
import html
import io
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import numpy as np
import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

import sim.report
from sim.cli.commands import cli
from sim.compare.comparison import Comparison
from sim.report import briefing as briefings
from sim.report.briefing import StaleError, briefing, stamp_of
from sim.report.content import Paragraph, Table, answer_in_words
from sim.report.documents import WRITERS, stamp_in, to_html, to_pdf, to_word, verified, write
from sim.report.panels import Chart
from sim.scenario.reading import load
from sim.study.folder import save
from sim.study.goal import Answer, Quest, answer_at, read_target
from sim.study.study import Study, answer

NAME = "uptake-50"
MADE = date(2026, 11, 26)
# Names and terms that hold digits: anything else in the texts of a briefing comes from its results.
ALLOWED = ("PDF/UA", "UTF-8", "h1", "h2")


@pytest.fixture(scope="module")
def compared(shared) -> Comparison:
    scenarios = {"baseline": load("london/baseline"), NAME: load(f"london/{NAME}")}
    changes = {"time that diversion frees is left idle": {"courts.reuse": 0.0}}
    study = Study(scenarios, (1, 2, 3, 4), 1, 0.01, structures=changes)
    made = answer(study, store=shared, structures=True, by="ethnicity")
    sources = {name: f"london/{name}" for name in scenarios}
    return replace(made, provenance=replace(made.provenance, made=MADE.isoformat(), sources=sources))


def has_pango() -> bool:
    try:
        import weasyprint  # noqa: F401
    except OSError:
        return False
    return True


WITH_PDF = pytest.mark.skipif(
    not has_pango() and os.environ.get("SLIPROAD_BROWSER") != "needed", reason="PDF needs the system library Pango"
)
ENDINGS = [pytest.param(ending, marks=WITH_PDF if ending == ".pdf" else ()) for ending in WRITERS]


@pytest.fixture(scope="module")
def told(compared):
    return briefing(compared)


@pytest.fixture(scope="module")
def pdf(told) -> PdfReader:
    return PdfReader(io.BytesIO(to_pdf(told)))


def pieces(told, kind):
    return [piece for section in told.sections for piece in section.pieces if isinstance(piece, kind)]


# What it says ------------------------------------------------------------------------------------------------


def test_it_tells_the_answer_in_the_words_of_the_terminal_and_the_page(compared, told):
    said = [piece.text for piece in pieces(told, Paragraph)]
    answer = [piece.text for piece in answer_in_words(compared, NAME)]
    assert len(answer) > 5
    assert [text for text in said if text in answer] == answer


def test_its_sections_come_in_the_order_a_committee_reads(told):
    assert [section.title for section in told.sections] == [
        "The question",
        "The answer",
        "What this cannot tell you",
        "The answer in pictures",
        "The options beside each other",
        "What limits the courts",
        "How the model did on the past",
        "The assumptions that matter most",
        "At what values the answer would turn",
        "Who is affected, and victims",
        "The law of the disposals",
        "How it was done",
        "Terms",
        "Sources",
        "How to run it again",
    ]


def test_no_figure_is_written_in_its_own_texts():
    """Every string of the module, and the words of its template: digits come from the results alone."""
    module = Path(briefings.__file__)
    texts = [node.value for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Constant)]
    texts = [text for text in texts if isinstance(text, str)]
    template = (module.parent / "templates" / "briefing.html").read_text()
    body = re.sub(r"\{[{%].*?[%}]\}", "", template[template.index("<main>") :])
    for allowed in ALLOWED:
        body = body.replace(allowed, "")
    assert len(texts) > 100
    assert not [text for text in [*texts, re.sub(r"<[^>]*>", "", body)] if re.search(r"\d", text)]


def test_the_assumption_that_moves_the_difference_furthest_comes_first(compared, told):
    table = next(one for one in pieces(told, Table) if one.title == "What the difference rests on")
    rows = compared.structures.query("measure == 'magistrates.open' and structure != 'as stated'")
    assert f"{rows['difference'].iloc[0]:+,.0f}" in table.rows[0][-1]
    assert "courts.reuse" in table.rows[0][0]
    assert 1 < len(table.rows) <= 5


@pytest.mark.parametrize(
    ("row", "over", "grade"),
    [
        ((-5.0, -6.0, -4.0), (-9.0, -1.0), "high"),
        ((-5.0, -6.0, -4.0), (-9.0, 1.0), "low"),
        ((-5.0, -6.0, -4.0), (np.nan, np.nan), "medium"),
        ((-5.0, -6.0, 1.0), (-9.0, -1.0), "no clear difference"),
        ((-5.0, np.nan, np.nan), (-9.0, -1.0), "low: one replication"),
        ((0.0, 0.0, 0.0), (0.0, 0.0), "none"),
        ((np.nan, np.nan, np.nan), (0.0, 0.0), "not known"),
    ],
)
def test_how_sure_it_is_goes_by_chance_and_by_ways_of_working(row, over, grade):
    known = dict(zip(("difference", "low", "high"), row, strict=True))
    assert briefings.how_sure(known, *over).startswith(grade)


def test_few_replications_and_nothing_that_differs_are_said(compared):
    provenance = replace(compared.provenance, seeds=(1,))
    said = [piece.text for piece in pieces(briefing(replace(compared, provenance=provenance)), Paragraph)]
    assert any(text.startswith("This rests on one replication") for text in said)
    same = replace(compared, table=compared.table.assign(difference=0.0, low=0.0, high=0.0, chance_lower=0.5))
    alike = briefing(same)
    assert any(text.startswith("Nothing differs") for text in [piece.text for piece in pieces(alike, Paragraph)])
    assert not pieces(alike, Chart)


@pytest.fixture(scope="module")
def goal() -> Answer:
    """Found on a straight line, so that it is known: uptake 0.25 gives 0."""
    quest = Quest(
        scenario=load("london/uptake-50"),
        lever="diversion.uptake",
        target=read_target("difference magistrates.open = 0"),
        between=(0.0, 1.0),
        seeds=(1, 2, 3, 4),
        years=1,
        share=0.01,
        baseline=load("london/baseline"),
    )
    values = np.array([0.0, 0.5, 1.0])
    return answer_at(quest, values, np.outer(400 * values - 100, np.ones(4)), "2026-12-31")


def test_the_goals_that_are_given_are_told(compared, goal):
    told = briefing(compared, goals=[(goal, compared.provenance.model)])
    said = next(section for section in told.sections if section.title.startswith("At what values")).pieces
    assert len(said) == 1
    assert "diversion.uptake = 0.25 (0.25 to 0.25) gives 0 cases (difference in" in said[0].text
    assert "other structures of the model may need another value" in said[0].text


def test_goals_of_other_scenarios_or_another_version_are_refused(compared, goal):
    other = replace(goal, quest=replace(goal.quest, scenario=load("london/uptake-50-effect-30")))
    with pytest.raises(ValueError, match="other scenarios than those of these results"):
        briefing(compared, goals=[(other, compared.provenance.model)])
    with pytest.raises(StaleError, match="computed with old"):
        briefing(compared, goals=[(goal, "old")])
    assert "old" in briefing(compared, allow_stale=True, goals=[(goal, "old")]).warning


@pytest.fixture(scope="module")
def old(compared):
    return replace(compared, provenance=replace(compared.provenance, model="0.0.1+gone"))


def test_results_of_another_version_are_refused_or_marked(old):
    with pytest.raises(StaleError, match="run the comparison again"):
        briefing(old)
    marked = briefing(old, allow_stale=True)
    assert "earlier model (0.0.1+gone)" in marked.warning
    header = docx.Document(io.BytesIO(to_word(marked))).sections[0].header.paragraphs[0].text
    assert header == marked.warning


@WITH_PDF
def test_every_page_is_marked(old):
    pages = PdfReader(io.BytesIO(to_pdf(briefing(old, allow_stale=True)))).pages
    assert len(pages) > 1
    assert all("earlier model (0.0.1+gone)" in page.extract_text() for page in pages)


def test_a_title_that_holds_markup_is_text(compared):
    odd = compared.scenarios[NAME].model_copy(update={"title": "<script>alert('x')</script> & **bold** $x$"})
    made = briefing(replace(compared, scenarios=compared.scenarios | {NAME: odd}))
    html = to_html(made).decode()
    assert "<script>" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; **bold** $x$" in html
    assert odd.title in docx.Document(io.BytesIO(to_word(made))).core_properties.title


# What it looks like to a machine that reads it out -------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_results_give_the_same_bytes(told, ending):
    assert WRITERS[ending](told) == WRITERS[ending](told)


def tags(node, found=None):
    """(type, alternative text) of every structure element of a PDF, in order of reading."""
    found = [] if found is None else found
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, ArrayObject):
        for child in node:
            tags(child, found)
    elif isinstance(node, DictionaryObject) and ("/S" in node or node.get("/Type") == "/StructTreeRoot"):
        if "/S" in node:
            found.append((str(node["/S"]), node.get("/Alt")))
        if "/K" in node:
            tags(node["/K"], found)
    return found


@WITH_PDF
def test_the_pdf_is_tagged_for_those_who_have_it_read_out(told, pdf):
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title == told.title
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    read = tags(root["/StructTreeRoot"])
    kinds = [kind for kind, _ in read]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == len(told.sections)
    assert kinds.index("/H1") < kinds.index("/H2")
    assert [alt for kind, alt in read if kind == "/Figure"] == [chart.alt for chart in pieces(told, Chart)]
    tables = pieces(told, Table)
    assert kinds.count("/Table") == len(tables)
    assert kinds.count("/TH") == sum(len(table.columns) + len(table.rows) for table in tables)


@WITH_PDF
def test_its_text_comes_out_in_order_on_a_few_pages(told, pdf):
    assert 2 <= len(pdf.pages) <= 4
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    place = 0
    for section in told.sections:
        place = text.index(section.title, place)  # ValueError: it comes too early, or not at all


def test_word_has_the_same_headings_tables_and_alternative_texts(told):
    document = docx.Document(io.BytesIO(to_word(told)))
    headings = [one.text for one in document.paragraphs if one.style.name == "Heading 1"]
    assert headings == [section.title for section in told.sections]
    tables = pieces(told, Table)
    assert [tuple(cell.text for cell in one.rows[0].cells) for one in document.tables] == [
        one.columns for one in tables
    ]
    assert all("w:tblHeader" in one.rows[0]._tr.xml for one in document.tables)
    pictures = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert pictures == [chart.alt for chart in pieces(told, Chart)]
    assert document.core_properties.title == told.title


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_word_opens_in_libreoffice_with_the_same_headings_tables_and_alternative_texts(told, tmp_path):
    (tmp_path / "brief.docx").write_bytes(to_word(told))
    own = f"-env:UserInstallation=file://{tmp_path / 'office'}"
    command = ["soffice", own, "--headless", "--convert-to", "odt", "--outdir", tmp_path, tmp_path / "brief.docx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(tmp_path / "brief.odt") as archive:
        content = html.unescape(archive.read("content.xml").decode())
    headings = [re.sub("<[^>]*>", "", text) for text in re.findall(r"<text:h .*?</text:h>", content)]
    assert headings == [section.title for section in told.sections]
    assert content.count("<table:table-header-rows>") == len(pieces(told, Table))
    assert re.findall(r"<svg:desc>(.*?)</svg:desc>", content) == [chart.alt for chart in pieces(told, Chart)]


# Bound to its results -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_is_told_from_a_briefing_on_other_figures(compared, told, tmp_path, ending):
    path = tmp_path / f"brief{ending}"
    write(told, path)
    assert stamp_in(path)["run"] == compared.provenance.run_id
    words, holds = verified(path, compared)
    assert holds
    assert "this version" in words[0]
    moved = replace(compared, table=compared.table.assign(value=compared.table["value"] + 1))
    assert stamp_of(moved) != told.stamp
    assert not verified(path, moved)[1]
    assert list(tmp_path.iterdir()) == [path]


def test_commands_write_and_verify_it_and_refuse_what_is_no_briefing(compared, tmp_path):
    save(tmp_path / "results", compared)
    run, out = CliRunner().invoke, tmp_path / "brief.html"
    made = run(cli, ["brief", str(tmp_path / "results"), "--out", str(out), "--date", "2027-01-02"])
    assert made.exit_code == 0, made.output
    assert "2 January 2027" in out.read_text()
    assert run(cli, ["verify", str(out), str(tmp_path / "results")]).exit_code == 0
    out.write_text(out.read_text().replace("sliproadstamp", "gone"))
    for arguments, said in (
        (["verify", str(out)], "stamp is gone"),
        (["verify", str(tmp_path / "brief.txt")], ".pdf, .html, .docx"),
        (["brief", str(tmp_path), "--out", str(out)], "no finished results"),
        (["brief", str(tmp_path / "results"), "--out", str(tmp_path / "brief.txt")], ".pdf, .html, .docx"),
    ):
        refused = run(cli, arguments)
        assert (refused.exit_code, said in refused.output) == (2, True)


def test_damaged_documents_are_no_briefings(told, tmp_path):
    for ending in WRITERS:
        path = tmp_path / f"brief{ending}"
        path.write_bytes(b"PK\x03\x04 broken %PDF-1.7")
        with pytest.raises(ValueError, match="no briefing of sliproad"):
            stamp_in(path)
    with zipfile.ZipFile(tmp_path / "brief.docx", "w") as pack:
        pack.writestr("nothing.xml", "")
    with pytest.raises(ValueError, match="no briefing of sliproad"):
        stamp_in(tmp_path / "brief.docx")


def test_the_package_holds_its_template():
    assert (Path(sim.report.__file__).parent / "templates" / "briefing.html").is_file()
