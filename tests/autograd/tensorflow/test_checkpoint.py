"""tf.train: Checkpoint, CheckpointManager, and what is read from their files."""

import os
import re

import numpy as np
import pytest

import autograd
import autograd.tensorflow as tf


class Line(tf.Module):
    def __init__(self):
        super().__init__()
        self.w, self.more = tf.Variable([5.0, 6.0], name="w"), [tf.Variable(0.5), {"k": tf.Variable(2)}]


class Lazy(tf.Module):
    w = None

    def __call__(self, x):
        if self.w is None:
            self.w = tf.Variable([0.0, 0.0])
        return x * self.w


def names(folder):
    return sorted(os.listdir(folder))


def test_a_checkpoint_is_restored_by_the_names_of_attributes(tmp_path):
    line, step = Line(), tf.Variable(3)
    checkpoint = tf.train.Checkpoint(line=line, step=step)
    path = checkpoint.save(tmp_path / "folder" / "ckpt")
    assert path == str(tmp_path / "folder" / "ckpt-1")
    assert names(tmp_path / "folder") == ["checkpoint", "ckpt-1.npz"]
    assert tf.train.latest_checkpoint(tmp_path / "folder") == path
    other, count = Line(), tf.Variable(0)
    line.w.assign([7.0, 8.0])
    for variable in (other.w, *other.variables):
        variable.assign(tf.zeros_like(variable))
    status = tf.train.Checkpoint(step=count, line=other).restore(path)
    assert (int(count), other.w.numpy().tolist(), float(other.more[0]), int(other.more[1]["k"])) == (3, [5, 6], 0.5, 2)
    status.assert_consumed().assert_existing_objects_matched().assert_nontrivial_match().expect_partial()


def test_the_names_in_a_file_are_those_of_tensorflow(tmp_path):
    path = tf.train.Checkpoint(line=Line(), step=tf.Variable(3)).save(tmp_path / "ckpt")
    assert tf.train.list_variables(path) == tf.train.list_variables(tmp_path) == [
        ("line/more/0/.ATTRIBUTES/VARIABLE_VALUE", []),
        ("line/more/1/k/.ATTRIBUTES/VARIABLE_VALUE", []),
        ("line/w/.ATTRIBUTES/VARIABLE_VALUE", [2]),
        ("save_counter/.ATTRIBUTES/VARIABLE_VALUE", []),
        ("step/.ATTRIBUTES/VARIABLE_VALUE", []),
    ]  # fmt: skip
    reader = tf.train.load_checkpoint(path)
    assert reader.has_tensor("step/.ATTRIBUTES/VARIABLE_VALUE") and not reader.has_tensor("step")
    assert reader.get_tensor("line/w/.ATTRIBUTES/VARIABLE_VALUE").tolist() == [5, 6]
    assert reader.get_variable_to_dtype_map()["line/w/.ATTRIBUTES/VARIABLE_VALUE"] is tf.float32
    with pytest.raises(tf.errors.NotFoundError, match="Key step not found"):
        reader.get_tensor("step")


def test_an_object_with_two_names_is_saved_once_and_restored_by_either(tmp_path):
    line = Line()
    path = tf.train.Checkpoint(a=line, w=line.w, b=[line]).write(tmp_path / "once")
    assert len(tf.train.list_variables(path)) == 3
    w = tf.Variable([0.0, 0.0])
    tf.train.Checkpoint(b=[tf.train.Checkpoint(w=w)]).read(path).assert_existing_objects_matched()
    assert w.numpy().tolist() == [5, 6]


def test_a_root_lends_its_parts(tmp_path):
    line = Line()
    path = tf.train.Checkpoint(line).write(tmp_path / "root")
    w = tf.Variable([0.0, 0.0])
    tf.train.Checkpoint(w=w).read(path).expect_partial()
    assert w.numpy().tolist() == [5, 6]
    lone = tf.train.Checkpoint(tf.Variable(3.0))
    assert tf.train.list_variables(lone.write(tmp_path / "lone")) == [("/.ATTRIBUTES/VARIABLE_VALUE", [])]


def test_a_variable_that_is_created_later_is_restored_then_and_only_then(tmp_path):
    model = Lazy()
    model(tf.constant([1.0, 1.0]))
    model.w.assign([3.0, 4.0])
    path = tf.train.Checkpoint(model=model).write(tmp_path / "lazy")
    other = Lazy()
    status = tf.train.Checkpoint(model=other).read(path)
    status.assert_existing_objects_matched()
    with pytest.raises(AssertionError, match=r"1 values of the checkpoint were not used: \['model/w/"):
        status.assert_consumed()
    assert other(tf.constant([1.0, 1.0])).numpy().tolist() == [3, 4]
    status.assert_consumed()
    assert other.restore_later is None
    other.w.assign([0.0, 0.0])
    other.tag = "changed"
    assert other.w.numpy().tolist() == [0, 0]


def test_no_path_restores_nothing(tmp_path):
    assert tf.train.latest_checkpoint(tmp_path) is None
    status = tf.train.Checkpoint(step=tf.Variable(1)).restore(None)
    assert status.expect_partial() is status
    for check in (status.assert_consumed, status.assert_existing_objects_matched, status.assert_nontrivial_match):
        with pytest.raises(AssertionError, match="No checkpoint specified"):
            check()


def test_what_does_not_match_is_named(tmp_path):
    path = tf.train.Checkpoint(step=tf.Variable(1)).save(tmp_path / "ckpt")
    status = tf.train.Checkpoint(step=tf.Variable(1), other=tf.Variable(2.0, name="other")).restore(path)
    with pytest.raises(
        AssertionError, match=r"Found 1 Python objects that were not bound to checkpointed values.*other"
    ):
        status.assert_existing_objects_matched()
    with pytest.raises(AssertionError, match="Nothing except the root"):
        tf.train.Checkpoint(else_=tf.Variable(0)).read(path).assert_nontrivial_match()


def test_a_value_that_does_not_fit_raises_and_changes_nothing(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable([1.0, 2.0])).write(tmp_path / "two")
    a = tf.Variable(0.0)
    with pytest.raises(ValueError, match=r"incompatible tensor with shape \(2,\) .* shape \(3,\) and name b"):
        tf.train.Checkpoint(a=a, b=tf.Variable([0.0, 0.0, 0.0], name="b")).read(path)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="expected dtype int32 does not equal original dtype float"
    ):
        tf.train.Checkpoint(a=a, b=tf.Variable([1, 2])).read(path)
    assert float(a) == 0


@pytest.mark.parametrize("wrong", [3, "text", np.float32(1), object()], ids=["number", "text", "scalar", "object"])
def test_an_object_that_cannot_be_saved_raises(wrong):
    for create in (lambda: tf.train.Checkpoint(wrong), lambda: tf.train.Checkpoint(a=wrong)):
        with pytest.raises(ValueError, match=r"was expecting .* to be a trackable object"):
            create()


def test_missing_and_damaged_files_raise_errors_of_tensorflow(tmp_path):
    checkpoint = tf.train.Checkpoint(a=tf.Variable(1.0))
    with pytest.raises(tf.errors.NotFoundError, match="nothing"):
        checkpoint.restore(tmp_path / "nothing")
    with pytest.raises(tf.errors.NotFoundError, match="no checkpoint in the folder"):
        tf.train.load_checkpoint(tmp_path)
    (tmp_path / "bad.npz").write_bytes(b"bad")
    with pytest.raises(tf.errors.DataLossError, match=r"bad\.npz"):
        checkpoint.restore(tmp_path / "bad")
    for document in ({}, {"children": [], "values": []}, {"children": [{"a": 1}], "values": [None]}):
        autograd.save({"format": "glassgrad checkpoint 1", **document}, tmp_path / "bad.npz")
        with pytest.raises(tf.errors.DataLossError, match=r"bad\.npz holds no checkpoint"):
            checkpoint.restore(tmp_path / "bad")
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "ckpt-3"')
    with pytest.raises(ValueError, match=r"expected the file that tf.train.Checkpoint writes"):
        tf.train.latest_checkpoint(tmp_path)


def test_a_failed_save_does_not_count(tmp_path):
    checkpoint = tf.train.Checkpoint(a=tf.Variable(1.0))
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        checkpoint.save(tmp_path / "file" / "ckpt")
    assert int(checkpoint.save_counter) == 0


# -- CheckpointManager


def test_a_manager_keeps_the_last_checkpoints(tmp_path):
    step = tf.Variable(0)
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(step=step), tmp_path, max_to_keep=2)
    assert (manager.latest_checkpoint, manager.checkpoints, manager.restore_or_initialize()) == (None, [], None)
    for number in (1, 2, 3):
        step.assign_add(1)
        assert manager.save() == str(tmp_path / f"ckpt-{number}")
    assert manager.checkpoints == [str(tmp_path / "ckpt-2"), str(tmp_path / "ckpt-3")]
    assert names(tmp_path) == ["checkpoint", "ckpt-2.npz", "ckpt-3.npz"]
    assert manager.latest_checkpoint == tf.train.latest_checkpoint(tmp_path) == str(tmp_path / "ckpt-3")
    assert manager.save(checkpoint_number=9) == str(tmp_path / "ckpt-9")


def test_another_manager_of_the_folder_goes_on(tmp_path):
    first = tf.train.CheckpointManager(tf.train.Checkpoint(step=tf.Variable(5)), tmp_path, max_to_keep=None)
    first.save()
    step = tf.Variable(0)
    second = tf.train.CheckpointManager(tf.train.Checkpoint(step=step), tmp_path, max_to_keep=None)
    assert second.restore_or_initialize() == str(tmp_path / "ckpt-1")
    assert int(step) == 5
    assert second.save() == str(tmp_path / "ckpt-2")
    os.unlink(tmp_path / "ckpt-1.npz")
    third = tf.train.CheckpointManager(tf.train.Checkpoint(step=step), tmp_path, max_to_keep=1)
    assert third.checkpoints == [str(tmp_path / "ckpt-2")]


def test_a_manager_saves_no_more_often_than_its_interval(tmp_path):
    step, called = tf.Variable(0), []
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(step=step), tmp_path, 3, step_counter=step, checkpoint_interval=2,
        init_fn=lambda: called.append(1), checkpoint_name="model",
    )  # fmt: skip
    assert manager.restore_or_initialize() is None and called == [1]
    saved = []
    for _ in range(4):
        step.assign_add(1)
        saved.append(manager.save())
    assert saved == [str(tmp_path / "model-1"), None, str(tmp_path / "model-2"), None]
    assert manager.save(check_interval=False) == str(tmp_path / "model-3")


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"max_to_keep": 0}, ValueError, "must be positive, or None"),
        ({"max_to_keep": 1, "checkpoint_interval": 3}, ValueError, "needs a step_counter"),
        ({"max_to_keep": 1, "keep_checkpoint_every_n_hours": 1.0}, NotImplementedError, "larger max_to_keep"),
    ],
)
def test_wrong_arguments_of_a_manager_raise(options, error, message, tmp_path):
    with pytest.raises(error, match=message):
        tf.train.CheckpointManager(tf.train.Checkpoint(), tmp_path, **options)


@pytest.mark.parametrize("count", [1, 9, 10, 11, 30])
def test_of_variables_and_values_that_match_nothing_ten_are_shown(count, tmp_path):
    def checkpoint(letter, count):
        return tf.train.Checkpoint(**{f"{letter}{i:02}": tf.Variable(float(i)) for i in range(count)})

    status = checkpoint("a", 1).read(checkpoint("a", 1 + count).write(str(tmp_path / "some")))
    with pytest.raises(AssertionError) as raised:
        status.assert_consumed()
    names = [f"a{i:02}" for i in range(1, 1 + count)][:10]
    assert str(raised.value).startswith(f"{count} values of the checkpoint were not used: [")
    assert [name for name in re.findall(r"a\d\d", str(raised.value))] == names
    status = checkpoint("a", 1 + count).read(str(tmp_path / "some"))
    status.assert_consumed()
    status = checkpoint("b", count).read(str(tmp_path / "some"))
    with pytest.raises(AssertionError) as raised:
        status.assert_existing_objects_matched()
    assert f"Found {count} Python objects" in str(raised.value)
    assert f"Showing {min(count, 10)} of {count} unmatched objects: [" in str(raised.value)
    assert str(raised.value).count("tf.Variable") == min(count, 10)
