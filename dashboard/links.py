"""Links from one page to another that carry the question along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import address
import lay_out
import streamlit as st

from sim.study.question import Asked


def to(page: str, label: str, *asked: Asked, sizes: Mapping[str, Any] | None = None) -> None:
    """Draw a link to *page* that asks there for what is *asked* here."""
    carried = address.params(address.Address(asked, sizes or {}))
    st.page_link(f"views/{page}.py", label=lay_out.plain(label), query_params=carried)
