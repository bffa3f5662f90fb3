"""A mailer that keeps what it was given."""

from actors.ports import Letter


class FakeMailer:
    """The `Mailer` port."""

    def __init__(self) -> None:
        self.posted: list[Letter] = []

    def post(self, letter: Letter) -> None:
        self.posted.append(letter)
