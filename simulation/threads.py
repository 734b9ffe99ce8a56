"""Threads on virtual time: each is a process of the scheduler, and belongs to the call of a function that began it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

from simulation.scheduler import Killed, Scheduler

T = TypeVar("T")
Begin = Callable[[Callable[[], object]], greenlet]
"""Begins a process that belongs to the present one."""


class Future:
    """`concurrent.futures.Future`, as far as `exchange` uses it."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiter: Any = None
        self._outcome: tuple[Any, BaseException | None] | None = None

    def done(self) -> bool:
        return self._outcome is not None

    def set_result(self, value: Any) -> None:
        self._end(value, None)

    def set_exception(self, error: BaseException) -> None:
        self._end(None, error)

    def result(self, timeout: float | None = None) -> Any:
        if self._outcome is None:
            self._waiter = getcurrent()
            if timeout is None:
                self._scheduler.suspend()
            else:
                self._scheduler.sleep(timeout)
            self._waiter = None
        if self._outcome is None:
            raise TimeoutError
        value, error = self._outcome
        if error:
            raise error
        return value

    def _end(self, value: Any, error: BaseException | None) -> None:
        if self._outcome is None:
            self._outcome = value, error
            if self._waiter:
                self._scheduler.resume(self._waiter)


class Threads:
    """What `threading` and `concurrent.futures` are for modules of the functions.

    `begin`: begins a process that belongs to the present one, so that both die together.
    """

    def __init__(self, scheduler: Scheduler, begin: Begin) -> None:
        self._scheduler = scheduler
        self._begin = begin

    def future(self) -> Future:
        return Future(self._scheduler)

    def thread(self, target: Callable[..., object], args: Iterable[Any] = (), **_: Any) -> Any:
        """Return something that can be started once."""
        begin, given = self._begin, tuple(args)

        class Thread:
            def start(self) -> None:
                begin(lambda: target(*given))

        return Thread()

    def one(self, work: Callable[[], T]) -> T:
        """Do something in a process of its own, and return what it returns, or raise what it raises."""
        end = self.future()
        self._begin(lambda: _settle(end, lambda _: work(), None))
        result: T = end.result()
        return result

    def map(self, function: Callable[[Any], T], values: Iterable[Any]) -> Iterator[T]:
        """Call the function with each value at once; raise the first error once all have ended."""
        ends = []
        for value in values:
            end = self.future()
            self._begin(lambda value=value, end=end: _settle(end, function, value))  # type: ignore[misc]
            ends.append(end)
        return iter([end.result() for end in ends])


def _settle(end: Future, function: Callable[[Any], Any], value: Any) -> None:
    try:
        end.set_result(function(value))
    except Killed:
        raise
    except BaseException as error:  # noqa: BLE001  # whoever asks for the result raises it
        end.set_exception(error)


class Pool:
    """`ThreadPoolExecutor` of the present threads."""

    def __init__(self, threads: Callable[[], Threads]) -> None:
        self._threads = threads

    def __call__(self, _workers: int) -> Pool:
        return self

    def __enter__(self) -> Threads:
        return self._threads()

    def __exit__(self, *_: object) -> None:
        pass


class Local:
    """`threading.local` for processes."""

    def __init__(self) -> None:
        object.__setattr__(self, "_values", WeakKeyDictionary())

    def __setattr__(self, name: str, value: Any) -> None:
        self._values.setdefault(getcurrent(), {})[name] = value

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[getcurrent()][name]
        except KeyError:
            raise AttributeError(name) from None


class Lock:
    """Nothing runs at once here."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class Futures:
    """The class `concurrent.futures.Future`, of these threads."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    def __call__(self) -> Any:
        return self._threads.future()

    def __class_getitem__(cls, _: Any) -> Any:
        return cls
