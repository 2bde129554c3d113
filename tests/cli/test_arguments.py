"""Arguments with stars, which no shell replaces on Windows."""

from ortstyle.cli.arguments import expanded


def test_stars_are_replaced_where_no_shell_does(folder, photo):
    photo.save("photo[1].png")
    photo.save("photo1.png")
    given = ["render", "photo*.png", "photo[1].png", "%TEMP%.png", "none*.png", "--size", "24"]
    assert list(expanded(given)) == [
        "render",
        "photo.png",
        "photo1.png",
        "photo[1].png",
        "photo[1].png",
        "%TEMP%.png",
        "none*.png",
        "--size",
        "24",
    ]
    assert list(expanded(["photo[1].p?g"])) == ["photo[1].png"]
