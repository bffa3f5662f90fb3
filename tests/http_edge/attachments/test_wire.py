"""What a client without the file's bytes is told of it."""

from http import HTTPStatus

from actors.values import Who, attachment
from http_edge.attachments.ranges import Cut, Version
from http_edge.attachments.wire import download
from tests.fakes.memory_attachments import MemoryFile

FILE = MemoryFile(attachment(7, "a.txt", "text/plain", 5), Who("user", 1), b"hello")
VERSION = Version.of(FILE.digest, FILE.saved_at)


async def test_head_says_all_and_sends_nothing() -> None:
    response = download(FILE, Cut(HTTPStatus.OK, 0, 5), VERSION, with_body=False)
    assert await response.get_data(as_text=False) == b""
    assert response.headers["Content-Length"] == "5"
    response = download(FILE, Cut(HTTPStatus.PARTIAL_CONTENT, 1, 3), VERSION, with_body=False)
    assert (response.headers["Content-Length"], response.headers["Content-Range"]) == ("2", "bytes 1-2/5")


async def test_not_modified_says_only_what_may_have_changed() -> None:
    response = download(FILE, Cut(HTTPStatus.NOT_MODIFIED, 0, 0), VERSION, with_body=True)
    assert response.headers["ETag"] == VERSION.tag
    assert not {"Content-Length", "Content-Type", "Content-Range"} & set(response.headers.keys())


async def test_a_slow_reader_has_no_deadline_on_the_whole() -> None:
    assert download(FILE, Cut(HTTPStatus.OK, 0, 5), VERSION, with_body=True).timeout is None
