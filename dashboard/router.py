"""Which page is shown: start, answer, change or compare."""

from __future__ import annotations

import lay_out
import links
import streamlit as st
from views import answer, change, compare, start

TITLE = "sliproad: diversion, courts and reoffending"


def show() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title=TITLE, layout="wide", initial_sidebar_state="collapsed")
    lay_out.style()
    pages = {
        "start": st.Page(start.show, title="Start", url_path="start", default=True),
        "answer": st.Page(answer.show, title="Answer", url_path="answer"),
        "change": st.Page(change.show, title="Change", url_path="change"),
        "compare": st.Page(compare.show, title="Compare", url_path="compare"),
    }
    links.know(pages)
    st.navigation(list(pages.values()), position="top").run()
