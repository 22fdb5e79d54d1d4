"""tf.Module finds its variables and submodules."""

import autograd.tensorflow as tf


def test_variables_are_listed_once_sorted_by_attribute_name():
    class Inner(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(1.0, name="v")

    class Outer(tf.Module):
        def __init__(self):
            super().__init__(name="outer")
            self.z = [tf.Variable(2.0, name="z"), {"k": tf.Variable(3.0, name="k", trainable=False)}]
            self.inner = Inner()
            self.again = self.inner
            self.a = tf.Variable(4.0, name="a")

    model = Outer()
    assert [v.name for v in model.variables] == ["a:0", "z:0", "k:0", "v:0"]
    assert [v.name for v in model.trainable_variables] == ["a:0", "z:0", "v:0"]
    assert [v.name for v in model.non_trainable_variables] == ["k:0"]
    assert model.submodules == (model.inner,)
    assert (model.name, model.inner.name) == ("outer", "inner")


def test_names_of_variables_have_no_scope():
    class Named(tf.Module):
        @tf.Module.with_name_scope
        def __call__(self):
            return tf.Variable(1.0, name="v").name

    assert Named(name="outer")() == "v:0"
    assert Named().with_name_scope(len) is len
