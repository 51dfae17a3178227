"""The ten target vectors of LeNet-5's output layer: small pictures of the digits, 7 wide and 12 high.

Similar digits have similar codes, so that a doubtful answer lies between them.
"""

import numpy as np

# Drawn for this book in the format of the paper's figure 3, whose own pixels are not printed as numbers.
_PICTURES = """
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
..###.. ...#... .#####. .#####. .....#. ####### ..####. ####### .#####. .#####.
.#...#. ..##... #.....# #.....# ....##. #...... .#..... ......# #.....# #.....#
#.....# .#.#... ......# ......# ...#.#. #...... #...... .....#. #.....# #.....#
#.....# ...#... ......# ......# ..#..#. #...... #...... .....#. #.....# #.....#
#.....# ...#... .....#. ..####. .#...#. ######. #.####. ....#.. .#####. .######
#.....# ...#... ....#.. ......# #....#. ......# ##....# ....#.. #.....# ......#
#.....# ...#... ...#... ......# ####### ......# #.....# ...#... #.....# ......#
#.....# ...#... ..#.... ......# .....#. ......# #.....# ...#... #.....# ......#
.#...#. ...#... .#..... #.....# .....#. #.....# #.....# ..#.... #.....# .....#.
..###.. .#####. ####### .#####. .....#. .#####. .#####. ..#.... .#####. .####..
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
"""


def _codes() -> np.ndarray:
    rows = [line.split() for line in _PICTURES.split("\n") if line]
    ink = np.array([[[cell == "#" for cell in row[digit]] for row in rows] for digit in range(10)])
    return np.where(ink, 1.0, -1.0).reshape(10, 84)


# Row d is the code of digit d, row by row of its picture: +1 for ink, −1 for paper.
# Source: LeCun et al. (1998), section II.B and figure 3, for the idea and the size.
DIGIT_CODES = _codes()
