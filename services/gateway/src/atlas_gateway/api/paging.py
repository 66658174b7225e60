"""How every listing is paged."""

from typing import Annotated

from fastapi import Query

Limit = Annotated[int, Query(ge=1, le=500, description="Items on a page")]
Cursor = Annotated[str, Query(max_length=2000, description="`next_cursor` of the page before; empty: the first page")]
