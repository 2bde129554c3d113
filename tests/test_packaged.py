"""Files that come with the package."""

from networks import VGG19

from ortstyle.packaged import packaged_path


def test_packaged_files_are_found():
    assert packaged_path("models", "vgg19.onnx").read_bytes() == VGG19.read_bytes()
    assert packaged_path("examples", "photo.jpg").is_file()
