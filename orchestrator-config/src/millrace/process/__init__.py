"""A running operator: its process, the messages that it sends, and the errors that it reports."""
