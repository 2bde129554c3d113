"""The style loss "gram" of the original paper: the distance of Gram matrices."""

from ortstyle.graph.feature_statistics import gram
from ortstyle.graph.style_loss import STATISTIC_OF_STYLE, StyleLoss

#: Gatys, Ecker, Bethge 2015, equation 4.
STYLE_LOSS = StyleLoss(
    module=__name__,
    description="compares Gram matrices, as the original paper does",
    statistics={"gram": gram},
    targets={"gram": STATISTIC_OF_STYLE},
)
