"""SVG paths, short: relative coordinates of two decimals, without the rounding adding up."""

import re

TOKEN = re.compile(r"[MLQCZz]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")


def short_path(path: str) -> str:
    """Rewrite a path of absolute M, L, Q, C and z, as matplotlib writes them, in relative coordinates.

    >>> short_path("M 10.004 20 L 15.5 20 L 15.5 30.126 L 10.004 20 z")
    'M10 20h5.5v10.13z'
    """
    written: list[str] = []
    x = y = start_x = start_y = 0  # hundredths: whole numbers, so that nothing adds up
    for command, numbers in commands(path):
        if command == "z":
            written.append("z")
            x, y = start_x, start_y
            continue
        places = [round(100 * number) for number in numbers]
        if command == "M":
            x, y = start_x, start_y = places[0], places[1]
            written.append("M" + join(places))
        elif command == "L":
            step_x, step_y = places[0] - x, places[1] - y
            x, y = places
            if step_y == 0:
                written.append("h" + join([step_x]))
            elif step_x == 0:
                written.append("v" + join([step_y]))
            else:
                written.append("l" + join([step_x, step_y]))
        else:
            written.append(command.lower() + join([place - (x, y)[i % 2] for i, place in enumerate(places)]))
            x, y = places[-2:]
    return "".join(written)


def commands(path: str) -> list[tuple[str, list[float]]]:
    """Each command of a path with its numbers, without the last line of a closed shape, which z draws.

    >>> commands("M 1 2 L 3 2 L 1 2 z")
    [('M', [1.0, 2.0]), ('L', [3.0, 2.0]), ('z', [])]
    """
    found: list[tuple[str, list[float]]] = []
    start: list[float] = []
    for token in TOKEN.findall(path):
        if token.isalpha():
            if token in "zZ" and found[-1] == ("L", start):
                found.pop()
            found.append((token if token in "MLQC" else "z", []))
        else:
            found[-1][1].append(float(token))
            if found[-1][0] == "M":
                start = found[-1][1]
    return found


def join(hundredths: list[int]) -> str:
    """Numbers as short as SVG reads them: no zero before a point, no space before a minus sign.

    >>> join([50, -125, 300])
    '.5-1.25 3'
    """
    words = [short_number(value / 100) for value in hundredths]
    return words[0] + "".join(word if word.startswith("-") else " " + word for word in words[1:])


def short_number(value: float) -> str:
    """A number with two decimals at most.

    >>> short_number(-0.5), short_number(3.0), short_number(-0.001)
    ('-.5', '3', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0\.", r"\1.", text) if text != "-0" else "0"
