"""The error that this package raises: `[CODE] what happened. What to do.`"""


class MillraceError(Exception):
    """What happened and what to do about it, with a code that can be searched for."""

    def __init__(self, code: str, message: str, fix: str = "") -> None:
        super().__init__(f"[{code}] {_sentence(message)}{f' {_sentence(fix)}' if fix else ''}")
        self.code = code


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "\n")) else f"{text}."
