"""Many runs, each in a process of its own that is forked from one that has loaded everything."""

from __future__ import annotations

import gc
import os
import pickle
import selectors
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Crash:
    """A run that ended in an error of its own; no run should."""

    what: Any
    words: str


def each(work: Callable[[Any], Any], given: Iterable[Any], processes: int) -> Iterator[Any]:
    """Do the work for each value in a fork of this process, so many at once, and yield what comes of it in that order.

    A fork begins with what is loaded, and takes nothing of what another one did: so a run is the same wherever it
    stands.
    """
    gc.collect()
    gc.freeze()
    todo, begun = iter(given), 0
    ended: dict[int, Any] = {}
    following = 0
    with selectors.DefaultSelector() as selector:
        is_more = True
        while True:
            while is_more and len(selector.get_map()) < processes and len(ended) < 50 * processes:
                try:
                    value = next(todo)
                except StopIteration:
                    is_more = False
                    break
                pipe, pid = _fork(work, value)
                selector.register(pipe, selectors.EVENT_READ, (begun, pid, bytearray()))
                begun += 1
            if not selector.get_map() and not is_more and not ended:
                return
            for key, _ in selector.select():
                number, pid, read = key.data
                chunk = os.read(key.fd, 1 << 16)
                if chunk:
                    read += chunk
                    continue
                selector.unregister(key.fd)
                os.close(key.fd)
                os.waitpid(pid, 0)
                ended[number] = pickle.loads(bytes(read))  # noqa: S301  # of our own fork
            while following in ended:
                yield ended.pop(following)
                following += 1


def _fork(work: Callable[[Any], Any], value: Any) -> tuple[int, int]:
    """Return the pipe that the fork writes its result to, and its process id."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return reading, pid
    gc.disable()
    try:
        result = work(value)
    except BaseException as error:  # noqa: BLE001  # the parent has to hear of it
        import traceback  # noqa: PLC0415

        result = Crash(value, "".join(traceback.format_exception(error)))
    with os.fdopen(writing, "wb") as pipe:
        pickle.dump(result, pipe)
    os._exit(0)
