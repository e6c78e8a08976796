"""Trains the network of ../fourfold.onnx on what pairs.ts wrote: see README.md here."""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

CHANNELS = 24
LAYERS = 3
# Pixels around a place that the network looks at: 2 of 5 x 5, then 1 of each 3 x 3.
REACH = 2 + LAYERS + 1
PATCH = 28
BATCH = 48
WEIGHTS = {"photo": 6.0, "texture": 1.5, "drawing": 1.0}
# The learning rate falls from 2e-3 by a cosine of so many steps; the run was ended before.
SCHEDULE = 3700


def lanczos3() -> torch.Tensor:
    """Sixteen kernels, one for each sub-pixel."""

    def row(part: int) -> np.ndarray:
        centre = (part + 0.5) / 4 - 0.5
        away = np.arange(-3, 4) - centre
        weights = np.where(np.abs(away) < 3, np.sinc(away) * np.sinc(away / 3), 0)
        return weights / weights.sum()

    kernels = np.stack([np.outer(row(i // 4), row(i % 4)) for i in range(16)])
    return torch.tensor(kernels[:, None], dtype=torch.float32)


class Fourfold(nn.Module):
    """One channel, 0 to 1, with REACH pixels around it, to four times its size without them."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Conv2d(1, 16, 7, bias=False)
        self.base.weight = nn.Parameter(lanczos3(), requires_grad=False)
        self.first = nn.Conv2d(1, CHANNELS, 5)
        self.middle = nn.ModuleList(nn.Conv2d(CHANNELS, CHANNELS, 3) for _ in range(LAYERS))
        self.last = nn.Conv2d(CHANNELS, 16, 3)
        for layer in [self.first, *self.middle]:
            nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.last.weight, std=1e-3)
        nn.init.zeros_(self.last.bias)

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        cut = REACH - 3
        found = F.relu(self.first(planes))
        for layer in self.middle:
            found = F.relu(layer(found))
        return F.pixel_shuffle(self.base(planes[:, :, cut:-cut, cut:-cut]) + self.last(found), 4)


class Pairs:
    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.pictures = []
        shares = []
        for pair in json.loads((folder / "index.json").read_text()):
            width, height = pair["width"], pair["height"]
            if min(width, height) < PATCH + 2 * REACH:
                continue
            small = np.fromfile(folder / f"{pair['id']}.small", np.uint8)
            large = np.fromfile(folder / f"{pair['id']}.large", np.uint8)
            self.pictures.append(
                (small.reshape(height, width, 3), large.reshape(height * 4, width * 4, 3))
            )
            shares.append(WEIGHTS[pair["kind"]] * math.sqrt(width * height))
        self.shares = np.array(shares) / sum(shares)

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        smalls, larges = [], []
        side = PATCH + 2 * REACH
        for index in self.chance.choice(len(self.pictures), BATCH, p=self.shares):
            small, large = self.pictures[index]
            y = self.chance.integers(0, small.shape[0] - side + 1)
            x = self.chance.integers(0, small.shape[1] - side + 1)
            c = self.chance.integers(0, 3)
            top, left = (y + REACH) * 4, (x + REACH) * 4
            one = small[y : y + side, x : x + side, c]
            other = large[top : top + PATCH * 4, left : left + PATCH * 4, c]
            turns = self.chance.integers(0, 4)
            one, other = np.rot90(one, turns), np.rot90(other, turns)
            if self.chance.random() < 0.5:
                one, other = one.T, other.T
            if self.chance.random() < 0.3:
                one, other = 255 - one, 255 - other
            smalls.append(one.copy())
            larges.append(other.copy())
        return tuple(torch.tensor(np.stack(of)[:, None]).float() / 255 for of in (smalls, larges))


def main() -> None:
    said = argparse.ArgumentParser()
    said.add_argument("pairs", type=Path)
    said.add_argument("out", type=Path)
    said.add_argument("--steps", type=int, default=1700)
    said.add_argument("--seed", type=int, default=7)
    given = said.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(2)
    pairs = Pairs(given.pairs, given.seed)
    network = Fourfold()
    learned = [weight for weight in network.parameters() if weight.requires_grad]
    step = torch.optim.Adam(learned)
    for done in range(given.steps):
        for group in step.param_groups:
            group["lr"] = 1e-3 * (1 + math.cos(math.pi * done / SCHEDULE)) + 1e-6
        small, large = pairs.batch()
        error = torch.sqrt((network(small) - large) ** 2 + 1e-4).mean()
        step.zero_grad()
        error.backward()
        step.step()
    torch.onnx.export(
        network.eval(),
        torch.zeros(3, 1, 40, 40),
        str(given.out),
        input_names=["planes"],
        output_names=["large"],
        dynamic_axes={"planes": [0, 2, 3], "large": [0, 2, 3]},
        opset_version=13,
    )


main()
