"""What the checks of deployments read: the repository's files, and the settings that the services know."""

import subprocess
import sys
from pathlib import Path

import pytest
from atlas_common.ending import CLOSING_SECONDS
from atlas_common.settings import ServeSettings
from atlas_ops.settings import groups

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LONGEST_END_SECONDS = ServeSettings.model_fields["grace_seconds"].default + CLOSING_SECONDS
"""What a service takes at most after SIGTERM; the gateway's grace is shorter."""


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def known_settings() -> set[str]:
    return {setting.name for group in groups() for setting in group.settings}


def run(*command: str) -> str:
    """Output of one of the environment's programs, run in the repository's root; fails with what it wrote."""
    program, *arguments = command
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
