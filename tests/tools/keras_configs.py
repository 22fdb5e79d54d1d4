"""Layers of Keras, as expressions, and their configs in a form that can be compared."""

import json

#: The layers, as Python expressions of `layers`.
LAYERS = """
Activation("relu"); ActivityRegularization(0.1, 0.2); Add(); AdditiveAttention(); Attention(); Average()
AveragePooling1D(2); AveragePooling2D((2, 3), padding="same"); BatchNormalization(momentum=0.9)
Bidirectional(GRU(2, name="g"), merge_mode="sum"); CenterCrop(2, 3); Concatenate(1); Conv1D(2, 3, activation="relu")
Conv2D(2, 3, strides=2, kernel_regularizer=None); Conv2DTranspose(2, 3); Cropping1D(); Cropping2D(); Dense(2)
Dense(3, "relu", kernel_initializer="he_normal", kernel_constraint="max_norm", trainable=False); DepthwiseConv2D(3)
Dot(1); Dropout(0.5); ELU(); Embedding(3, 2); Flatten(); GRU(2, return_sequences=True); GRUCell(2); GaussianDropout(0.5)
GaussianNoise(0.5); GlobalAveragePooling1D(); GlobalAveragePooling2D(keepdims=True); GlobalMaxPooling1D()
GlobalMaxPooling2D(); GroupNormalization(2); Identity(); InputLayer((3,)); LSTM(2, dropout=0.5); LSTMCell(2)
LayerNormalization(); LeakyReLU(); MaxPooling1D(3, 2); MaxPooling2D(); Maximum(); Minimum(); MultiHeadAttention(2, 3)
Multiply(); Normalization(); PReLU(); Permute((2, 1)); RNN(GRUCell(2, name="c")); RandomBrightness(0.1)
RandomFlip(); RandomRotation(0.1); RandomTranslation(0.1, 0.2); RandomZoom(0.1); ReLU(6.0); RepeatVector(2)
Rescaling(2.0); Reshape((2, 3)); Resizing(2, 3); SeparableConv2D(2, 3); SimpleRNN(2); SimpleRNNCell(2); Softmax()
SpatialDropout1D(0.5); SpatialDropout2D(0.5); StackedRNNCells([GRUCell(2, name="c")]); Subtract()
TimeDistributed(Dense(2, name="d")); UnitNormalization(); UpSampling1D(); UpSampling2D(); ZeroPadding1D()
ZeroPadding2D()
"""


def expressions():
    return [each.strip() for each in LAYERS.replace("\n", ";").split(";") if each.strip()]


def config_of(expression, layers):
    """The config as JSON gives it back: tuples are lists. A dtype policy is written as the name of its dtype."""
    return json.loads(json.dumps(eval(expression, vars(layers)).get_config()), object_hook=simple)


def simple(value):
    return value["config"]["name"] if value.get("class_name") == "DTypePolicy" else value
