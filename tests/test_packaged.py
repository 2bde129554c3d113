"""Files that come with the package."""

from networks import VGG19

from ortstyle.packaged import packaged


def test_packaged_files_are_found():
    assert packaged("models", "vgg19.onnx").read_bytes() == VGG19.read_bytes()
    assert packaged("examples", "photo.jpg").is_file()
