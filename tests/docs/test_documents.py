"""What the documents name exists: files, make targets, and the pages they link to."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])

TARGET = re.compile(r"\bmake ([a-z][a-z0-9-]*)")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PATH = re.compile(r"`((?:services|proto|tools|tests|bench|k8s|deploy|docs)/[\w./*-]*)`")


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.fixture(scope="module")
def targets() -> set[str]:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"make ([a-z0-9-]+)", shown))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_make_target_that_a_document_names_exists(document: Path, targets: set[str]) -> None:
    code = re.findall(r"`[^`]+`|^(?:    |```).*?(?:$|```)", document.read_text(), flags=re.M | re.S)
    mentioned = {target for span in code for target in TARGET.findall(span)}
    assert mentioned <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    broken = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    missing = [path for path in PATH.findall(document.read_text()) if not list(ROOT.glob(path.rstrip("/")))]
    assert not missing


def test_every_picture_is_shown_in_a_document() -> None:
    shown = {
        (document.parent / link).resolve() for document in DOCUMENTS for link in LINK.findall(document.read_text())
    }
    assert set((ROOT / "docs/images").iterdir()) <= shown


def test_every_decision_is_listed_by_its_title() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"^- (.+?)\. \[(.+)\]\((.+)\)$", (folder / "README.md").read_text(), flags=re.M)
    assert [name for _, _, name in listed] == sorted(path.name for path in folder.glob("0*.md"))
    for number, title, name in listed:
        assert (folder / name).read_text().startswith(f"# {number}. {title}\n")
