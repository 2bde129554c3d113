"""Convert VGG-19 weights of any known format into the ONNX file that ortstyle ships.

Run ``python export/vgg19 SOURCE models/vgg19.onnx``. `export/README.md` lists the formats and
`models/README.md` describes the file that comes out. `vgg19.conversion` shows the steps in order.

A source is recognised by what is in it, not by its name, and it is data: nothing in it is executed.
"""
