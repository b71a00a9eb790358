#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the street network, folds its batch norms, tunes the folded net for int8, measures it and writes the ONNX
graph. Frames 0..559 train, 560..599 choose the weights, 600..794 are held back for the figures."""
import argparse
import math
import time

import numpy as np
import torch
from torch.nn import functional as F

import street_data
import street_net

kTrain, kValidate = range(0, 560), range(560, 600)
kHeldBack, kScenario = range(600, 795), range(675, 795)     # the scenario plays the last 120 frames
kCalibration = range(0, 560, 18)                            # 32 training frames: ranges for int8


class Augment:
    """Draws training batches: mirrored, people of other frames pasted in with other colours, brightness changed."""

    def __init__(self, frames, labels, seed):
        self.frames, self.labels, self.rng = frames, labels, np.random.default_rng(seed)

    def _sample(self, index):
        """Frame `index` as float32 3x192x256 in 0..255 and its mask 192x256; one time in two with the people of
        another frame on top, moved by up to 64 columns and 8 rows (people shrink towards the top of the picture)."""
        rng, frame, mask = self.rng, self.frames[index].astype(np.float32), self.labels[index]
        if rng.random() < 0.5:
            other = rng.choice(kTrain)
            shift = (int(rng.integers(-8, 9)), int(rng.integers(-64, 65)))
            donor, donor_mask = self.frames[other].astype(np.float32), self.labels[other]
            if rng.random() < 0.5:
                donor, donor_mask = donor[:, :, ::-1], donor_mask[:, ::-1]
            donor, donor_mask = np.roll(donor, shift, (1, 2)), np.roll(donor_mask, shift, (0, 1))
            gain, lift = rng.uniform(0.7, 1.3), rng.uniform(0, 40) * (rng.random() < 0.4)
            angle, vivid = rng.uniform(-math.pi, math.pi) * (rng.random() < 0.5), rng.uniform(0.5, 1.5)
            u, v = donor[1] - 128, donor[2] - 128
            donor = np.stack([donor[0] * gain + lift, 128 + vivid * (u * math.cos(angle) - v * math.sin(angle)),
                              128 + vivid * (u * math.sin(angle) + v * math.cos(angle))])
            frame, mask = np.where(donor_mask, donor, frame), mask | donor_mask
        if rng.random() < 0.3:
            frame, mask = frame[:, :, ::-1], mask[:, ::-1]
        contrast, brightness, tint = rng.uniform(0.85, 1.15), rng.uniform(-16, 16), rng.uniform(-4, 4, 2)
        offset = np.array([brightness, *tint], np.float32).reshape(3, 1, 1)
        scale = np.array([contrast, 1, 1], np.float32).reshape(3, 1, 1)
        noise = rng.normal(0, 1.5, frame.shape).astype(np.float32)
        return (frame - 112) * scale + 112 + offset + noise, mask

    def batch(self, size):
        """(inputs float32 Bx3x192x256 in about -1..1, masks float32 Bx1x192x256 of 0 and 1)."""
        pairs = [self._sample(int(i)) for i in self.rng.choice(kTrain, size)]
        inputs = np.clip(np.floor(np.stack([p[0] for p in pairs]) + 0.5), 0, 255)
        return (torch.from_numpy(street_data.to_input(inputs)).contiguous(memory_format=torch.channels_last),
                torch.from_numpy(np.stack([p[1] for p in pairs])[:, None].astype(np.float32)))


def loss_of(logits, masks):
    """Binary cross entropy plus soft Dice over the batch; logits and masks Bx1x192x256."""
    p = torch.sigmoid(logits)
    dice = 1 - (2 * (p * masks).sum() + 1) / (p.sum() + masks.sum() + 1)
    return F.binary_cross_entropy_with_logits(logits, masks) + dice


def iou(a, b):
    """Intersection over union of two boolean arrays of one shape, pooled over all their pixels."""
    return float((a & b).sum() / max(1, (a | b).sum()))


@torch.no_grad()
def predict(net, frames, indices):
    """Boolean masks len(indices)x192x256 of `net` (input -> logits); a probability of at least 0.5 is a person."""
    out = []
    for start in range(0, len(indices), 8):
        x = street_data.to_input(frames[list(indices[start:start + 8])])
        out.append((net(torch.from_numpy(x))[:, 0] >= 0).numpy())
    return np.concatenate(out)


def schedule(optimiser, step, steps, top, warmup=50):
    """Sets the learning rate: linear to `top` over `warmup` steps, then a cosine to a hundredth of it."""
    rate = top * ((step + 1) / warmup if step < warmup else
                  0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup))))
    for group in optimiser.param_groups:
        group["lr"] = rate


def train(frames, labels, steps, batch, seed, say):
    """StreetNet after `steps` steps of AdamW: the running average of the weights that did best on kValidate."""
    torch.manual_seed(seed)
    net = street_net.StreetNet().to(memory_format=torch.channels_last)
    mean = street_net.StreetNet()
    mean.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), lr=0, weight_decay=1e-3)
    data, best, best_state, started = Augment(frames, labels, seed), -1.0, None, time.time()
    truth, recent = labels[list(kValidate)] > 0, []
    for step in range(steps):
        schedule(optimiser, step, steps, 4e-3)
        net.train()
        x, masks = data.batch(batch)
        loss = loss_of(net(x), masks)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        recent.append(loss.item())
        keep = min(0.99, step / (step + 20))
        with torch.no_grad():
            for a, b in zip(mean.state_dict().values(), net.state_dict().values()):
                a.copy_(a * keep + b * (1 - keep) if a.is_floating_point() else b)
        if (step + 1) % 100 == 0 or step + 1 == steps:
            mean.eval()
            score = iou(predict(mean, frames, kValidate), truth)
            say(f"step {step + 1:5d}  loss {np.mean(recent):.4f}  IoU on 560..599 {score:.4f}  {time.time() - started:.0f} s")
            recent = []
            if score > best:
                best, best_state = score, {k: v.clone() for k, v in mean.state_dict().items()}
    mean.load_state_dict(best_state)
    return mean.eval()


# Simulated int8: weights symmetric per output channel in -127..127, activations per tensor in 256 levels.

def round_through(x):
    """round(x) whose gradient is that of x."""
    return x + (torch.round(x) - x).detach()


def quantise_weights(weights):
    """{name: (weight, bias)} with weights on their int8 grid, one scale per output channel; biases stay float."""
    out = {}
    for l in street_net.kWeighted:
        w, b = (torch.as_tensor(t) for t in weights[l.name])
        axis = 1 if l.op == "deconv" else 0
        scale = w.detach().abs().amax([d for d in range(4) if d != axis], keepdim=True).clamp_min(1e-8) / 127
        out[l.name] = (round_through(w / scale) * scale, b)
    return out


class Quantiser:
    """A tap for run_folded that puts every tensor on 256 levels over its range, zero among them. `symmetric` spends
    the levels on -top..top (127 for what ReLU leaves), otherwise on min..max. The input is exact: (x - 128) / 128."""

    def __init__(self, ranges, symmetric=False):
        self.grid = {}
        for name, (low, high) in ranges.items():
            if name == "input":
                self.grid[name] = (1 / 128, -128, 127)
            elif symmetric:
                self.grid[name] = (max(-low, high) / 127, -127, 127)
            else:
                scale = (max(0.0, high) - min(0.0, low)) / 255
                least = round(min(0.0, low) / scale)
                self.grid[name] = (scale, least, least + 255)

    def __call__(self, name, x):
        scale, least, most = self.grid[name]
        return round_through((x / scale).clamp(least, most)) * scale


@torch.no_grad()
def measure_ranges(weights, frames, percentile=None):
    """{name: (low, high)} of every tensor over kCalibration; `percentile` (such as 99.99) cuts the rare extremes."""
    seen = {}

    def tap(name, x):
        if percentile is None:
            low, high = x.min().item(), x.max().item()
        else:
            low, high = np.percentile(x.numpy(), [100 - percentile, percentile])
        old = seen.get(name, (0.0, 0.0))
        seen[name] = (min(old[0], low), max(old[1], high))
        return x
    for start in range(0, len(kCalibration), 8):
        x = street_data.to_input(frames[list(kCalibration[start:start + 8])])
        street_net.run_folded(weights, torch.from_numpy(x), tap)
    return seen


def tune_for_int8(weights, frames, labels, steps, batch, seed, say):
    """Trains the folded weights on with simulated int8 in the forward pass; the weights returned are float again."""
    if steps == 0:
        return weights
    params = {k: tuple(torch.tensor(t, requires_grad=True) for t in v) for k, v in weights.items()}
    optimiser = torch.optim.AdamW([t for v in params.values() for t in v], lr=0, weight_decay=1e-4)
    data, tap, started, recent = Augment(frames, labels, seed + 1), None, time.time(), []
    for step in range(steps):
        if step % 50 == 0:
            ranges = measure_ranges({k: tuple(t.detach() for t in v) for k, v in params.items()}, frames)
            tap = Quantiser(ranges)
        schedule(optimiser, step, steps, 2e-4, 20)
        x, masks = data.batch(batch)
        loss = loss_of(street_net.run_folded(quantise_weights(params), x, tap), masks)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        recent.append(loss.item())
        if (step + 1) % 100 == 0 or step + 1 == steps:
            say(f"int8 step {step + 1:4d}  loss {np.mean(recent):.4f}  {time.time() - started:.0f} s")
            recent = []
    return {k: tuple(t.detach().numpy().copy() for t in v) for k, v in params.items()}


def report(weights, frames, labels, say):
    """Measures the folded net and says so: IoU against the labels, ranges, IoU of simulated int8 against float."""
    def score(name, masks):
        first = kScenario[0] - kHeldBack[0]
        truth = labels[list(kHeldBack)] > 0
        say(f"{name}: IoU against labels on 600..794 {iou(masks, truth):.4f}, on 675..794 "
            f"{iou(masks[first:], truth[first:]):.4f}")
    plain = predict(lambda x: street_net.run_folded(weights, x), frames, kHeldBack)
    score("float", plain)
    truth = labels[list(kHeldBack)] > 0
    frame_ious = [iou(a, b) for a, b in zip(plain, truth)]
    say(f"float, frame by frame: least {min(frame_ious):.3f} (frame {kHeldBack[int(np.argmin(frame_ious))]}), "
        f"median {np.median(frame_ious):.3f}")
    ranges = measure_ranges(weights, frames)
    say("ranges over 32 training frames: " + ", ".join(f"{k} {a:.2f}..{b:.2f}" for k, (a, b) in ranges.items()))
    first = kScenario[0] - kHeldBack[0]
    with torch.no_grad():
        snapped = quantise_weights(weights)
        for name, percentile, symmetric in (("min-max", None, False), ("99.99 percentile", 99.99, False),
                                            ("min-max, symmetric", None, True)):
            tap = Quantiser(measure_ranges(weights, frames, percentile), symmetric)
            masks = predict(lambda x: street_net.run_folded(snapped, x, tap), frames, kHeldBack)
            say(f"int8 ({name}) against float: IoU on 600..794 {iou(masks, plain):.4f}, on 675..794 "
                f"{iou(masks[first:], plain[first:]):.4f}")
            score(f"int8 ({name})", masks)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", help="scratch folder of street_data.py")
    parser.add_argument("onnx", help="the ONNX file to write")
    parser.add_argument("--measure", action="store_true", help="train nothing: measure the ONNX file that is there")
    parser.add_argument("--log", help="file for the log, as well as the terminal")
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--int8-steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.measure:
        report(street_net.from_onnx(args.onnx), *street_data.load(args.work), print)
        return
    lines = []

    def say(text):
        print(text, flush=True)
        lines.append(text)
    say(f"torch {torch.__version__}, 1 thread; seed {args.seed}, batch {args.batch}, {args.steps} steps, "
        f"{args.int8_steps} int8 steps")
    say(street_net.table())
    frames, labels = street_data.load(args.work)
    say(f"people on {100 * labels.mean():.2f} % of the pixels")
    net = train(frames, labels, args.steps, args.batch, args.seed, say)
    weights = net.fold()
    with torch.no_grad():
        x = torch.from_numpy(street_data.to_input(frames[600:603]))
        say(f"folding changes the logits by at most {(net(x) - street_net.run_folded(weights, x)).abs().max():.1e}")
    if args.int8_steps:
        report(weights, frames, labels, lambda text: say("before int8 tuning: " + text))
    weights = tune_for_int8(weights, frames, labels, args.int8_steps, args.batch, args.seed, say)
    report(weights, frames, labels, say)
    street_net.to_onnx(weights, args.onnx)
    if args.log:
        with open(args.log, "w", encoding="utf-8") as log:
            log.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
