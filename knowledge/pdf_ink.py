"""PDF text that nobody sees: invisible ink, white on white, full transparency, tiny, or off the page. It is taken out before
the page is read.

A page whose only text is invisible is a picture with recognised text laid under it: that text is not what a reader checked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_SMALLEST = 1.5  # points; smaller letters cannot be read on paper
_WHITE = 0.93  # of full light in every channel
_FAINT = 0.06  # opacity
_DEEPEST = 4  # forms inside forms
_NO_INK = (3, 7)  # text rendering modes of the PDF standard (ISO 32000-1, 9.3.6)
_SHOWS = frozenset((b"Tj", b"TJ", b"'", b'"'))
_WHOLE_COLOUR = frozenset((b"g", b"rg", b"k", b"sc", b"scn"))
_FILLS = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"))

Operation = tuple[Any, bytes]


@dataclass(frozen=True)
class _Pen:
    """The part of the graphics state that decides whether letters are seen."""

    ctm: Matrix = _IDENTITY
    light: bool = False
    faint: bool = False
    mode: int = 0
    size: float = 12.0


@dataclass
class _Canvas:
    """One page while its operations are walked. `dark` are filled rectangles, on which white letters can be read."""

    box: tuple[float, float, float, float]
    pen: _Pen = field(default_factory=_Pen)
    stack: list[_Pen] = field(default_factory=list)
    text: Matrix = _IDENTITY
    line: Matrix = _IDENTITY
    leading: float = 0.0
    path: list[tuple[float, float, float, float]] = field(default_factory=list)
    dark: list[tuple[float, float, float, float]] = field(default_factory=list)

    def seen(self) -> bool:
        if self.pen.mode in _NO_INK or self.pen.faint:
            return False
        matrix = _times(self.text, self.pen.ctm)
        if abs(self.pen.size) * max(abs(matrix[0]), abs(matrix[1]), abs(matrix[3])) < _SMALLEST:
            return False
        at = (matrix[4], matrix[5])
        return _inside(at, self.box) and (not self.pen.light or any(_inside(at, one) for one in self.dark))


def show_only_ink(page: Any) -> bool:
    """Leave on the page only text a reader sees. Was there any text, and all of it unseen? Raises what the library raises."""
    content = page.get_contents()
    if content is None:
        return False
    box = tuple(float(edge) for edge in page.mediabox)
    canvas = _Canvas((box[0], box[1], box[2], box[3]))
    tally = _Tally()
    kept = list(_walk(content.operations, canvas, page.get("/Resources"), tally, _DEEPEST))
    if tally.hidden:
        from pypdf.generic import NameObject

        content.operations = kept
        page[NameObject("/Contents")] = content
    return bool(tally.hidden) and not tally.shown


@dataclass
class _Tally:
    shown: int = 0
    hidden: int = 0
    forms: set[int] = field(default_factory=set)


def _walk(
    operations: Sequence[Operation], canvas: _Canvas, resources: Any, tally: _Tally, depth: int
) -> Iterator[Operation]:
    for operands, operator in operations:
        if operator in _SHOWS:
            if operator in (b"'", b'"'):
                _next_line(canvas)
            if canvas.seen():
                tally.shown += 1
                yield operands, operator
            else:
                tally.hidden += 1
            continue
        if operator == b"Do":
            _form(operands, canvas, resources, tally, depth)
        elif operator == b"gs":
            canvas.pen = replace(canvas.pen, faint=_is_faint(operands, resources, faint=canvas.pen.faint))
        elif operator in _WHOLE_COLOUR:
            canvas.pen = replace(canvas.pen, light=_is_light(operator, operands))
        elif operator in _FILLS:
            canvas.dark += [] if canvas.pen.light or canvas.pen.faint else canvas.path
            canvas.path = []
        elif operator in _MOVES:
            _MOVES[operator](canvas, _numbers(operands))
        yield operands, operator


def _form(operands: Any, canvas: _Canvas, resources: Any, tally: _Tally, depth: int) -> None:
    """A drawing of its own inside the page, with the pen it is drawn with."""
    form = _resource(resources, "/XObject", operands)
    if form is None or form.get("/Subtype") != "/Form" or not depth or id(form) in tally.forms:
        return
    from pypdf.generic import ContentStream

    tally.forms.add(id(form))
    content = ContentStream(form, None)
    matrix = _numbers(form.get("/Matrix", _IDENTITY))
    inner = _Canvas(canvas.box, replace(canvas.pen, ctm=_times(_matrix(matrix), canvas.pen.ctm)), dark=canvas.dark)
    before = tally.hidden
    kept = list(_walk(content.operations, inner, form.get("/Resources", resources), tally, depth - 1))
    if tally.hidden > before:
        content.operations = kept
        form.set_data(content.get_data())


def _resource(resources: Any, kind: str, operands: Any) -> Any:
    held = resources.get_object() if resources is not None else {}
    group = held.get(kind)
    named = group.get_object().get(operands[0]) if group is not None and operands else None
    return named.get_object() if named is not None else None


def _is_faint(operands: Any, resources: Any, *, faint: bool) -> bool:
    state = _resource(resources, "/ExtGState", operands)
    opacity = state.get("/ca") if state is not None else None
    return faint if opacity is None else float(opacity) <= _FAINT


def _is_light(operator: bytes, operands: Any) -> bool:
    values = _numbers(operands)
    if not values:
        return False  # a pattern
    if operator == b"k" or len(values) == 4:
        return max(values) <= 1 - _WHITE
    return min(values) >= _WHITE


def _numbers(operands: Any) -> list[float]:
    found = []
    for value in operands:
        try:
            found.append(float(value))
        except (TypeError, ValueError):
            continue
    return found


def _matrix(values: list[float]) -> Matrix:
    return (values[0], values[1], values[2], values[3], values[4], values[5]) if len(values) == 6 else _IDENTITY


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _inside(at: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    return box[0] - 1 <= at[0] <= box[2] + 1 and box[1] - 1 <= at[1] <= box[3] + 1


def _save(canvas: _Canvas, _values: list[float]) -> None:
    canvas.stack.append(canvas.pen)


def _restore(canvas: _Canvas, _values: list[float]) -> None:
    canvas.pen = canvas.stack.pop() if canvas.stack else canvas.pen


def _transform(canvas: _Canvas, values: list[float]) -> None:
    canvas.pen = replace(canvas.pen, ctm=_times(_matrix(values), canvas.pen.ctm))


def _begin(canvas: _Canvas, _values: list[float]) -> None:
    canvas.text = canvas.line = _IDENTITY


def _place(canvas: _Canvas, values: list[float]) -> None:
    canvas.text = canvas.line = _matrix(values)


def _move(canvas: _Canvas, values: list[float]) -> None:
    if len(values) == 2:
        canvas.line = _times((1.0, 0.0, 0.0, 1.0, values[0], values[1]), canvas.line)
        canvas.text = canvas.line


def _move_leading(canvas: _Canvas, values: list[float]) -> None:
    if len(values) == 2:
        canvas.leading = -values[1]
    _move(canvas, values)


def _next_line(canvas: _Canvas, _values: list[float] | None = None) -> None:
    _move(canvas, [0.0, -canvas.leading])


def _set_leading(canvas: _Canvas, values: list[float]) -> None:
    canvas.leading = values[0] if values else 0.0


def _set_size(canvas: _Canvas, values: list[float]) -> None:
    canvas.pen = replace(canvas.pen, size=values[-1]) if values else canvas.pen


def _set_mode(canvas: _Canvas, values: list[float]) -> None:
    canvas.pen = replace(canvas.pen, mode=int(values[0]) if values else 0)


def _rectangle(canvas: _Canvas, values: list[float]) -> None:
    if len(values) == 4:
        x, y, width, height = values
        corners = [_times((1, 0, 0, 1, a, b), canvas.pen.ctm)[4:] for a in (x, x + width) for b in (y, y + height)]
        across, up = [corner[0] for corner in corners], [corner[1] for corner in corners]
        canvas.path.append((min(across), min(up), max(across), max(up)))


def _no_path(canvas: _Canvas, _values: list[float]) -> None:
    canvas.path = []


_MOVES: dict[bytes, Callable[[_Canvas, list[float]], None]] = {
    b"q": _save,
    b"Q": _restore,
    b"cm": _transform,
    b"BT": _begin,
    b"Tm": _place,
    b"Td": _move,
    b"TD": _move_leading,
    b"T*": _next_line,
    b"TL": _set_leading,
    b"Tf": _set_size,
    b"Tr": _set_mode,
    b"re": _rectangle,
    b"n": _no_path,
    b"S": _no_path,
    b"s": _no_path,
}
