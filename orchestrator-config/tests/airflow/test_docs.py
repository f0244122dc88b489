import pytest
from docs_blocks import Block, blocks, import_all, is_of_airflow

PYTHON = [block for block in blocks("python") if is_of_airflow(block)]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.place)
def test_python_of_the_documentation_is_that_and_imports_what_there_is(block: Block) -> None:
    import_all(f"{block.prelude}\n{block.code}")
