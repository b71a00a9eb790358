#!/bin/sh
# Compares the compiled street network on the NPU core with the float network in onnxruntime-web.
# usage: against_onnxruntime.sh WORK_FOLDER COMPILE_ONNX RUN_VNET [INPUT_FOLDER]
# INPUT_FOLDER holds calibration/*.s8 and evaluation/*.s8 (for example frames of the real clip); scenes are drawn if it is left out.
# Exit 77 (skipped) where node, npm or the package cannot be had. SPDX-License-Identifier: Apache-2.0
set -eu
here=$(cd "$(dirname "$0")" && pwd)
model=$here/../../scenarios/street/street.onnx
work=$1 compile=$2 run=$3 inputs=${4:-}

command -v node >/dev/null && command -v npm >/dev/null || { echo "no node or npm: skipped"; exit 77; }
mkdir -p "$work/modules" && cp "$here/package.json" "$work/modules/"
if [ ! -d "$work/modules/node_modules/onnxruntime-web" ]; then
  (cd "$work/modules" && npm install --no-audit --no-fund --ignore-scripts --silent) || { echo "npm cannot install onnxruntime-web: skipped"; exit 77; }
fi

rm -rf "$work/iou" && mkdir -p "$work/iou"
if [ -z "$inputs" ]; then
  inputs=$work/iou/scenes
  python3 "$here/draw_scenes.py" "$inputs"
fi
python3 "$here/draw_scenes.py" --to-float 3 "$inputs/evaluation" "$work/iou/float_in"
"$compile" "$model" "$inputs/calibration" "$work/iou/street.vnet"
"$run" "$work/iou/street.vnet" "$inputs/evaluation" "$work/iou/int8_out"
node "$here/onnx_reference.mjs" "$model" "$work/iou/float_in" "$work/iou/float_out" "$work/modules"
python3 "$here/mask_iou.py" "$work/iou/int8_out" "$work/iou/float_out" --least 0.95
