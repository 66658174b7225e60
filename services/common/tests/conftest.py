from pathlib import Path

import pytest
from atlas_common.tables import Table, Tables

from services.common.tests.things import SPEC


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Tables(str(tmp_path)).open(SPEC)
