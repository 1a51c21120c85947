"""rectangles: what is cut out of images that are learnt from."""

import torch
from torch import Tensor

DRAWS_EACH = 4


def rectangles(draws: Tensor, rows: int, cols: int) -> Tensor:
    """Return where rectangles lie, (n, 1, rows, cols) bool: 1 px to half a side, small ones often.

    Parameters
    ----------
    draws : (n, 4 count), each 0 to 1; four for the centre and the sides of one of `count`
    """
    down = torch.arange(rows, device=draws.device)[None, :, None]
    across = torch.arange(cols, device=draws.device)[None, None]
    found = torch.zeros((len(draws), rows, cols), dtype=torch.bool, device=draws.device)
    for own in torch.split(draws, DRAWS_EACH, 1):
        row, col, high, wide = own[:, :, None, None].unbind(1)
        half = (rows / 2) ** high / 2, (cols / 2) ** wide / 2
        found |= ((down - row * rows).abs() <= half[0]) & ((across - col * cols).abs() <= half[1])
    return found[:, None]
