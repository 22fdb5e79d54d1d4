"""A call of every function, with every argument by its name, and the gradients of every argument that is a number.

test_calls.py compares them with TensorFlow's.
"""

import numpy as np

A = np.array([[1.5, -2.3, 0.7], [0.4, 2.6, -1.2]], np.float32)
B = np.array([[0.6, 1.1, -0.9], [2.2, -0.3, 1.7]], np.float32)
P, Q, U = np.abs(A) + np.float32(0.1), np.abs(B) + np.float32(0.3), A / 4
V = np.array([0.5, -1.5, 2.0], np.float32)
SQUARE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]], np.float32)
IMAGE = (np.arange(36).reshape(1, 3, 4, 3) % 17 / 17).astype(np.float32)
FILTER = (np.arange(24).reshape(2, 2, 3, 2) % 7 / 7).astype(np.float32)
LABELS = P / P.sum(1, keepdims=True)

#: The arguments of every function by name; "*" holds those that have none.
CASES = {}


def add(name, **arguments):
    CASES[name] = arguments


def words(text):
    return text.split()


for _name in words(
    "negative abs sign square exp expm1 sin cos tan sinh cosh tanh sigmoid erf erfc asinh atan floor ceil round rint "
    "is_nan is_inf is_finite log_sigmoid reciprocal_no_nan bessel_i0 bessel_i1 conj"
):
    add(f"math.{_name}", x=A)
for _name in words("sqrt rsqrt reciprocal log log1p lgamma digamma"):
    add(f"math.{_name}", x=P)
for _name in words("asin acos atanh erfinv"):
    add(f"math.{_name}", x=U)
add("math.ndtri", x=P / 4)
add("math.acosh", x=P + 1)
for _name in words("real imag angle"):
    add(f"math.{_name}", input=A)
for _name in words("softplus softsign"):
    add(f"math.{_name}", features=A)
for _name in words(
    "add subtract multiply divide truediv floordiv floormod mod maximum minimum squared_difference divide_no_nan "
    "multiply_no_nan equal not_equal less less_equal greater greater_equal xlogy xlog1py xdivy"
):
    add(f"math.{_name}", x=A, y=Q)
add("math.atan2", y=A, x=B)
add("math.pow", x=P, y=B)
add("math.igamma", a=[1.5, 2.0], x=P[:, :2])
add("math.igammac", a=[1.5, 2.0], x=P[:, :2])
add("math.scalar_mul", scalar=2.0, x=A)
for _name in words("logical_and logical_or logical_xor"):
    add(f"math.{_name}", x=A > 0, y=B > 0)
add("math.logical_not", x=A > 0)
for _name in words("sum mean prod max min std variance logsumexp euclidean_norm"):
    add(f"math.reduce_{_name}", input_tensor=A, axis=1, keepdims=True)
for _name in words("any all"):
    add(f"math.reduce_{_name}", input_tensor=A > 0, axis=1, keepdims=True)
add("math.count_nonzero", input=A, axis=1, keepdims=True, dtype="int32")
add("math.argmax", input=A, axis=1, output_type="int32")
add("math.argmin", input=A, axis=1, output_type="int32")
add("math.cumsum", x=A, axis=1, exclusive=True, reverse=True)
add("math.cumprod", x=A, axis=1, exclusive=True, reverse=True)
add("sort", values=A, axis=0, direction="DESCENDING")
add("argsort", values=A, axis=0, direction="DESCENDING", stable=True)
add("math.top_k", input=A, k=2, sorted=True)
add("nn.top_k", input=A, k=2, sorted=True)
add("math.add_n", inputs=[A, B])
add("math.polyval", coeffs=[1.0, 2.0, 3.0], x=A)
add("math.l2_normalize", x=A, axis=1, epsilon=1e-12)
add("math.zero_fraction", value=A)
add("math.bincount", arr=[1, 1, 3], minlength=5, maxlength=4, dtype="int64")
add("math.confusion_matrix", labels=[0, 1, 1], predictions=[0, 1, 0], num_classes=3, weights=[1.0, 2.0, 3.0],
    dtype="float32")  # fmt: skip
add("math.in_top_k", targets=[0, 1], predictions=A, k=1)
for _name in words("sum mean max min"):
    add(f"math.segment_{_name}", data=A, segment_ids=[0, 1])
for _name in words("sum mean"):
    add(f"math.unsorted_segment_{_name}", data=A, segment_ids=[1, 0], num_segments=3)
add("clip_by_value", t=A, clip_value_min=-1.0, clip_value_max=1.0)
add("clip_by_norm", t=A, clip_norm=1.0, axes=[1])
add("linalg.global_norm", t_list=[A, B])
add("cast", x=A, dtype="float64")
add("complex", real=A, imag=B)
add("reshape", tensor=A, shape=[3, 2])
add("transpose", a=A, perm=[1, 0])
add("expand_dims", input=A, axis=1)
add("squeeze", input=A[None], axis=[0])
add("broadcast_to", input=V, shape=[2, 3])
add("tile", input=A, multiples=[1, 2])
add("repeat", input=A, repeats=2, axis=1)
add("reverse", tensor=A, axis=[1])
add("roll", input=A, shift=1, axis=1)
add("pad", tensor=A, paddings=[[1, 0], [0, 1]], mode="CONSTANT", constant_values=2.0)
add("concat", values=[A, B], axis=1)
add("stack", values=[A, B], axis=1)
add("unstack", value=A, axis=1)
add("split", value=A, num_or_size_splits=3, axis=1)
add("gather", params=A, indices=[1, 0], axis=1, batch_dims=0)
add("gather_nd", params=A, indices=[[1], [0]], batch_dims=1)
add("where", condition=A > 0, x=A, y=B)
add("boolean_mask", tensor=A, mask=[True, False], axis=0)
add("identity", input=A)
add("slice", input_=A, begin=[0, 1], size=[1, -1])
add("meshgrid", **{"*": [V, V[:2]]}, indexing="ij")
for _name in words("zeros ones"):
    add(_name, shape=[2], dtype="float64")
    add(f"{_name}_like", input=A, dtype="float64")
add("fill", dims=[2, 2], value=3.0)
add("range", start=1.0, limit=5.0, delta=1.5)
add("linspace", start=1.0, stop=2.0, num=3, axis=0)
add("eye", num_rows=2, num_columns=3, batch_shape=[2], dtype="float64")
add("one_hot", indices=[1, 0], depth=3, on_value=2.0, off_value=-1.0, axis=0, dtype="float32")
add("shape", input=A, out_type="int64")
add("rank", input=A)
add("searchsorted", sorted_sequence=[1.0, 2.0, 3.0], values=[1.5, 3.0], side="right", out_type="int64")
add("sequence_mask", lengths=[1, 2], maxlen=3, dtype="float32")
for _name in words("unique unique_with_counts"):
    add(_name, x=[1, 2, 1], out_idx="int64")
add("scatter_nd", indices=[[0], [2]], updates=V[:2], shape=[4])
for _name in words("add sub update"):
    add(f"tensor_scatter_nd_{_name}", tensor=V, indices=[[0], [2]], updates=V[:2])
add("constant", value=[1.0, 2.0], dtype="float64", shape=[2])
add("convert_to_tensor", value=[1.0, 2.0], dtype="float64", dtype_hint="float32")
add("stop_gradient", input=A)
add("ensure_shape", x=A, shape=[None, 3])
add("matmul", a=A, b=B, transpose_a=False, transpose_b=True, adjoint_a=False, adjoint_b=False, a_is_sparse=False,
    b_is_sparse=False)  # fmt: skip
add("linalg.matvec", a=A, b=V, transpose_a=False, adjoint_a=False)
add("einsum", **{"*": ["ij,kj->ik", A, B]})
add("tensordot", a=A, b=B, axes=[[1], [1]])
add("norm", tensor=A, ord=2, axis=1, keepdims=True)
add("linalg.normalize", tensor=A, ord=2, axis=1)
add("linalg.inv", input=SQUARE, adjoint=True)
for _name, _argument in {
    "det": "input", "cholesky": "input", "expm": "input", "slogdet": "input", "logdet": "matrix", "adjoint": "matrix",
    "trace": "x", "eigvalsh": "tensor",
}.items():  # fmt: skip
    add(f"linalg.{_name}", **{_argument: SQUARE})
add("linalg.matrix_transpose", a=A, conjugate=True)
add("linalg.pinv", a=SQUARE, rcond=None, validate_args=False)
add("linalg.diag", diagonal=A, k=1, num_rows=-1, num_cols=-1, padding_value=7.0)
add("linalg.diag_part", input=SQUARE, k=-1)
add("linalg.set_diag", input=SQUARE, diagonal=V[:2], k=1)
add("linalg.tensor_diag", diagonal=A)
add("linalg.tensor_diag_part", input=np.arange(16.0, dtype=np.float32).reshape(2, 2, 2, 2))
add("linalg.qr", input=SQUARE, full_matrices=True)
add("linalg.svd", tensor=SQUARE, full_matrices=False, compute_uv=False)
add("linalg.lstsq", matrix=SQUARE, rhs=SQUARE[:, :1], l2_regularizer=0.1, fast=True)
add("linalg.triangular_solve", matrix=SQUARE, rhs=SQUARE[:, :1], lower=True, adjoint=True)
add("linalg.cholesky_solve", chol=SQUARE, rhs=SQUARE[:, :1])
add("linalg.cross", a=A, b=B)
add("linalg.matrix_rank", a=SQUARE, tol=0.1, validate_args=False)
add("linalg.solve", matrix=SQUARE, rhs=SQUARE[:, :1], adjoint=True)
add("linalg.band_part", input=SQUARE, num_lower=1, num_upper=0)
for _name in words("relu relu6 elu selu"):
    add(f"nn.{_name}", features=A)
add("nn.leaky_relu", features=A, alpha=0.3)
add("nn.silu", features=A, beta=1.5)
add("nn.gelu", features=A, approximate=True)
add("nn.softmax", logits=A, axis=0)
add("nn.log_softmax", logits=A, axis=0)
add("nn.l2_loss", t=A)
add("nn.softmax_cross_entropy_with_logits", labels=LABELS, logits=A, axis=-1)
add("nn.sparse_softmax_cross_entropy_with_logits", labels=[0, 1], logits=A)
add("nn.sigmoid_cross_entropy_with_logits", labels=P, logits=A)
add("nn.weighted_cross_entropy_with_logits", labels=P, logits=A, pos_weight=2.0)
add("nn.conv2d", input=IMAGE, filters=FILTER, strides=1, padding="SAME", data_format="NHWC", dilations=None)
add("nn.depthwise_conv2d", input=IMAGE, filter=FILTER, strides=[1, 1, 1, 1], padding="SAME", data_format=None,
    dilations=None)  # fmt: skip
add("nn.conv1d", input=IMAGE[0], filters=FILTER[0], stride=1, padding="SAME", data_format="NWC", dilations=None)
add("nn.conv2d_transpose", input=IMAGE, filters=np.moveaxis(FILTER, 2, 3), output_shape=[1, 6, 8, 2], strides=2,
    padding="SAME", data_format="NHWC", dilations=None)  # fmt: skip
for _name in words("max_pool2d avg_pool2d"):
    add(f"nn.{_name}", input=IMAGE, ksize=2, strides=2, padding="SAME", data_format="NHWC")
for _name in words("max_pool avg_pool"):
    add(f"nn.{_name}", input=IMAGE, ksize=2, strides=2, padding="SAME", data_format=None)
add("nn.bias_add", value=A, bias=V, data_format=None)
add("nn.moments", x=A, axes=[0], shift=None, keepdims=True)
add("nn.batch_normalization", x=A, mean=V, variance=np.abs(V), offset=V, scale=V, variance_epsilon=0.1)
add("nn.embedding_lookup", params=SQUARE, ids=[0, 2], max_norm=1.0)
add("nn.dropout", x=A, rate=0.3, noise_shape=[2, 1], seed=1)
for _name in words("normal truncated_normal"):
    add(f"random.{_name}", shape=[3], mean=1.0, stddev=2.0, dtype="float32", seed=1)
add("random.uniform", shape=[3], minval=1.0, maxval=2.0, dtype="float32", seed=1)
add("random.shuffle", value=A, seed=1)
add("random.categorical", logits=A, num_samples=3, dtype="int32", seed=1)
add("image.convert_image_dtype", image=IMAGE, dtype="uint8", saturate=True)
for _name in words("flip_left_right flip_up_down transpose per_image_standardization"):
    add(f"image.{_name}", image=IMAGE)
add("image.rot90", image=IMAGE, k=1)
add("image.resize", images=IMAGE, size=[2, 3], method="bilinear", preserve_aspect_ratio=False, antialias=False)
add("image.crop_to_bounding_box", image=IMAGE, offset_height=1, offset_width=1, target_height=2, target_width=2)
add("image.pad_to_bounding_box", image=IMAGE, offset_height=1, offset_width=0, target_height=4, target_width=4)
add("image.resize_with_crop_or_pad", image=IMAGE, target_height=2, target_width=5)
add("image.central_crop", image=IMAGE, central_fraction=0.5)
add("image.random_crop", value=IMAGE, size=[1, 2, 2, 3], seed=1)
add("image.extract_patches", images=IMAGE, sizes=[1, 2, 2, 1], strides=[1, 2, 1, 1], rates=[1, 1, 2, 1], padding="SAME")
add("image.rgb_to_grayscale", images=IMAGE)
add("image.adjust_brightness", image=IMAGE, delta=0.1)
add("image.psnr", a=IMAGE, b=IMAGE * np.float32(0.9), max_val=1.0)
add("image.random_brightness", image=IMAGE, max_delta=0.1, seed=1)
add("image.random_flip_left_right", image=IMAGE, seed=1)
add("debugging.check_numerics", tensor=A, message="m")

#: Functions whose values are random: only shapes, dtypes and whether there is a gradient are compared.
RANDOM = {name for name in CASES if "random" in name or name == "nn.dropout"}


def call(tf, name, arguments):
    function = tf
    for part in name.split("."):
        function = getattr(function, part)
    named = dict(arguments)
    return function(*named.pop("*", ()), **named)


def leaves(result):
    if isinstance(result, (list, tuple)):
        return [leaf for part in result for leaf in leaves(part)]
    return [result]


def value_of(tf, name):
    """The names of the results of a call, and of each its dtype, shape and values, which are None if random."""
    result = call(tf, name, CASES[name])
    arrays = [np.asarray(leaf) for leaf in leaves(result)]
    return list(getattr(result, "_fields", ())), [
        (array.dtype.name, array.shape, None if name in RANDOM else array) for array in arrays
    ]


def differentiable(name):
    """The names, or places in "*", of the arguments that are floating-point numbers."""
    arguments = CASES[name]
    found = [key for key, value in arguments.items() if key != "*" and _is_float(value)]
    return found + [place for place, value in enumerate(arguments.get("*", ())) if _is_float(value)]


def _is_float(value):
    if isinstance(value, list):
        return bool(value) and all(_is_float(part) for part in value)
    return isinstance(value, float) or isinstance(value, np.ndarray) and value.dtype.kind == "f"


def gradient_of(tf, name, key):
    """The gradient of a weighted sum of the results with respect to an argument: arrays, or None."""
    arguments = dict(CASES[name])
    value = arguments["*"][key] if isinstance(key, int) else arguments[key]
    several = isinstance(value, list) and (isinstance(value[0], np.ndarray) or key == "coeffs")
    variables = [tf.Variable(np.asarray(part, np.float32)) for part in (value if several else [value])]
    given = variables if several else variables[0]
    with tf.GradientTape() as tape:
        if isinstance(key, int):
            arguments["*"] = [given if place == key else part for place, part in enumerate(arguments["*"])]
        else:
            arguments[key] = given
        total = tf.constant(0.0)
        for leaf in leaves(call(tf, name, arguments)):
            if leaf.dtype.is_floating:
                weights = np.cos(np.arange(int(np.prod(leaf.shape)))).reshape(tuple(leaf.shape))
                total += tf.cast(tf.reduce_sum(leaf * weights.astype(leaf.dtype.as_numpy_dtype)), tf.float32)
    gradients = tape.gradient(total, variables)
    if any(gradient is None for gradient in gradients):
        return None
    return [] if name in RANDOM else [np.ravel(tf.convert_to_tensor(g)) for g in gradients]


def gradient_or_refusal(tf, name, key):
    """`gradient_of`, or "refused" if a tensor is not allowed there, or TensorFlow has no gradient."""
    try:
        return gradient_of(tf, name, key)
    except (LookupError, TypeError, ValueError):
        return "refused"
