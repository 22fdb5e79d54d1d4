"""Workers: the same batches in the same order, errors, time limits, and the end of the threads."""

import gc
import os
import select
import subprocess
import sys
import threading
import time
import weakref

import pytest
from hypothesis import given, strategies as st

import autograd
from nn.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    get_worker_info,
)
from tests.nn.data.samples import Count, Squares, both, seeded


@given(count=st.integers(1, 12), size=st.integers(1, 5), workers=st.integers(1, 3), shuffle=st.booleans())
def test_workers_change_neither_batches_nor_order(count, size, workers, shuffle):
    for dataset in both(count):
        alone = DataLoader(dataset, size, shuffle=shuffle, generator=seeded(0))
        helped = DataLoader(dataset, size, shuffle=shuffle, generator=seeded(0), num_workers=workers)
        assert [[x.tolist() for x in batch] for batch in helped] == [[x.tolist() for x in batch] for batch in alone]


def test_workers_split_an_iterable_dataset_by_their_info():
    started = []
    loader = DataLoader(Count(7), 2, num_workers=3, worker_init_fn=started.append, persistent_workers=True)
    for _ in range(2):
        assert [batch.tolist() for batch in loader] == [[0, 3], [1, 4], [2, 5], [6]]
    assert sorted(started) == [0, 1, 2]
    assert get_worker_info() is None


def test_workers_prefetch_in_the_grad_mode_of_the_caller():
    seen, ahead = [], threading.Event()

    def collate(samples):
        seen.append((samples[0], autograd.is_grad_enabled(), threading.current_thread() is threading.main_thread()))
        if samples[0] == 2:
            ahead.set()
        return samples[0]

    with autograd.no_grad():
        batches = iter(DataLoader(range(9), collate_fn=collate, num_workers=1, prefetch_factor=2))
        assert next(batches) == 0
        assert ahead.wait(10)
    assert all(not grad and not main for _, grad, main in seen)
    del batches


def test_an_error_in_a_worker_reaches_the_caller():
    class Broken(Squares):
        def __getitem__(self, index):
            raise KeyError(f"no sample {index}")

    with pytest.raises(KeyError, match="no sample 0"):
        list(DataLoader(Broken(3), num_workers=2))


def test_iteration_continues_after_an_error_in_a_worker():
    class Broken(Squares):
        def __getitem__(self, index):
            return [0, 1][index]

    for workers in (0, 2):
        batches = iter(DataLoader(Broken(4), sampler=[0, 2, 1], num_workers=workers))
        assert next(batches).tolist() == [0]
        with pytest.raises(IndexError, match="list index out of range") as raised:
            next(batches)
        assert raised.traceback[-1].frame.code.name == "__getitem__"
        assert next(batches).tolist() == [1]
    assert raised.value.__notes__ == ["This was raised in worker 1 of a DataLoader."]


@pytest.mark.parametrize("dataset", [Squares(2), Count(2)])
def test_an_error_at_the_start_of_a_worker_reaches_the_caller(dataset):
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        list(DataLoader(dataset, num_workers=2, worker_init_fn=lambda number: 1 / 0))


def test_workers_end_with_the_iterator_and_persistent_workers_with_the_loader():
    def ended(threads):
        for thread in threads:
            thread.join(10)
        return not any(thread.is_alive() for thread in threads)

    others = set(threading.enumerate())
    batches = iter(DataLoader(range(9), num_workers=2))
    next(batches)
    workers = set(threading.enumerate()) - others
    del batches
    assert len(workers) == 2 and ended(workers)
    loader = DataLoader(range(3), num_workers=2, persistent_workers=True)
    assert len(list(loader)) == len(list(loader)) == 3
    workers = set(threading.enumerate()) - others
    del loader
    assert len(workers) == 2 and ended(workers)


def test_a_program_can_exit_while_a_worker_is_stuck():
    program = (
        "import threading; from nn.data import DataLoader\n"
        "next(iter(DataLoader([1], num_workers=1, timeout=0.05, collate_fn=lambda _: threading.Event().wait())))"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and "RuntimeError: DataLoader timed out after 0.05 seconds" in ended.stderr


def test_a_worker_that_takes_too_long_is_an_error():
    hold = threading.Event()
    loader = DataLoader(range(2), collate_fn=lambda samples: hold.wait(10), num_workers=1, timeout=0.05)
    with pytest.raises(RuntimeError, match="DataLoader timed out after"):
        next(iter(loader))
    hold.set()


class Failing(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        if index == 2:
            raise ValueError("sample 2")
        return index


class FailingStream(IterableDataset):
    def __iter__(self):
        yield 1
        raise ValueError("the stream")


class NoStream(IterableDataset):
    def __iter__(self):
        raise ValueError("no stream")


@pytest.mark.parametrize("kind", [Failing, FailingStream, NoStream])
def test_an_error_of_a_dataset_leaves_no_threads_and_no_dataset_behind(kind):
    gc.collect()
    gc.disable()
    try:
        before = set(threading.enumerate())
        dataset = kind()
        seen = weakref.ref(dataset)
        for _ in range(3):
            with pytest.raises(ValueError):
                list(DataLoader(dataset, num_workers=2))
        del dataset
        for _ in range(500):
            if set(threading.enumerate()) <= before and seen() is None:
                break
            time.sleep(0.01)
        assert set(threading.enumerate()) <= before and seen() is None
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_persistent_loader_works_in_a_forked_process_and_its_running_iterator_raises():
    loader = DataLoader(list(range(4)), batch_size=2, num_workers=1, persistent_workers=True)
    iterator = iter(loader)
    next(iterator)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            answer = str([batch.tolist() for batch in loader])
            try:
                next(iterator)
            except RuntimeError as error:
                answer += f" {error}"
            os.write(write, answer.encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        ready, _, _ = select.select([pipe], [], [], 20)
        answer = pipe.read() if ready else "no answer"
    if not ready:
        os.kill(child, 9)
    os.waitpid(child, 0)
    assert answer.startswith("[[0, 1], [2, 3]] the workers of this DataLoader's iterator run in the parent process")
    assert next(iterator).tolist() == [2, 3] and len(list(loader)) == 2


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("factor", [0, 1, 2])
def test_workers_start_on_so_many_batches_in_advance(workers, factor):
    taken = []
    batches = ([taken.append(i) or i] for i in range(20))
    loop = iter(DataLoader(range(20), batch_sampler=batches, num_workers=workers, prefetch_factor=factor))
    ahead = max(1, workers * factor)
    assert len(taken) == ahead
    for i in range(20):
        assert next(loop).tolist() == [i] and len(taken) == min(ahead + i + 1, 20)
    with pytest.raises(StopIteration):
        next(loop)


def test_a_worker_knows_its_number_and_seed():
    class Info(IterableDataset):
        def __iter__(self):
            yield get_worker_info(), threading.current_thread()

    def infos(seed):
        autograd.manual_seed(seed)
        dataset = Info()
        found = list(DataLoader(dataset, None, num_workers=3))
        assert all(info.dataset is dataset and info.num_workers == 3 for info, _ in found)
        assert [info.id for info, _ in found] == [0, 1, 2]
        assert [thread.name for _, thread in found] == [f"DataLoader worker {i}" for i in range(3)]
        assert all(thread.daemon for _, thread in found)
        return [info.seed for info, _ in found]

    first = infos(1)
    assert first == [first[0], first[0] + 1, first[0] + 2] == infos(1) != infos(2)
    assert max(infos(seed)[0] for seed in range(20)) > 2**60
