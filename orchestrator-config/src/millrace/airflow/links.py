"""The link from a task to the records that it could not load."""

from typing import Any

from airflow.providers.common.compat.sdk import BaseOperatorLink


class DeadLettersLink(BaseOperatorLink):
    """Leads to the dead letters of the attempt: to `dead_letters_url`, else to the XCom that tells of them."""

    name = "Dead letters"
    xcom_key = "millrace_dead_letters_link"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address; empty, so that Airflow shows no link, where every record was loaded."""
        return getattr(operator, "dead_letters_link", "")
