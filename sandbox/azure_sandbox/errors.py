# SPDX-License-Identifier: Apache-2.0


class CommandError(Exception):
    """A command of the sandbox cannot be carried out; its text is one paragraph for the user."""

    def __init__(self, message: str, *, exit_status: int = 1) -> None:
        super().__init__(message)
        self.exit_status = exit_status
