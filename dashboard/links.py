"""Links from one page to another that carry the question along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import address
import lay_out
import streamlit as st

from sim.study.question import Asked

_PAGES = "pages"


def know(pages: Mapping[str, Any]) -> None:
    """Know the pages of this run of the script, by their names."""
    st.session_state[_PAGES] = dict(pages)


def to(page: str, label: str, *asked: Asked, sizes: Mapping[str, Any] | None = None) -> None:
    """Draw a link to *page* that asks there for what is *asked* here."""
    carried = address.params(address.Address(asked, sizes or {}))
    st.page_link(st.session_state[_PAGES][page], label=lay_out.plain(label), query_params=carried)
