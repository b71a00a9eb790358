#!/bin/sh
# ip/*/registers.md must be what the generator makes of the descriptions. Works on a copy.
# SPDX-License-Identifier: Apache-2.0
set -eu
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r ip rtl platform tools "$copy"
"$1" tools/regtool/regtool.py generate-all --root "$copy" >/dev/null
for file in ip/*/registers.md; do
  cmp "$file" "$copy/$file" || { echo "$file is not current: run ./dev docs"; exit 1; }
done
