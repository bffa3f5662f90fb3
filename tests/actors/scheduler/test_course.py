"""What the scheduler remembers of what it has told."""

from actors.chatpion.values import Item
from actors.scheduler.state import Course, Pace

PACE = Pace()


def test_a_course_forgets_what_has_left_the_agenda() -> None:
    course = Course(PACE, 0.0)
    for n in range(100):
        now = n * PACE.repeat_s
        course.passed(now)
        course.still_there([], now)
        course.read([Item(n, "subscriber", n)], None, whole=True, now=now)
    assert len(course._told) + len(course._before) + len(course.under_way) <= 3
