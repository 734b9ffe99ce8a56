"""mutmut with the tests collected once: the process of a mutant is forked where the first test would begin.

Usage: python -m tools.collected [--again] PATTERN ..., in the directory that `tools/mutants.py` lays out

mutmut has pytest collect the tests of each mutant, which takes far longer than most of them do. Here all of it happens
inside one session of pytest. A mutant is tried by the tests that reach its function, for so many seconds: those of its
own file first, then those of its folder, and the quickest of them before the others.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterable, Sequence
from contextlib import chdir
from itertools import takewhile, zip_longest
from pathlib import Path
from typing import Any

import pytest
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, setup_source_paths
from mutmut.workers import isolation

from tools.mutants import CAUGHT

CHILDREN = 2
SECONDS = 10.0


class Runner(PytestRunner):
    """Runs tests of a session, in the order in which they are named."""

    def __init__(self, session: pytest.Session, outcome: Outcome) -> None:
        super().__init__()
        self._session = session
        self._items = {item.nodeid: item for item in session.items}
        self._outcome = outcome
        caches = [each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper)]  # noqa: SLF001
        self._caches = [each for each in caches if str(each.__module__).startswith(("greenroom", "tests"))]

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        if mutant_name is None:
            kept = keep_the_nearest()
            tests = [each for each in tests if each in kept]
        else:
            tests = nearest(tests, mutant_name)
        return super().run_tests(mutant_name=mutant_name, tests=tests)

    def execute_pytest(self, params: list[str], **kwargs: Any) -> int:
        plugins: Sequence[Any] = kwargs.get("plugins", ())
        items = [self._items[each] for each in params if "::" in each] or self._session.items
        if "--collect-only" in params:
            for plugin in plugins:
                plugin.pytest_collection_modifyitems(items)
            return 0
        for plugin in plugins:
            self._session.config.pluginmanager.register(plugin)
        try:
            return self._run(items)
        finally:
            for plugin in plugins:
                self._session.config.pluginmanager.unregister(plugin)

    def _run(self, items: Sequence[pytest.Item]) -> int:
        """Return 0 if all of them pass, and 1 after the first that does not."""
        # A result that an earlier test has cached is not the mutant's.
        for cache in self._caches:
            cache.cache_clear()
        self._outcome.failed = False
        for item, next_item in zip_longest(items, items[1:]):
            if isinstance(item, pytest.Function):
                item._initrequest()  # noqa: SLF001  # so that it can run once more
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=next_item)
            if self._outcome.failed:
                item.session._setupstate.teardown_exact(None)  # noqa: SLF001  # pytest does so at the end of a session
                return 1
        return 0


class Outcome:
    """Notes whether a test failed, and how long each takes to be set up, which mutmut does not count."""

    def __init__(self) -> None:
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when == "setup":
            durations = state().duration_by_test
            durations[item.nodeid] = durations.get(item.nodeid, 0) + call.duration


class Mutation:
    """Run mutmut in place of the session's tests."""

    def __init__(self, names: Sequence[str], outcome: Outcome, home: Path) -> None:
        self._names = names
        self._outcome = outcome
        self._home = home

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        isolation.PytestRunner = functools.partial(Runner, session, self._outcome)  # type: ignore[attr-defined,assignment]
        with chdir(self._home):
            mutmut._run(list(self._names), CHILDREN)  # noqa: SLF001  # mutmut has no other entry
        session.testsfailed = 0  # mutmut makes one fail, to see that it can
        return True


def nearest(tests: Iterable[str], function: str) -> list[str]:
    """Sort tests as they are tried: `tests/unit/flow/test_turns.py` is the nearest to `greenroom.flow.turns`."""
    _, *place = function.split(".")

    def distance(test: str) -> tuple[int, float]:
        path = test.partition("::")[0].removeprefix("tests/unit/").removesuffix(".py").replace("test_", "")
        shared = takewhile(lambda names: names[0] == names[1], zip(path.split("/"), place, strict=False))
        return -len(list(shared)), state().duration_by_test[test]

    return sorted(tests, key=distance)


def keep_the_nearest() -> set[str]:
    """Leave each function the tests for which there is time, and return all that are left."""
    tests = state().tests_by_mangled_function_name
    for name, reaching in tests.items():
        total, kept = 0.0, set[str]()
        for each in nearest(reaching, name):
            total += state().duration_by_test[each]
            if kept and total > SECONDS:
                break
            kept.add(each)
        tests[name] = kept
    return set().union(*tests.values())


def not_caught(patterns: Sequence[str]) -> list[str]:
    """Return the mutants that survived, ran out of time, or were not tried since their function was changed."""
    mutants, _ = mutmut.collect_source_file_mutation_data(mutant_names=list(patterns))
    return [name for _, name, code in mutants if status_by_exit_code[code] != CAUGHT]


def main() -> int:
    again, names = "--again" in sys.argv, [each for each in sys.argv[1:] if each != "--again"]
    set_mutant_under_test("mutant_generation")
    copy_src_dir()
    copy_also_copy_files()
    setup_source_paths()
    mutmut.create_mutants(CHILDREN)
    if again and not (names := not_caught(names)):
        return 0
    outcome = Outcome()
    plugins = [Mutation(names, outcome, Path.cwd()), outcome]
    arguments = [*config().pytest_add_cli_args, *config().pytest_add_cli_args_test_selection]
    with chdir("mutants"):
        return int(pytest.main(["--rootdir=.", "-q", "--tb=native", "--capture=no", *arguments], plugins=plugins))


if __name__ == "__main__":
    sys.exit(main())
