"""Which page is shown: start, answer, change, compare, journey, explore or evidence."""

from __future__ import annotations

import lay_out
import streamlit as st

TITLE = "sliproad: diversion, courts and reoffending"
PAGES = (
    "Start",
    "Answer",
    "Change",
    "Compare",
    "Journey",
    "Explore",
    "Evidence",
    "Area",
)  # each a file of views/; the first is shown first


def show() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title=TITLE, layout="wide", initial_sidebar_state="collapsed")
    lay_out.style()
    pages = [st.Page(f"views/{name.lower()}.py", title=name, url_path=name.lower()) for name in PAGES]
    st.navigation(pages, position="top").run()
