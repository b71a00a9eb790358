#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The street network: one table of layers, from which the trained module, the folded net, its cost and the ONNX
graph all follow. Run it to print the table with parameters and multiply-accumulates."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

kInputShape = (3, 192, 256)             # Y, U, V; rows x columns


@dataclass(frozen=True)
class Layer:
    """One row of the table. `op` is conv, deconv, maxpool, resize, add or concat; `inputs` names earlier rows.
    Convolutions are padded with (kernel - 1) / 2 zeros on all sides; deconv is a ConvTranspose of kernel 2, stride 2,
    no padding; maxpool is 2x2, stride 2; resize is nearest, 2x. `act` follows the op: relu, clip6 (0..6) or none."""
    name: str
    op: str
    inputs: tuple
    channels: int = 0                   # of the output; 0: as the input
    kernel: int = 0
    stride: int = 1
    groups: int = 1
    act: str = "none"


kLayers = (
    Layer("stem", "conv", ("input",), 16, 3, stride=2, act="relu"),             # 96 x 128
    Layer("enc1", "conv", ("stem",), 16, 3, act="relu"),
    Layer("pool1", "maxpool", ("enc1",)),                                       # 48 x 64
    Layer("enc2a", "conv", ("pool1",), 32, 3, act="relu"),
    Layer("enc2b", "conv", ("enc2a",), 32, 3, act="relu"),
    Layer("enc2", "add", ("enc2a", "enc2b")),
    Layer("enc3", "conv", ("enc2",), 64, 3, stride=2, act="clip6"),             # 24 x 32
    Layer("mix3_dw", "conv", ("enc3",), 64, 5, groups=64, act="clip6"),
    Layer("mix3_pw", "conv", ("mix3_dw",), 64, 1, act="clip6"),
    Layer("mix3", "add", ("enc3", "mix3_pw")),
    Layer("enc4", "conv", ("mix3",), 96, 3, stride=2, act="clip6"),             # 12 x 16
    Layer("mix4_dw", "conv", ("enc4",), 96, 5, groups=96, act="clip6"),
    Layer("mix4_pw", "conv", ("mix4_dw",), 96, 1, act="clip6"),
    Layer("mix4", "add", ("enc4", "mix4_pw")),
    Layer("dec4", "conv", ("mix4",), 64, 1, act="clip6"),
    Layer("up3", "resize", ("dec4",)),                                          # 24 x 32
    Layer("skip3", "add", ("up3", "mix3")),
    Layer("dec3", "conv", ("skip3",), 32, 3, act="relu"),
    Layer("up2", "resize", ("dec3",)),                                          # 48 x 64
    Layer("skip2", "concat", ("up2", "enc2")),
    Layer("dec2", "conv", ("skip2",), 16, 3, act="relu"),
    Layer("up1", "resize", ("dec2",)),                                          # 96 x 128
    Layer("skip1", "add", ("up1", "enc1")),
    Layer("dec1", "conv", ("skip1",), 16, 3, act="relu"),
    Layer("up0", "deconv", ("dec1",), 8, 2, stride=2, act="relu"),              # 192 x 256
    Layer("head", "conv", ("up0",), 1, 3),
)
kWeighted = tuple(l for l in kLayers if l.op in ("conv", "deconv"))


def shapes():
    """Output shape of every layer by name, the input included: {name: (channels, rows, columns)}."""
    out = {"input": kInputShape}
    for l in kLayers:
        c, h, w = out[l.inputs[0]]
        if l.op == "conv":
            out[l.name] = (l.channels, h // l.stride, w // l.stride)
        elif l.op == "deconv":
            out[l.name] = (l.channels, 2 * h, 2 * w)
        elif l.op == "maxpool":
            out[l.name] = (c, h // 2, w // 2)
        elif l.op == "resize":
            out[l.name] = (c, 2 * h, 2 * w)
        elif l.op == "concat":
            out[l.name] = (sum(out[i][0] for i in l.inputs), h, w)
        else:
            out[l.name] = (c, h, w)
    return out


def cost():
    """Per weighted layer, after folding: {name: (parameters with bias, multiply-accumulates per frame)}."""
    shape, out = shapes(), {}
    for l in kWeighted:
        (ci, hi, wi), (co, ho, wo) = shape[l.inputs[0]], shape[l.name]
        weights = co * ci * l.kernel ** 2 // l.groups
        out[l.name] = (weights + co, weights * (hi * wi if l.op == "deconv" else ho * wo))
    return out


def activate(x, act):
    """The activation `act` of a table row on the tensor `x`."""
    return F.relu(x) if act == "relu" else x.clamp(0.0, 6.0) if act == "clip6" else x


def run_plain(layer, args):
    """A layer without weights (maxpool, resize, add, concat) on its input tensors, NCHW."""
    if layer.op == "maxpool":
        return F.max_pool2d(args[0], 2)
    if layer.op == "resize":
        return F.interpolate(args[0], scale_factor=2, mode="nearest")
    return args[0] + args[1] if layer.op == "add" else torch.cat(args, 1)


class StreetNet(nn.Module):
    """The net in training: batch norm after every convolution but the head. Nx3x192x256 -> logits Nx1x192x256."""

    def __init__(self):
        super().__init__()
        shape, self.convs, self.norms = shapes(), nn.ModuleDict(), nn.ModuleDict()
        for l in kWeighted:
            last = l.name == "head"
            if l.op == "deconv":
                self.convs[l.name] = nn.ConvTranspose2d(shape[l.inputs[0]][0], l.channels, 2, 2, bias=False)
            else:
                self.convs[l.name] = nn.Conv2d(shape[l.inputs[0]][0], l.channels, l.kernel, l.stride,
                                               (l.kernel - 1) // 2, groups=l.groups, bias=last)
            if not last:
                self.norms[l.name] = nn.BatchNorm2d(l.channels)
        nn.init.constant_(self.convs["head"].bias, -3.0)        # people are 2 % of the pixels

    def forward(self, x):
        values = {"input": x}
        for l in kLayers:
            args = [values[i] for i in l.inputs]
            if l.name in self.convs:
                y = self.convs[l.name](args[0])
                y = self.norms[l.name](y) if l.name in self.norms else y
                values[l.name] = activate(y, l.act)
            else:
                values[l.name] = run_plain(l, args)
        return values["head"]

    def fold(self):
        """Weights with the batch norm multiplied in: {name: (weight, bias)}, float32 numpy; weight is OIHW of a conv,
        IOHW of a deconv, as in ONNX."""
        out = {}
        for l in kWeighted:
            conv = self.convs[l.name]
            w = conv.weight.detach().double()
            b = torch.zeros(l.channels, dtype=torch.double) if conv.bias is None else conv.bias.detach().double()
            if l.name in self.norms:
                n = self.norms[l.name]
                gain = n.weight.detach().double() / torch.sqrt(n.running_var.double() + n.eps)
                b = (b - n.running_mean.double()) * gain + n.bias.detach().double()
                w = w * gain.reshape((1, -1, 1, 1) if l.op == "deconv" else (-1, 1, 1, 1))
            out[l.name] = (w.float().numpy(), b.float().numpy())
        return out


def run_folded(weights, x, tap=None):
    """The folded net on Nx3x192x256: logits Nx1x192x256. `tap(name, tensor)` sees `input` and every layer's output
    and returns what is to be used in its place (for measuring ranges and for simulated quantisation)."""
    tap = tap or (lambda name, tensor: tensor)
    values = {"input": tap("input", x)}
    for l in kLayers:
        args = [values[i] for i in l.inputs]
        if l.name in weights:
            w, b = (torch.as_tensor(t) for t in weights[l.name])
            y = (F.conv_transpose2d(args[0], w, b, 2) if l.op == "deconv" else
                 F.conv2d(args[0], w, b, l.stride, (l.kernel - 1) // 2, groups=l.groups))
            y = activate(y, l.act)
        else:
            y = run_plain(l, args)
        values[l.name] = tap(l.name, y)
    return values["head"]


def to_onnx(weights, path):
    """Writes the folded net as ONNX, opset 13: `input` 1x3x192x256 -> `mask` 1x1x192x256 (probability of a person).

    Nodes: Conv, ConvTranspose, Relu, Clip, MaxPool, Resize (nearest, asymmetric, floor, scales 1,1,2,2), Add, Concat,
    Sigmoid. No Constant nodes: scales and clip bounds are initialisers.
    """
    import onnx
    from onnx import helper, numpy_helper
    nodes, shape = [], shapes()
    consts = {"clip_min": np.float32(0), "clip_max": np.float32(6), "scales_2x": np.array([1, 1, 2, 2], np.float32)}
    for l in kLayers:
        raw = l.name if l.act == "none" else l.name + "_raw"
        if l.name in weights:
            consts[l.name + "_w"], consts[l.name + "_b"] = weights[l.name]
            inputs, k, p = [l.inputs[0], l.name + "_w", l.name + "_b"], l.kernel, (l.kernel - 1) // 2
            if l.op == "deconv":
                nodes.append(helper.make_node("ConvTranspose", inputs, [raw], l.name, kernel_shape=[k, k],
                                              strides=[2, 2], pads=[0] * 4, dilations=[1, 1], group=1))
            else:
                nodes.append(helper.make_node("Conv", inputs, [raw], l.name, kernel_shape=[k, k],
                                              strides=[l.stride] * 2, pads=[p] * 4, dilations=[1, 1], group=l.groups))
        elif l.op == "maxpool":
            nodes.append(helper.make_node("MaxPool", l.inputs, [raw], l.name, kernel_shape=[2, 2], strides=[2, 2]))
        elif l.op == "resize":
            nodes.append(helper.make_node("Resize", [l.inputs[0], "", "scales_2x"], [raw], l.name, mode="nearest",
                                          coordinate_transformation_mode="asymmetric", nearest_mode="floor"))
        elif l.op == "add":
            nodes.append(helper.make_node("Add", l.inputs, [raw], l.name))
        else:
            nodes.append(helper.make_node("Concat", l.inputs, [raw], l.name, axis=1))
        if l.act == "relu":
            nodes.append(helper.make_node("Relu", [raw], [l.name], l.name + "_relu"))
        elif l.act == "clip6":
            nodes.append(helper.make_node("Clip", [raw, "clip_min", "clip_max"], [l.name], l.name + "_clip"))
    nodes.append(helper.make_node("Sigmoid", ["head"], ["mask"], "mask"))

    def value(name, dims):
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, (1, *dims))
    graph = helper.make_graph(nodes, "street", [value("input", shape["input"])], [value("mask", shape["head"])],
                              [numpy_helper.from_array(np.asarray(v), k) for k, v in consts.items()])
    model = helper.make_model(graph, producer_name="visoc sw/train",
                              opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True))
    onnx.save(model, path)


def from_onnx(path):
    """The weights of a file written by to_onnx, as StreetNet.fold gives them: {name: (weight, bias)}."""
    import onnx
    from onnx import numpy_helper
    consts = {t.name: numpy_helper.to_array(t).copy() for t in onnx.load(path).graph.initializer}
    return {l.name: (consts[l.name + "_w"], consts[l.name + "_b"]) for l in kWeighted}


def table():
    """The layer table as text, one line a layer: name, op, kernel, stride, channels, spatial size, parameters, MAC."""
    shape, costs = shapes(), cost()
    lines = [f"{'layer':9} {'op':8} {'inputs':14} {'k':>1} {'s':>1} {'channels':>9} {'rows x columns':>14} "
             f"{'params':>7} {'MMAC':>7}"]
    for l in kLayers:
        ci, (co, ho, wo) = sum(shape[i][0] for i in l.inputs) if l.op == "concat" else shape[l.inputs[0]][0], shape[l.name]
        op = "dwconv" if l.groups > 1 else l.op
        k, s = {"maxpool": ("2", "2"), "resize": ("-", "-")}.get(l.op, (str(l.kernel or "-"), str(l.stride)))
        params, macs = costs.get(l.name, (0, 0))
        lines.append(f"{l.name:9} {op:8} {'+'.join(l.inputs):14} {k:>1} {s:>1} {f'{ci}>{co}':>9} {f'{ho} x {wo}':>14} "
                     f"{params or '':>7} {f'{macs / 1e6:.2f}' if macs else '':>7} {l.act if l.act != 'none' else ''}".rstrip())
    lines.append(f"{len(kWeighted)} convolutions, {sum(p for p, _ in costs.values())} parameters, "
                 f"{sum(m for _, m in costs.values()) / 1e6:.1f} MMAC per frame")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
