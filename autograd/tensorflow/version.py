"""`tf.version`: the version of TensorFlow whose behavior the package follows."""

VERSION = "2.21.0"
GIT_VERSION = COMPILER_VERSION = "unknown"
