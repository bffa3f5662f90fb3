"""What every test may rely on, however the suite was started."""

import signal


def pytest_configure() -> None:
    """Undo what a shell does to its background jobs: a program that inherits an ignored SIGINT is deaf to Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
