"""`keras.preprocessing.image`: arrays and images of Pillow."""

from ..images import array_to_img, img_to_array

__all__ = ["array_to_img", "img_to_array"]
