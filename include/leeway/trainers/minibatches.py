"""Fitting a torch network: reproducible minibatches from memory or from blocks, early stopping on the newest rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from leeway.errors import TrainingError
from leeway.trainers.network import evaluate, output_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    import torch

    from leeway.trainers.batches import Block
    from leeway.trainers.network import Hyper

MIN_ROWS_TO_STOP_EARLY = 40
"""With fewer rows nothing is held back: all epochs are run."""
HELD_BACK = 0.15
"""Share of the rows, the newest, on which early stopping looks."""


class Minibatches(Protocol):
    """The rows that a network learns from, as often as they are wanted.

    All parts are (inputs, target) on the network's device: float32 of shapes (rows, inputs) and (rows,).
    """

    def learnt(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """One pass over the rows to learn from, in steps, each time in another order."""

    def judged(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """The rows on which early stopping looks: the newest; all where there are too few to hold some back."""


def learnt_rows(rows: int) -> int:
    """How many of the rows, the oldest, are learnt from; the others say when to stop."""
    return rows - (int(rows * HELD_BACK) if rows >= MIN_ROWS_TO_STOP_EARLY else 0)


class InMemory:
    """All rows in memory.

    Args:
        inputs: float32 of shape (rows, inputs), oldest first, on the network's device.
        target: float32 of shape (rows,).
        hyper: says how many rows a step takes.
        seed: of the order of rows.
    """

    def __init__(self, inputs: torch.Tensor, target: torch.Tensor, *, hyper: Hyper, seed: int) -> None:
        import torch

        self._inputs, self._target = inputs, target
        self._cut = learnt_rows(len(inputs))
        self._step = hyper.rows_per_step(self._cut)
        self._order = torch.Generator().manual_seed(seed)

    def learnt(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """See `Minibatches.learnt`."""
        import torch

        order = torch.randperm(self._cut, generator=self._order).to(self._inputs.device)
        for batch in batches(order, self._step):
            yield self._inputs[batch], self._target[batch]

    def judged(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """See `Minibatches.judged`."""
        judged = slice(self._cut, None) if self._cut < len(self._inputs) else slice(None)
        yield self._inputs[judged], self._target[judged]


class InBlocks:
    """One block in memory at a time: blocks in another order in each pass, and the rows within a block too.

    Args:
        blocks: oldest first.
        prepare: reads the inputs and targets of a block.
        hyper: says how many rows a step takes.
        seed: of the order.
        device: the network's.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        prepare: Callable[[Block], tuple[torch.Tensor, torch.Tensor]],
        *,
        hyper: Hyper,
        seed: int,
        device: str,
    ) -> None:
        import torch

        self._prepare, self._device = prepare, device
        rows = sum(block.rows for block in blocks)
        cut = learnt_rows(rows)
        self._step = hyper.rows_per_step(cut)
        self._order = torch.Generator().manual_seed(seed)
        parts = _parts(blocks, 0, cut)
        # A step of one row would stop batch norm.
        self._learnt = [part for part in parts if part[1].stop - part[1].start > 1] or parts
        self._judged = _parts(blocks, cut if cut < rows else 0, rows)

    def learnt(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """See `Minibatches.learnt`."""
        import torch

        for place in torch.randperm(len(self._learnt), generator=self._order).tolist():
            inputs, target = self._read(*self._learnt[place])
            for batch in batches(torch.randperm(len(inputs), generator=self._order), self._step):
                yield inputs[batch].to(self._device), target[batch].to(self._device)

    def judged(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """See `Minibatches.judged`."""
        for block, chosen in self._judged:
            inputs, target = self._read(block, chosen)
            yield inputs.to(self._device), target.to(self._device)

    def _read(self, block: Block, chosen: slice) -> tuple[torch.Tensor, torch.Tensor]:
        inputs, target = self._prepare(block)
        return inputs[chosen], target[chosen]


def _parts(blocks: Sequence[Block], first: int, last: int) -> list[tuple[Block, slice]]:
    """The blocks that hold rows from ``first`` to before ``last``, and which of their rows these are."""
    parts, begin = [], 0
    for block in blocks:
        low, high = max(first - begin, 0), min(last - begin, block.rows)
        if low < high:
            parts.append((block, slice(low, high)))
        begin += block.rows
    return parts


def fit_network(network: torch.nn.Module, rows: Minibatches, *, hyper: Hyper, loss: Any) -> None:
    """Fit the weights in place and keep the best ones by the loss on the newest rows.

    Args:
        network: (rows, inputs) -> (rows,) or (rows, 1).
        rows: what it learns from.
        hyper: epochs, step size and the like.
        loss: (output, target) -> scalar.

    Raises:
        TrainingError: if the network's output has a wrong shape or the loss is not finite.
    """
    import torch

    optimizer = torch.optim.AdamW(network.parameters(), lr=hyper.lr, weight_decay=hyper.weight_decay)
    best, kept, stale = float("inf"), _weights(network), 0
    for _epoch in range(hyper.epochs):
        network.train()
        for inputs, target in rows.learnt():
            optimizer.zero_grad()
            loss(output_of(network, inputs), target).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        parts = [(len(target), float(loss(evaluate(network, inputs), target))) for inputs, target in rows.judged()]
        score = sum(count * mean for count, mean in parts) / sum(count for count, _ in parts)
        if score < best:
            best, kept, stale = score, _weights(network), 0
        else:
            stale += 1
        if score != score or stale >= hyper.patience:
            break
    if best == float("inf"):
        raise TrainingError("the loss of the network is not a number", code="TRN109", do="Lower lr.")
    network.load_state_dict(kept)


def batches(order: torch.Tensor, size: int) -> Sequence[torch.Tensor]:
    """Cut an order of rows into minibatches; a single row left over joins the last one, as batch norm needs two."""
    import torch

    parts = list(torch.split(order, size))
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [torch.cat(parts[-2:])]
    return parts


def tensor(values: np.ndarray[Any, Any]) -> torch.Tensor:
    """Float32, copied only if it has to be."""
    import numpy as np
    import torch

    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def _weights(network: torch.nn.Module) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
