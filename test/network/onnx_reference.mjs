// Runs a float ONNX network on every *.f32 of a folder (little-endian, NCHW) with onnxruntime-web on one thread and writes the output
// of each as NAME.f32 into another folder. Usage: node onnx_reference.mjs NET.onnx IN_FOLDER OUT_FOLDER [MODULES_FOLDER]
// MODULES_FOLDER is the folder whose node_modules holds onnxruntime-web; the current folder if left out.
// SPDX-License-Identifier: Apache-2.0
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [model, input, output, modules = '.'] = process.argv.slice(2);
if (!output) {
  console.error('usage: node onnx_reference.mjs NET.onnx IN_FOLDER OUT_FOLDER [MODULES_FOLDER]');
  process.exit(2);
}
const resolver = createRequire(path.resolve(modules, 'package.json'));
const ort = await import(pathToFileURL(resolver.resolve('onnxruntime-web')).href);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(fs.readFileSync(model));
const shape = session.inputMetadata[0].shape.map((side) => (typeof side === 'number' ? side : 1));
const elements = shape.reduce((product, side) => product * side, 1);

fs.mkdirSync(output, { recursive: true });
const files = fs.readdirSync(input).filter((name) => name.endsWith('.f32')).sort();
if (files.length === 0) {
  console.error(`${input}: contains no *.f32 file`);
  process.exit(2);
}
for (const name of files) {
  const bytes = new Uint8Array(fs.readFileSync(path.join(input, name)));
  if (bytes.length !== elements * 4) {
    console.error(`${name}: has ${bytes.length} bytes, the network's input ${shape.join('x')} has ${elements * 4}`);
    process.exit(2);
  }
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', new Float32Array(bytes.buffer), shape) };
  const result = (await session.run(feeds))[session.outputNames[0]];
  fs.writeFileSync(path.join(output, name), new Uint8Array(result.data.buffer, result.data.byteOffset, result.data.byteLength));
}
console.log(`${files.length} inputs, output ${session.outputNames[0]}`);
